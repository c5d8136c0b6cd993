"""Users for tests."""

import frappe
from frappe.utils.password import update_password


def make_user(email: str, *roles: str, password: str | None = "tiny-user") -> str:
	"""A System User with exactly these roles, in the current transaction."""
	user = frappe.get_doc(
		{
			"doctype": "User",
			"email": email,
			"first_name": email.partition("@")[0].title(),
			"send_welcome_email": 0,
			"roles": [{"role": role} for role in roles],
		}
	)
	user.insert(ignore_permissions=True)
	if password:
		update_password(email, password)
	return email
