import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import TreeError


class MESOrderLink(Document):
	"""Quantity of `to_order` that came from `from_order`: the parent, the origin, the merged source."""

	def validate(self):
		if not self.is_new():
			frappe.throw(_("A link between orders is part of the record and is not changed."), TreeError)
		if self.from_order == self.to_order:
			frappe.throw(_("{0} cannot come from itself.").format(self.from_order), TreeError)
