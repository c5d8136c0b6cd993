import frappe
from frappe.model.document import Document

from sbk_mes.stock import ledger


class MESLotBalance(Document):
	"""What one warehouse holds of one lot, and how much of it is reserved: sums kept by the ledger."""

	def before_insert(self):
		ledger.refuse_direct_write(self)

	def validate(self):
		ledger.refuse_direct_write(self)

	def on_trash(self):
		self.flags.posted = False
		ledger.refuse_direct_write(self)


def on_doctype_update():
	"""Lots are read by item and warehouse."""
	frappe.db.add_index("MES Lot Balance", ["item", "warehouse", "lot"])
