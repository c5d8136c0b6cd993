"""Reasons that people give for what they do to an order."""

import frappe
from frappe.utils import cint


def is_usable(reason: str | None, *purposes: str) -> bool:
	"""True for a reason in use that applies to one of the purposes."""
	found = reason and frappe.db.get_value("MES Reason", reason, ["applies_to", "disabled"], as_dict=True)
	return bool(found) and found.applies_to in purposes and not cint(found.disabled)
