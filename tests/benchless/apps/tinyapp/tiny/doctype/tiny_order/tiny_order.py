import frappe
from frappe.model.document import Document
from frappe.utils import flt


class TinyOrder(Document):
	"""A submittable document with rows. Adds its rows up; refuses a negative quantity."""

	def validate(self):
		self.validate_quantities()
		self.set_total()

	def validate_quantities(self):
		for row in self.items:
			if flt(row.qty) < 0:
				frappe.throw(frappe._("Row {0}: quantity must not be negative").format(row.idx))

	def set_total(self):
		for row in self.items:
			row.amount = flt(row.qty) * flt(row.rate)
		self.total = sum(row.amount for row in self.items)

	@frappe.whitelist()
	def double(self, by: int = 2) -> float:
		"""The total times `by`; nothing is stored."""
		return flt(self.total) * by
