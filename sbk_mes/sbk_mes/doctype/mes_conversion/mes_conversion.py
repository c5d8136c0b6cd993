import frappe
from frappe.model.document import Document


class MESConversion(Document):
	"""A request to convert lines, by its request id: what was asked for and what came of each line."""

	@frappe.whitelist(methods=["POST"])
	def resume(self) -> None:
		"""A job goes on with the lines that are pending."""
		from sbk_mes.conversion.run import enqueue

		self.check_permission("create")
		if self.done_count < self.lines_count:
			enqueue(self.name, after_lines=self.done_count)
