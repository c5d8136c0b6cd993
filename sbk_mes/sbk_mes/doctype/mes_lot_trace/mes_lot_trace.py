import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import LedgerError


class MESLotTrace(Document):
	"""What of one lot went into another. Reports write it; it is never changed or deleted."""

	def validate(self):
		if not self.is_new() or not self.flags.is_posting:
			self.refuse()

	def on_trash(self):
		self.refuse()

	def refuse(self):
		frappe.throw(
			_("{0} follows from what operations report. Reverse the report instead.").format(_(self.doctype)),
			LedgerError,
		)
