import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import GuardedFieldError, StateError
from sbk_mes.orders.fields import find_difference
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import CALLED_OFF
from sbk_mes.stock import picking

PLANNED = ("item", "required_qty", "picked_qty", "uom", "material_row")


class MESPickList(Document):
	"""What one operation of a work order takes from one warehouse. Its lines follow the order's materials."""

	def validate(self):
		if self.flags.is_converted:
			self.status = picking.DRAFT
			return
		if self.is_new():
			self.validate_order_is_live()
		elif not self.flags.is_posting:
			self.refuse_direct_edits()
		self.set_status()

	def on_trash(self):
		if any(exact(line.picked_qty) for line in self.items):
			frappe.throw(
				_("{0} was picked from and cannot be deleted. Return the material.").format(self.name),
				StateError,
			)

	def validate_order_is_live(self):
		state = frappe.db.get_value("MES Work Order", self.work_order, "workflow_state")
		if state in CALLED_OFF:
			frappe.throw(
				_("Work order {0} is {1}; there is nothing to pick.").format(self.work_order, _(state)),
				StateError,
			)

	def refuse_direct_edits(self):
		"""Storekeepers choose lots; quantities come from the order and from what is picked."""
		stored = self.get_doc_before_save()
		known = {line.name: line for line in stored.items}
		is_same = find_difference(self, stored, ("work_order", "op_no", "warehouse", "status")) is None
		is_same = is_same and {line.name for line in self.items} == set(known)
		if not is_same or any(find_difference(line, known[line.name], PLANNED) for line in self.items):
			frappe.throw(
				_("{0}: its lines follow work order {1}. Only the lot can be chosen here.").format(
					self.name, self.work_order
				),
				GuardedFieldError,
			)

	def set_status(self):
		self.status = self.status or picking.DRAFT
		if self.status in (picking.OPEN, picking.PARTLY, picking.PICKED):
			self.status = picking.get_status(self.items)
