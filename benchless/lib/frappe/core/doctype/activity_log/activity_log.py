import frappe
from frappe.model.document import Document
from frappe.utils import now_datetime


class ActivityLog(Document):
	"""One thing a user did; never edited."""

	status: str | None

	def before_insert(self) -> None:
		self.full_name = frappe.db.get_value("User", self.user, "full_name") or self.user
		self.communication_date = now_datetime()
		self.ip_address = getattr(frappe.local, "request_ip", None)

	def validate(self) -> None:
		self.set_status()

	def set_status(self) -> None:
		if not self.is_new() or self.status:
			return
		self.status = "Linked" if self.reference_doctype and self.reference_name else "Success"


def add_authentication_log(
	subject: str, user: str, operation: str = "Login", status: str = "Success"
) -> None:
	"""A login or logout of `user`, or a failed try, is on record."""
	frappe.get_doc(
		{
			"doctype": "Activity Log",
			"user": user,
			"status": status,
			"subject": subject,
			"operation": operation,
		}
	).insert(ignore_permissions=True, ignore_links=True)
