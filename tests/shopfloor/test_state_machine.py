"""Random days on the floor: whatever people try, in whatever order, the invariants of SPEC 3.0 hold.

Users of all roles act on two orders and on the rework orders born of them, validly and not. After every step
all quantities, the stock, the cost account, the node and the chain of events agree; what is refused has
written nothing.
"""

import os
from decimal import Decimal

import pytest
from attempts import QTY, WORK_ORDER, Attempts, Plant
from floor import SCRAP
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test
from invariants import assert_invariants

import frappe

from sbk_mes.api import orders as orders_api
from sbk_mes.costing import settle
from sbk_mes.exceptions import FlowError
from sbk_mes.orders import actions, close, ending, force, holds, parts
from sbk_mes.orders.ending import Decisions
from sbk_mes.orders.progress import get_progress
from sbk_mes.rules import flow
from sbk_mes.rules.states import (
	ACCOUNTANT,
	DISPATCHED,
	DISPATCHER,
	DRAFT,
	FROZEN,
	INSPECTOR,
	MANAGER,
	OPERATOR,
	PLANNER,
	RELEASED,
	STOREKEEPER,
)
from sbk_mes.shopfloor import inbound, inspect, quantities, report, reversing, ship
from sbk_mes.stock import pick, returns

EXAMPLES = int(os.environ.get("MES_EXAMPLES", "2" if "MES_BENCH" in os.environ else "8"))
STEPS = 40
POSTINGS = ("MES Operation Report", "MES Inspection", "MES Inbound")
FLOOR_ROLES = (OPERATOR, INSPECTOR, STOREKEEPER)

places = st.sampled_from((0, 1, 0, 1, 2, 3))
shares = st.sampled_from(("half", "all", "one", "half", "all", "one", "none", "too much"))
seldom = st.sampled_from((0, 1, 0, 0, 2, 0))
rarely = st.sampled_from((False, False, True, False, False))
right_role = st.sampled_from((True, True, True, True, False, True, True))
op_numbers = st.sampled_from((10, 20, 10, 20, 30))
freeze_reasons = st.sampled_from(("Machine breakdown", "Quality problem"))


