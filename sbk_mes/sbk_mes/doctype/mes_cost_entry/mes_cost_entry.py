import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import CostError


class MESCostEntry(Document):
	"""One signed amount of a work order. Written by `sbk_mes.costing.ledger`, never edited, never deleted."""

	def before_insert(self):
		if not self.flags.is_posted:
			self.refuse()

	def validate(self):
		if not self.is_new():
			self.refuse()

	def on_trash(self):
		self.refuse()

	def refuse(self):
		frappe.throw(
			_("Costs follow from what is posted. An amount is taken back by another one, never edited."),
			CostError,
		)
