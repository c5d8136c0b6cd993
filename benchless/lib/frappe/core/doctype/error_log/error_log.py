import frappe
from frappe.model.document import Document
from frappe.utils import add_days, now_datetime


class ErrorLog(Document):
	"""A failure on record: what failed and where."""

	def onload(self) -> None:
		if not self.seen:
			self.db_set("seen", 1, update_modified=False)
			frappe.db.commit()

	@staticmethod
	def clear_old_logs(days: int = 30) -> None:
		"""Logs older than so many days are gone."""
		frappe.db.delete("Error Log", {"modified": ["<", add_days(now_datetime(), -days)]})


@frappe.whitelist()
def clear_error_logs() -> None:
	"""The Error Log is empty."""
	frappe.only_for("System Manager")
	frappe.db.truncate("Error Log")
