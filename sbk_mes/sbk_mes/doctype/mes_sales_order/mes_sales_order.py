import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from sbk_mes import units
from sbk_mes.exceptions import BOMError, ItemError, RoutingError, SalesOrderStateError
from sbk_mes.orders import demand_change
from sbk_mes.rules.quantities import exact, plain

DRAFT, OPEN, ON_HOLD, CLOSED, CANCELLED = "Draft", "Open", "On Hold", "Closed", "Cancelled"


class MESSalesOrder(Document):
	"""What a customer, the stock or a trial asks for. Open ones become work orders, line by line."""

	def validate(self):
		self.status = DRAFT
		facts = units.get_item_facts(row.item for row in self.items)
		factors = units.get_unit_factors(facts)
		for row in self.items:
			self.validate_item(row, facts)
			self.set_stock_quantity(row, facts, factors)
			self.validate_quantity(row, facts)
			self.set_line_defaults(row)
			self.validate_line_date(row)
			self.validate_product_data(row, facts)

	def before_submit(self):
		self.status = OPEN

	def before_update_after_submit(self):
		self.validate_status_moved_by_its_buttons()
		self.validate_deliveries_untouched()

	def on_update_after_submit(self):
		demand_change.follow(self)

	def before_cancel(self):
		self.ignore_linked_doctypes = ["MES Work Order"]
		self.validate_no_live_work_order()
		self.status = CANCELLED

	def on_cancel(self):
		self.mention_drafts()

	@frappe.whitelist(methods=["POST"])
	def hold(self, reason: str):
		"""No line can be converted until the order is resumed."""
		self.move_status(ON_HOLD, (OPEN,), reason)

	@frappe.whitelist(methods=["POST"])
	def resume(self):
		"""Lines can be converted again."""
		self.move_status(OPEN, (ON_HOLD,))

	@frappe.whitelist(methods=["POST"])
	def close(self, reason: str):
		"""Nothing more is delivered on this order; its open quantity is given up."""
		self.move_status(CLOSED, (OPEN, ON_HOLD), reason)

	@frappe.whitelist(methods=["POST"])
	def reopen(self):
		"""A closed order asks for its open quantity again."""
		self.move_status(OPEN, (CLOSED,))

	@frappe.whitelist(methods=["POST"])
	def change_line(self, line: str, qty: float | None = None, due_on: str | None = None):
		"""The customer asks for another quantity or day: drafts follow, running orders by a change order."""
		self.check_permission("submit")
		if self.docstatus != 1 or self.status not in (OPEN, ON_HOLD):
			frappe.throw(
				_("Sales order {0} is {1}; its lines cannot be changed.").format(self.name, _(self.status)),
				SalesOrderStateError,
			)
		frappe.db.get_value("MES Sales Order", self.name, "name", for_update=True)
		row = next((row for row in self.items if row.name == line), None)
		if row is None:
			frappe.throw(_("Sales order {0} has no line {1}.").format(self.name, line), SalesOrderStateError)
		if qty is not None:
			row.qty = qty
			facts = units.get_item_facts([row.item])
			self.set_stock_quantity(row, facts, units.get_unit_factors(facts))
			self.validate_quantity(row, facts)
			self.validate_not_below_delivered(row)
		if due_on:
			row.due_on = due_on
			self.validate_line_date(row)
		self.flags.ignore_validate_update_after_submit = True
		self.save()

	def validate_not_below_delivered(self, row):
		if exact(row.stock_qty) < exact(row.delivered_qty):
			frappe.throw(
				_("Row {0}: {1} of {2} is less than the {3} already delivered.").format(
					row.idx, plain(exact(row.stock_qty)), row.item, plain(exact(row.delivered_qty))
				),
				SalesOrderStateError,
			)

	def move_status(self, target, allowed, reason=None):
		self.check_permission("submit")
		if self.docstatus != 1 or self.status not in allowed:
			frappe.throw(
				_("Sales order {0} is {1}; it cannot become {2}.").format(
					self.name, _(self.status), _(target)
				),
				SalesOrderStateError,
			)
		if reason is not None and not reason.strip():
			frappe.throw(_("Sales order {0}: give a reason.").format(self.name), SalesOrderStateError)
		self.status = target
		self.flags.status_by_button = True
		self.save()
		if reason:
			self.add_comment("Info", f"{_(target)}: {reason.strip()}")

	def validate_item(self, row, facts):
		fact = facts.get(row.item)
		if fact is None:
			return
		if fact.disabled:
			frappe.throw(_("Row {0}: item {1} is disabled.").format(row.idx, row.item), ItemError)
		if fact.is_style:
			frappe.throw(
				_("Row {0}: {1} is a style. Choose one of its variants.").format(row.idx, row.item), ItemError
			)

	def set_stock_quantity(self, row, facts, factors):
		fact = facts.get(row.item)
		if fact is None:
			return
		row.uom = row.uom or fact.stock_uom
		factor = units.get_row_factor(row, fact, factors)
		row.conversion_factor = float(factor)
		row.stock_qty = float(exact(exact(row.qty) * factor))

	def validate_quantity(self, row, facts):
		units.validate_row_quantity(row, row.qty, row.uom)
		if row.item in facts:
			units.validate_row_quantity(row, row.stock_qty, facts[row.item].stock_uom)

	def set_line_defaults(self, row):
		row.due_on = row.due_on or self.due_on
		row.project = row.project or self.project

	def validate_line_date(self, row):
		if row.due_on and getdate(row.due_on) < getdate(self.order_date):
			frappe.throw(
				_("Row {0}: {1} is due on {2}, before the order date {3}.").format(
					row.idx, row.item, row.due_on, self.order_date
				),
				SalesOrderStateError,
			)

	def validate_product_data(self, row, facts):
		if row.bom:
			made = frappe.db.get_value("MES BOM", row.bom, "item")
			if made and made != row.item:
				frappe.throw(
					_("Row {0}: {1} is the BOM of {2}, not of {3}.").format(row.idx, row.bom, made, row.item),
					BOMError,
				)
		if row.routing:
			made = frappe.db.get_value("MES Routing", row.routing, "item")
			fact = facts.get(row.item)
			if made and fact and made not in (row.item, fact.style):
				frappe.throw(
					_("Row {0}: routing {1} makes {2}, not {3}.").format(
						row.idx, row.routing, made, row.item
					),
					RoutingError,
				)

	def validate_status_moved_by_its_buttons(self):
		if self.has_value_changed("status") and not self.flags.status_by_button:
			frappe.throw(
				_("Sales order {0}: its status is changed by Hold, Resume, Close and Reopen only.").format(
					self.name
				),
				SalesOrderStateError,
			)

	def validate_deliveries_untouched(self):
		before = {row.name: exact(row.delivered_qty) for row in self.get_doc_before_save().items}
		for row in self.items:
			if exact(row.delivered_qty) != before.get(row.name, 0):
				frappe.throw(
					_("Row {0}: the delivered quantity is counted by shipments only.").format(row.idx),
					SalesOrderStateError,
				)

	def validate_no_live_work_order(self):
		for order in self.get_work_orders():
			if order.docstatus == 1 and order.coarse_state not in ("CANCELED", "DELETED"):
				frappe.throw(
					_(
						"Sales order {0} stays: work order {1} ({2}) is made for it. Cancel that order first."
					).format(self.name, order.name, _(order.workflow_state)),
					SalesOrderStateError,
				)

	def mention_drafts(self):
		drafts = [order.name for order in self.get_work_orders() if order.docstatus == 0]
		if drafts:
			frappe.msgprint(
				_("These draft work orders were made for {0} and can be deleted: {1}").format(
					self.name, ", ".join(drafts)
				)
			)

	def get_work_orders(self):
		demand, order = frappe.qb.DocType("MES Work Order Demand"), frappe.qb.DocType("MES Work Order")
		return (
			frappe.qb.from_(demand)
			.join(order)
			.on(demand.parent == order.name)
			.select(order.name, order.docstatus, order.coarse_state, order.workflow_state)
			.distinct()
			.where(demand.sales_order == self.name)
			.orderby(order.name)
		).run(as_dict=True)
