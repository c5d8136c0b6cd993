import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import OrderTypeError
from sbk_mes.orders.rollup import TOTALS, recompute

NEEDS = {"Style": "style", "Project": "project"}


class MESProductionOrder(Document):
	"""The top level over work orders. Its totals follow its work orders; nobody enters them."""

	def validate(self):
		self.validate_kind()
		self.set_totals_as_recorded()

	def validate_kind(self):
		needed = NEEDS.get(self.kind)
		if needed and not self.get(needed):
			frappe.throw(
				_("{0}: a production order of kind {1} needs {2}.").format(
					self.title, _(self.kind), _(self.meta.get_label(needed))
				),
				OrderTypeError,
			)

	def set_totals_as_recorded(self):
		stored = self.get_doc_before_save()
		for field in TOTALS:
			self.set(field, stored.get(field) if stored else None)

	@frappe.whitelist(methods=["POST"])
	def recompute(self) -> dict:
		"""The totals are added up again from the work orders."""
		self.check_permission("write")
		recompute(self.name)
		self.reload()
		return {field: self.get(field) for field in TOTALS}
