from frappe.model.document import Document

from sbk_mes.stock import ledger


class MESStockBalance(Document):
	"""What one warehouse holds of one item, and how much of it is reserved: sums kept by the ledger."""

	def before_insert(self):
		ledger.refuse_direct_write(self)

	def validate(self):
		ledger.refuse_direct_write(self)

	def on_trash(self):
		self.flags.posted = False
		ledger.refuse_direct_write(self)
