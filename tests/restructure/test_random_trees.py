"""Random trees of splits with reports, picks, receipts and returns between: nothing is lost at any step."""

from collections import defaultdict
from decimal import Decimal

from floor import SCRAP, again, make_order
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invariants import assert_invariants
from money import set_rates

import frappe

from sbk_mes import testing
from sbk_mes.costing import ledger
from sbk_mes.exceptions import MESError
from sbk_mes.orders import actions
from sbk_mes.restructure import split, undo
from sbk_mes.restructure.asking import Ask, get_waiting
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.valuation import money
from sbk_mes.shopfloor import inbound
from sbk_mes.shopfloor.report import report
from sbk_mes.stock import line, pick, returns

WORK_ORDER = "MES Work Order"
QTY = 60
STEPS = 8
SAVEPOINT = "step"
REASON = "Machine capacity"

parts_of = st.integers(1, 100)
kinds = st.sampled_from(
	["count", "leave", "leave", "undo", "pick", "report", "report", "report", "receive", "return"]
)


def tree(root):
	below = frappe.get_all(WORK_ORDER, {"root_work_order": root.name}, pluck="name", order_by="name")
	return [root.name, *below]


def holdings(root):
	"""What a split must not change, summed over the tree."""
	held = defaultdict(Decimal)
	for name in tree(root):
		order = again(name)
		if not order.is_container and order.docstatus == 1:
			held["planned"] += exact(order.planned_qty)
			held["good"] += exact(order.good_qty)
			held["scrap"] += exact(order.scrap_qty)
		held["cost"] += ledger.get_balance(name)
		for row in order.demands if order.docstatus == 1 else ():
			held["demand", row.sales_order_item, str(row.due_on)] += exact(row.qty)
		for row in order.operations if not order.is_container else ():
			held["moved", row.op_no] += exact(row.moved_qty)
		for place, row in enumerate(order.materials):
			held["reserved", place] += exact(row.reserved_qty)
			held["consumed", place] += exact(row.consumed_qty)
			for lot, there in line.get_at_line([row])[row.name].items():
				held["line", place, lot] += there.held.qty
				held["value", place, lot] += there.held.value
	for trace in frappe.get_all(
		"MES Lot Trace", {"work_order": ["in", tree(root)]}, ["op_no", "lot", "qty", "value", "is_carried"]
	):
		held["lots", trace.op_no, trace.lot] += exact(trace.qty)
		held["worth", trace.op_no] += money(trace.value)
		held["carried", trace.op_no] += exact(trace.qty) if trace.is_carried else 0
	return {key: value for key, value in held.items() if value}


def choose(name, pct, place):
	"""An operation of the order at which something waits, and so many percent of that."""
	order = again(name)
	waiting = [(row.op_no, int(get_waiting(order, row.op_no))) for row in order.operations]
	waiting = [(op_no, qty) for op_no, qty in waiting if qty] or [(10, 1)]
	op_no, qty = waiting[-1 - place % len(waiting)]
	return op_no, max(qty * pct // 100, 1)


def take(name, step, pct, place):
	order = again(name)
	if order.workflow_state == "Released" and not order.is_container and step not in ("undo", "count"):
		actions.act(name, "Dispatch")
	if step == "count":
		split.split(name, Ask("count", number=2 + pct % 3), reason=REASON)
	elif step == "leave":
		op_no, qty = choose(name, pct, place)
		split.split(name, Ask("list", op_no=op_no, parts=({"qty": qty},)), reason=REASON)
	elif step == "undo":
		undo.undo(name)
	elif step == "pick":
		pick.pick(
			frappe.get_all("MES Pick List", {"work_order": name, "status": ["!=", "Canceled"]}, pluck="name")
		)
	elif step == "report":
		op_no, qty = choose(name, pct, place)
		scrap = int(qty > 4 and pct % 4 == 0)
		reason = SCRAP if scrap else None
		report(name, op_no, qty - scrap, scrap, scrap_reason=reason, machine_mins=7 * qty)
	elif step == "receive":
		inbound.inbound(name)
	else:
		returns.return_material(name)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 9), kinds, parts_of), min_size=STEPS, max_size=STEPS))
def test_nothing_is_lost(moves):
	frappe.db.savepoint("example")
	set_rates(labour_rate=0, overhead_pct=10)
	frappe.db.set_single_value("MES Settings", "max_split_depth", 9)
	root = make_order(
		QTY,
		operations=3,
		components=[
			{"item": testing.make_material(standard_rate=3), "qty": 2},
			{"item": testing.make_material(stock_uom="kg"), "qty": 0.333333, "op_no": 20},
			{"item": testing.make_material(backflush=1), "qty": 1, "op_no": 30},
		],
		fg_warehouse=testing.make_warehouse(kind="Finished"),
	)
	for place in range(3):
		root.append("demands", {"demand_type": "Stock", "qty": 15 + place, "due_on": f"2030-01-0{3 - place}"})
	frappe.db.delete("MES Work Order Demand", {"parent": root.name})
	for row in root.demands:
		row.update({"parent": root.name, "parenttype": WORK_ORDER, "parentfield": "demands"})
		row.insert(ignore_permissions=True)
	report(root.name, 10, 40, 2, scrap_reason=SCRAP, machine_mins=300)
	report(root.name, 20, 15, machine_mins=100)
	for place, step, pct in moves:
		names = [name for name in tree(root) if step == "undo" or not again(name).is_container]
		name = names[place % len(names)]
		before = holdings(root)
		frappe.db.savepoint(SAVEPOINT)
		try:
			take(name, step, pct, place)
		except MESError as error:
			assert str(error)
			frappe.db.rollback(save_point=SAVEPOINT)
			assert holdings(root) == before
			continue
		if step in ("count", "leave", "undo"):
			assert holdings(root) == before, (step, name, pct)
		assert_invariants(tree(root))
	frappe.db.rollback(save_point="example")
