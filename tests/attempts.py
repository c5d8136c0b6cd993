"""People who try things: what each example of the random days begins with, and how an attempt is judged."""

from hypothesis.stateful import RuleBasedStateMachine, initialize

import frappe
from frappe.utils import now_datetime

from sbk_mes import testing
from sbk_mes.exceptions import MESError
from sbk_mes.orders import actions
from sbk_mes.rules.states import VIEWER
from sbk_mes.stock import pick

WORK_ORDER = "MES Work Order"
QTY = 6
WATCHED = (
	"MES Freeze",
	"MES Operation Report",
	"MES Inspection",
	"MES Inbound",
	"MES Shipment",
	"MES Sales Order Item",
	"MES Stock Entry",
	"MES Stock Ledger Entry",
	"MES Stock Balance",
	"MES Lot Trace",
	"MES Cost Entry",
	"MES Order Link",
	"MES Event",
	"MES Pick List",
	"MES Pick List Item",
	WORK_ORDER,
	"MES Work Order Operation",
	"MES Work Order Material",
	"MES Work Order Demand",
)


class Attempts(RuleBasedStateMachine):
	"""One example; everything it writes is taken back at its end."""

	plant: "Plant"

	@initialize()
	def begin(self):
		frappe.db.savepoint("example")
		self.orders = list(self.plant.orders)
		self.requests = 0

	def teardown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="example")
		frappe.clear_messages()

	def order(self, place):
		return self.orders[place % len(self.orders)]

	def attempt(self, name, roles, do, *, is_right=True, expect=None, writes_nothing=True):
		"""`do` by somebody of the roles, or by a viewer; True when it was accepted.

		`expect` is asked about a refusal; `writes_nothing` when the refusal promises it without a rollback.
		"""
		user = testing.make_user(*roles) if is_right else self.plant.viewer
		before, told = self.plant.fingerprint(), self.plant.count_events()
		frappe.db.savepoint("attempt")
		frappe.set_user(user)
		try:
			do()
		except (MESError, frappe.PermissionError, frappe.UpdateAfterSubmitError) as refusal:
			frappe.set_user("Administrator")
			if not writes_nothing:
				frappe.db.rollback(save_point="attempt")
			frappe.clear_messages()
			assert self.plant.fingerprint() == before, f"refused, and something is written: {refusal}"
			if expect:
				expect(refusal)
			return False
		finally:
			frappe.set_user("Administrator")
		assert is_right, "a viewer did it"
		self.assert_told(name, user, told)
		self.follow_rework()
		return True

	def assert_told(self, name, user, before):
		"""I8: one group of events, by that user, on the order."""
		new = []
		for order in self.plant.count_events():
			new += frappe.get_all(
				"MES Event",
				filters={"work_order": order, "seq": [">", before.get(order, 0)]},
				fields=["work_order", "event_type", "actor", "correlation_id"],
				order_by="seq asc",
			)
		mine = [event for event in new if event.work_order == name]
		assert mine, f"{name}: nothing was told"
		assert user in {event.actor for event in mine}
		assert {event.actor for event in new} <= {user, "Administrator"}, "or the system, which settles"
		groups = {event.correlation_id for event in mine if event.actor == user}
		assert len(groups) == 1, f"events of one action do not belong together: {mine}"

	def follow_rework(self):
		for name in frappe.get_all(
			"MES Order Link",
			filters={"link_type": "rework-of", "to_order": ["in", self.orders]},
			pluck="from_order",
			order_by="name asc",
		):
			if name not in self.orders:
				self.orders.append(name)

	def request_id(self):
		self.requests += 1
		return f"request-{self.requests}"


class Plant:
	"""What every example begins with: an order for a customer, inspected, and one for stock, both picked;
	and a draft."""

	def __init__(self):
		self.since = now_datetime()
		self.warehouse = testing.make_warehouse()
		self.finished = testing.make_warehouse(kind="Finished")
		self.part = testing.make_material(standard_rate=3)
		self.glue = testing.make_material(standard_rate=0.07, stock_uom=testing.FINE_UNIT, backflush=1)
		machine = testing.make_resource(rate_per_hour=8)
		parts = [
			{"item": self.part, "qty": 2, "source_warehouse": self.warehouse},
			{"item": self.glue, "qty": 0.3, "source_warehouse": self.warehouse, "op_no": 20},
		]
		steps = [{"operation": "Cut", "resource": machine}, {"operation": "Fit", "resource": machine}]
		inspected = [{**step, "inspection_required": 1} for step in steps]
		self.inspected = testing.make_product(parts, inspected).name
		self.plain = testing.make_product(parts[:1], steps[:1]).name
		for qty, rate in ((11, 2.9), (29, 3.13)):
			testing.receive_stock(self.part, self.warehouse, qty, rate=rate)
		testing.receive_stock(self.glue, self.warehouse, 5, rate=0.07)
		self.viewer = testing.make_user(VIEWER)
		self.sale = testing.make_sales_order([{"item": self.inspected, "qty": QTY}])
		self.orders = [
			testing.convert_lines(self.sale)["results"][0]["work_order"],
			testing.make_work_order(item=self.plain, qty=QTY, over_production_pct=20).name,
			testing.make_work_order(item=self.inspected, qty=QTY).name,
		]
		for name in self.orders[:2]:
			actions.act(name, "Release")
			actions.act(name, "Dispatch")
			pick.pick(frappe.get_all("MES Pick List", filters={"work_order": name}, pluck="name"))

	def fingerprint(self):
		"""Every value of everything that actions write."""
		rows = {
			doctype: frappe.get_all(
				doctype, filters={"creation": [">=", self.since]}, fields=["*"], order_by="name asc"
			)
			for doctype in WATCHED
		}
		for doctype_rows in rows.values():
			for row in doctype_rows:
				row.pop("modified", None)
				row.pop("modified_by", None)
		return rows

	def count_events(self):
		return dict(
			frappe.get_all(
				WORK_ORDER,
				filters={"creation": [">=", self.since]},
				fields=["name", "event_seq"],
				order_by="name asc",
				as_list=True,
			)
		)
