import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import TreeError


class MESOrderLink(Document):
	"""`from_order` is <link type> `to_order`: the later order first, then the one it came of."""

	def validate(self):
		if not self.is_new():
			frappe.throw(_("A link between orders is part of the record and is not changed."), TreeError)
		if self.from_order == self.to_order:
			frappe.throw(_("{0} cannot come from itself.").format(self.from_order), TreeError)
