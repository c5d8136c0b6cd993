import frappe
from frappe.model.document import Document
from frappe.utils import add_days, now_datetime


class ScheduledJobLog(Document):
	"""One run of a scheduled method."""

	@staticmethod
	def clear_old_logs(days: int = 90) -> None:
		"""Logs older than so many days are gone."""
		frappe.db.delete("Scheduled Job Log", {"modified": ["<", add_days(now_datetime(), -days)]})
