"""Messages to people about what happens to orders."""

from collections.abc import Iterable

import frappe


def tell(users: Iterable[str], text: str, doctype: str, name: str) -> None:
	"""Each of the users has a message that leads to the document."""
	for user in sorted(set(users)):
		log = frappe.new_doc("Notification Log")
		log.update(
			{
				"for_user": user,
				"subject": text,
				"type": "Alert",
				"document_type": doctype,
				"document_name": name,
				"from_user": frappe.session.user,
			}
		)
		log.insert(ignore_permissions=True)


def get_holders(roles: Iterable[str]) -> set[str]:
	"""Users who may log in and have one of the roles."""
	return set(
		frappe.get_all(
			"User",
			filters=[["Has Role", "role", "in", sorted(roles)], ["User", "enabled", "=", 1]],
			pluck="name",
		)
	)
