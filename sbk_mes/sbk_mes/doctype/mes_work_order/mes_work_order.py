import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from sbk_mes import units, workflow_guard
from sbk_mes.costing import settle
from sbk_mes.exceptions import OrderTypeError, PegError, QuantityError, RoutingError, StateError
from sbk_mes.orders import cancel, freeze, guards, numbers, product, protect, release, rollup, story, tree
from sbk_mes.orders.progress import get_progress
from sbk_mes.rules.quantities import exact, is_whole, plain
from sbk_mes.rules.requirements import planned_mins, required_qty
from sbk_mes.rules.states import CANCELED_DRAFT, DRAFT, FROZEN, WORK_ORDER, coarse, derived_stage
from sbk_mes.stock import picking, reserve


class MESWorkOrder(Document):
	"""A promise to make `planned_qty` of `item` by `due_at`.

	Its state is moved by the Workflow only, its quantities by postings only, its plan after release by change
	orders only; every one of these leaves an event.
	"""

	def autoname(self):
		self.name = numbers.get_next_name(self)

	def before_insert(self):
		protect.forget_the_past(self)
		self.set_number_of_amendment()

	def before_validate(self):
		if not self.flags.is_converted:
			self.set_defaults()
			self.set_totals()

	def validate(self):
		self.flags.move = workflow_guard.check(self, WORK_ORDER)
		self.validate_is_open_draft()
		self.validate_quantity()
		self.validate_order_type()
		self.validate_operations()
		self.validate_materials()
		self.validate_demands()
		if not self.flags.is_converted:
			tree.validate_no_circle(self)
		self.set_state_fields()
		if self.flags.move:
			guards.check(self, self.flags.move)

	def before_submit(self):
		if self.flags.move.action == "Release":
			picking.open_lists(self)
			release.set_released(self)

	def before_update_after_submit(self):
		self.flags.move = workflow_guard.check(self, WORK_ORDER)
		protect.keep_event_head(self)
		protect.refuse_after_release(self)
		self.set_state_fields()
		if self.flags.move:
			guards.check(self, self.flags.move)
			self.set_freeze_fields()
			settle.set_settlement(self, self.flags.move)
			if self.flags.move.target in cancel.GIVES_BACK:
				reserve.release(self)

	def before_cancel(self):
		self.flags.move = workflow_guard.check(self, WORK_ORDER)
		protect.keep_event_head(self)
		guards.check(self, self.flags.move)
		cancel.set_canceled(self)
		self.set_state_fields()

	def after_insert(self):
		story.tell_created(self)

	def on_update(self):
		if not self.flags.is_converted:
			rollup.follow(self)
		if self.docstatus == 0:
			self.tell_what_happened()
			if self.flags.move:
				cancel.call_off(self)

	def on_submit(self):
		self.tell_what_happened()
		if self.flags.move.action == "Merge":
			cancel.call_off(self)

	def on_update_after_submit(self):
		rollup.follow(self)
		if self.flags.move:
			settle.tell(self, self.flags.move)
		self.tell_what_happened()
		if self.workflow_state in cancel.ENDS_EARLY and self.flags.move:
			cancel.call_off(self)

	def on_cancel(self):
		rollup.follow(self)
		self.tell_what_happened()
		cancel.call_off(self)

	def on_trash(self):
		cancel.delete_draft(self)

	def set_number_of_amendment(self):
		"""An amended order takes a number of its own series: `<name>-1` would read as a sub-order."""
		if self.amended_from:
			self.name = numbers.get_next_name(self)
			self.flags.name_set = True
			self.set_name_in_children()

	def set_defaults(self):
		self.naming_series = self.naming_series or numbers.get_policy(self.order_type).naming_series
		item = frappe.get_cached_value("MES Item", self.item, ["item_name", "stock_uom"], as_dict=True)
		if item:
			self.item_name, self.stock_uom = item.item_name, item.stock_uom
		if self.is_new() or self.has_value_changed("parent_work_order"):
			tree.set_place(self)
		if self.is_new():
			product.set_product_data(self)
		for row in self.materials:
			product.set_material_defaults(self, row)

	def set_totals(self):
		"""Minutes and requirements follow from the quantity."""
		qty = exact(self.planned_qty)
		for row in self.operations:
			row.planned_mins = float(planned_mins(exact(row.setup_mins), exact(row.run_mins), qty))
		self.planned_mins = float(sum(exact(row.planned_mins) for row in self.operations))
		for row in self.materials:
			row.required_qty = float(
				required_qty(
					exact(row.qty_per),
					qty,
					fixed=bool(cint(row.is_fixed_qty)),
					scrap_pct=exact(row.scrap_pct),
					whole=units.is_counted(row.uom),
				)
			)

	def set_state_fields(self):
		"""Stage and coarse state follow from quantities and node; nobody sets them by hand."""
		self.workflow_state = self.workflow_state or DRAFT
		self.derived_stage = derived_stage(get_progress(self))
		move = self.flags.move
		frozen_from = move.source if move and move.target == FROZEN else self.frozen_from
		self.coarse_state = coarse(self.workflow_state, frozen_from)

	def set_freeze_fields(self):
		if self.flags.move.action == "Freeze":
			freeze.set_frozen(self, self.flags.move)
		if self.flags.move.action == "Unfreeze":
			self.flags.told = freeze.set_resumed(self)

	def tell_what_happened(self):
		if self.flags.move:
			story.tell_moved(self, self.flags.move)
		else:
			story.tell_changed(self)

	def validate_is_open_draft(self):
		"""A draft that was called off stays as it is; an open one brings no history of its own."""
		stored = self.get_doc_before_save()
		if stored is None:
			return
		protect.keep_event_head(self)
		protect.refuse_in_draft(self)
		if stored.workflow_state == CANCELED_DRAFT:
			frappe.throw(_("{0} is canceled and cannot be changed any more.").format(self.name), StateError)

	def validate_quantity(self):
		qty = exact(self.planned_qty)
		if qty <= 0:
			frappe.throw(
				_("{0}: the quantity of {1} is {2}; it must be above zero.").format(
					self.name, self.item, plain(qty)
				),
				QuantityError,
			)
		if not is_whole(qty) and units.is_counted(self.stock_uom):
			frappe.throw(
				_("{0}: {1} of {2}, but {3} are counted in whole numbers.").format(
					self.name, plain(qty), self.item, self.stock_uom
				),
				QuantityError,
			)

	def validate_order_type(self):
		wrong = None
		if self.order_type == "MTS" and (self.customer or self.sales_order):
			wrong = _("an order for stock has no customer")
		if self.order_type == "Rework" and not self.origin_lot and not self.parent_work_order:
			wrong = _("a rework order names the lot it comes from")
		if self.order_type == "ETO" and not self.project:
			wrong = _("an order of type ETO belongs to a project")
		if self.priority == "Urgent" and not (self.urgent_reason or "").strip():
			wrong = _("an urgent order says why")
		if wrong:
			frappe.throw(
				_("{0}, type {1}: {2}.").format(self.name, _(self.order_type), wrong), OrderTypeError
			)

	def validate_operations(self):
		last = 0
		for row in self.operations:
			if cint(row.op_no) <= last:
				frappe.throw(
					_("{0}, row {1}: operation {2} does not follow {3}. Number them upwards.").format(
						self.name, row.idx, row.op_no, last
					),
					RoutingError,
				)
			last = cint(row.op_no)
			mins = exact(row.setup_mins) + exact(row.run_mins) + exact(row.wait_mins)
			if mins <= 0 and not cint(row.is_outsourced):
				frappe.throw(
					_("{0}, row {1}: operation {2} takes no time. Give it setup or run minutes.").format(
						self.name, row.idx, row.operation
					),
					RoutingError,
				)

	def validate_materials(self):
		known = {cint(row.op_no) for row in self.operations}
		for row in self.materials:
			if row.item == self.item:
				frappe.throw(
					_("{0}, row {1}: {2} cannot be made of itself.").format(self.name, row.idx, row.item),
					QuantityError,
				)
			if known and cint(row.op_no) not in known:
				frappe.throw(
					_("{0}, row {1}: there is no operation {2} to use {3}.").format(
						self.name, row.idx, row.op_no, row.item
					),
					RoutingError,
				)

	def validate_demands(self):
		pegged = sum((exact(row.qty) for row in self.demands), exact(0))
		for row in self.demands:
			if exact(row.qty) <= 0:
				frappe.throw(_("{0}, row {1}: demand of zero.").format(self.name, row.idx), PegError)
		if pegged > exact(self.planned_qty):
			frappe.throw(
				_("{0}: demands of {1} do not fit into a quantity of {2}.").format(
					self.name, plain(pegged), plain(exact(self.planned_qty))
				),
				PegError,
			)