def share_of(qty, share):
	"""A part of what is possible, nothing of it, or more than it."""
	whole = int(qty)
	return {"all": whole, "half": (whole + 1) // 2, "one": 1, "none": 0, "too much": whole + 2}[share]


def waiting_op(order, place=-1):
	"""One of the operations at which something waits for a verdict; None when nothing does."""
	waiting = [op for op in quantities.get_ops(order) if op.waiting > 0]
	return waiting[place % len(waiting)] if waiting else None


class Floor(Attempts):
	"""What people of all roles do on the floor, in any order."""

	@rule(
		place=places,
		action=st.sampled_from(("Release", "Dispatch", "Dispatch", "Recall", "Cancel")),
		is_right=right_role,
		is_sane=rarely,
	)
	def move(self, place, action, is_right, is_sane):
		name = self.order(place)
		if action == "Cancel" and not is_sane:
			action = "Release"
		roles = (PLANNER, MANAGER) if action in ("Release", "Cancel") else (DISPATCHER,)
		self.attempt(name, roles, lambda: actions.act(name, action), is_right=is_right, writes_nothing=False)

	@rule(place=places, share=shares)
	def carry_on(self, place, share):
		"""What comes next for the order, as a planner would do it."""
		name = self.order(place)
		order = frappe.get_doc(WORK_ORDER, name)
		progress = get_progress(order)
		if order.workflow_state in (DRAFT, RELEASED):
			action = "Release" if order.workflow_state == DRAFT else "Dispatch"
			self.attempt(
				name, (PLANNER, DISPATCHER, MANAGER), lambda: actions.act(name, action), writes_nothing=False
			)
		elif order.workflow_state == DISPATCHED:
			lists = frappe.get_all("MES Pick List", filters={"work_order": name}, pluck="name")
			if lists:
				self.attempt(name, (STOREKEEPER,), lambda: pick.pick(lists), writes_nothing=False)
		elif (op := waiting_op(order)) and share != "one":
			qty = share_of(op.waiting, share)
			self.attempt(name, (INSPECTOR,), lambda: inspect.inspect(name, qty, op_no=op.op_no))
		elif progress.to_inbound and share != "half":
			qty = share_of(progress.to_inbound, share)
			self.attempt(
				name, (STOREKEEPER,), lambda: inbound.inbound(name, qty, warehouse=self.plant.finished)
			)
		elif progress.to_report:
			ops, limit = quantities.get_ops(order), quantities.get_limit(order)
			free = {op.op_no: flow.available(ops, op.op_no, limit) for op in ops}
			op_no = next((op_no for op_no in reversed(free) if free[op_no]), ops[0].op_no)
			qty = share_of(free[op_no], share)
			self.attempt(name, FLOOR_ROLES, lambda: report.report(name, op_no, qty))

	@rule(place=places, is_wanted=rarely, is_right=right_role, wip=st.sampled_from((None, ending.SCRAP)))
	def end_early(self, place, is_wanted, is_right, wip):
		name = self.order(place)
		decisions = Decisions(
			wip=wip,
			material=ending.RETURN,
			undecided=ending.ACCEPT,
			scrap_reason=SCRAP,
			stops_clocks=True,
			receives=True,
		)
		verb = close.close_with_return if is_wanted else force.force_complete
		if frappe.db.get_value(WORK_ORDER, name, "workflow_state") not in close.OVER:
			self.attempt(
				name,
				(MANAGER,),
				lambda: verb(name, "Customer cancelled", decisions=decisions, request_id=self.request_id()),
				is_right=is_right,
				writes_nothing=False,
			)

	@rule(qty=st.sampled_from((None, 1, 2, QTY)), is_right=right_role)
	def ship_some(self, qty, is_right):
		self.attempt(
			self.orders[0],
			(STOREKEEPER,),
			lambda: ship.ship(self.plant.sale.name, 1, qty, request_id=self.request_id()),
			is_right=is_right,
		)

	@rule(place=places, qty=st.integers(1, 2 * QTY + 2), is_right=right_role)
	def pick_some(self, place, qty, is_right):
		name = self.order(place)
		lists = pick.propose(frappe.get_all("MES Pick List", filters={"work_order": name}, pluck="name"))
		if lists:
			line = {"pick_list": lists[0]["pick_list"], "line": lists[0]["line"], "qty": qty}
			self.attempt(
				name, (STOREKEEPER,), lambda: pick.pick(lines=[line]), is_right=is_right, writes_nothing=False
			)

	@rule(
		place=places,
		op_no=op_numbers,
		kind=st.sampled_from(("Start", "Pause", "Resume", "Finish")),
		is_right=right_role,
	)
	def press(self, place, op_no, kind, is_right):
		name = self.order(place)
		self.attempt(name, (OPERATOR,), lambda: report.press(kind, name, op_no), is_right=is_right)

	@rule(
		place=places,
		op_no=op_numbers,
		share=shares,
		scrap=seldom,
		rework=seldom,
		from_rework=rarely,
		is_right=right_role,
	)
	def report_some(self, place, op_no, share, scrap, rework, from_rework, is_right):
		name = self.order(place)
		order = frappe.get_doc(WORK_ORDER, name)
		request_id = self.request_id()
		known = op_no in [row.op_no for row in order.operations]
		limit = quantities.get_limit(order)
		there = flow.available(quantities.get_ops(order), op_no, limit) if known else 0
		good = max(share_of(there, share) - scrap - rework, 0)
		asked = Decimal(good + scrap + rework)

		def do():
			return report.report(
				name,
				op_no,
				good,
				scrap,
				rework,
				scrap_reason=SCRAP if scrap else None,
				rework_reason=SCRAP if rework else None,
				is_from_rework=int(from_rework),
				labour_mins=good * 3,
				machine_mins=good * 2,
				request_id=request_id,
			)

		def expect(refusal):
			if isinstance(refusal, FlowError) and known and asked and not from_rework:
				assert asked > there, refusal

		if self.attempt(name, FLOOR_ROLES, do, is_right=is_right, expect=expect):
			before = self.plant.fingerprint()
			do()
			assert self.plant.fingerprint() == before, "the same request was posted twice"

	@rule(place=places, op_no=op_numbers)
	def report_all_that_waits(self, place, op_no):
		name = self.order(place)
		self.attempt(name, FLOOR_ROLES, lambda: report.report(name, op_no))

	@rule(
		place=places, at=places, share=shares, rework=seldom, scrap=seldom, here=rarely, is_right=right_role
	)
	def judge(self, place, at, share, rework, scrap, here, is_right):
		name = self.order(place)
		op = waiting_op(frappe.get_doc(WORK_ORDER, name), at)
		accepted = max(share_of(op.waiting if op else 0, share) - rework - scrap, 0)
		request_id = self.request_id()
		self.attempt(
			name,
			(INSPECTOR,),
			lambda: inspect.inspect(
				name,
				accepted,
				rework,
				scrap,
				op_no=op.op_no if op and share != "half" else None,
				scrap_reason=SCRAP if scrap else None,
				rework_reason=SCRAP if rework else None,
				is_rework_here=int(here),
				request_id=request_id,
			),
			is_right=is_right,
		)

	@rule(place=places, share=shares, is_right=right_role)
	def receive(self, place, share, is_right):
		name = self.order(place)
		qty = share_of(get_progress(frappe.get_doc(WORK_ORDER, name)).to_inbound, share)
		self.attempt(
			name,
			(STOREKEEPER,),
			lambda: inbound.inbound(name, qty, warehouse=self.plant.finished, request_id=self.request_id()),
			is_right=is_right,
		)

	@rule(place=places, qty=st.sampled_from((None, 1, 2, 0, 30)), is_spoilt=rarely, is_right=right_role)
	def return_some(self, place, qty, is_spoilt, is_right):
		name = self.order(place)
		rows = [{"item": self.plant.part, "qty": qty}] if qty is not None else []

		def do():
			if is_spoilt:
				returns.scrap_material(name, rows or [{"item": self.plant.part, "qty": 1}], reason=SCRAP)
			else:
				returns.return_material(name, rows)

		self.attempt(name, (STOREKEEPER,), do, is_right=is_right, writes_nothing=False)

	@rule(
		place=places,
		role=st.sampled_from((DISPATCHER, INSPECTOR, MANAGER)),
		reason=freeze_reasons,
		is_right=right_role,
		now=rarely,
	)
	def freeze(self, place, role, reason, is_right, now):
		name = self.order(place)
		if not now:
			return
		self.attempt(
			name,
			(role,),
			lambda: actions.freeze_order(name, reason),
			is_right=is_right,
			writes_nothing=False,
		)

	@rule(
		place=places, op_no=op_numbers, is_lot=rarely, reason=freeze_reasons, is_right=right_role, now=rarely
	)
	def freeze_a_part(self, place, op_no, is_lot, reason, is_right, now):
		name = self.order(place)
		part = {"lot": name} if is_lot else {"op_no": op_no}
		if now:
			self.attempt(
				name,
				(INSPECTOR,),
				lambda: parts.freeze_part(name, reason, **part),
				is_right=is_right,
				writes_nothing=False,
			)

	@rule(role=st.sampled_from((DISPATCHER, MANAGER, MANAGER)))
	def unfreeze_all(self, role):
		"""Most freezes are short, so that the rest of the day is not spent frozen."""
		for name in self.orders:
			for hold in holds.get_open(name):
				part = {"op_no": hold.op_no or None, "lot": hold.lot}
				if hold.scope != holds.ORDER:
					self.attempt(
						name,
						(role,),
						lambda name=name, part=part: parts.unfreeze_part(name, "done", **part),
						writes_nothing=False,
					)
			if frappe.db.get_value(WORK_ORDER, name, "workflow_state") == FROZEN:
				self.attempt(
					name,
					(role,),
					lambda name=name: orders_api.unfreeze(name, "done"),
					writes_nothing=False,
				)

	@rule(doctype=st.sampled_from(POSTINGS), at=st.integers(0, 30), is_right=right_role)
	def reverse(self, doctype, at, is_right):
		found = frappe.get_all(
			doctype,
			filters={"work_order": ["in", self.orders]},
			fields=["name", "work_order"],
			order_by="name desc",
		)
		if found:
			posting = found[at % len(found)]
			self.attempt(
				posting.work_order,
				(*FLOOR_ROLES, MANAGER),
				lambda: reversing.reverse(doctype, posting.name, "mistake", request_id=self.request_id()),
				is_right=is_right,
			)

	@rule(place=places, is_right=right_role)
	def close(self, place, is_right):
		name = self.order(place)
		if frappe.db.get_value(WORK_ORDER, name, "workflow_state") != "Closed":
			self.attempt(
				name, (ACCOUNTANT,), lambda: settle.settle(name), is_right=is_right, writes_nothing=False
			)

	@rule(place=places, is_wanted=rarely)
	def reopen(self, place, is_wanted):
		name = self.order(place)
		if is_wanted:
			self.attempt(name, (MANAGER,), lambda: actions.act(name, "Reopen"), writes_nothing=False)

	@invariant()
	def all_is_sound(self):
		if hasattr(self, "orders"):
			assert_invariants(self.orders)


@pytest.fixture
def plant():
	found = Plant()
	frappe.db.set_single_value("MES Settings", "labour_rate", 12)
	frappe.clear_document_cache("MES Settings", "MES Settings")
	yield found
	frappe.db.rollback()
	frappe.clear_document_cache("MES Settings", "MES Settings")


def test_whatever_people_do_the_invariants_hold(plant):
	machine = type("FloorOfPlant", (Floor,), {"plant": plant})
	run_state_machine_as_test(
		machine,
		settings=settings(
			max_examples=EXAMPLES,
			stateful_step_count=STEPS,
			deadline=None,
			phases=(Phase.generate,),
			derandomize="MES_EXAMPLES" not in os.environ,
			suppress_health_check=list(HealthCheck),
		),
	)
