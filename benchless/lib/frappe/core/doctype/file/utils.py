"""Folders every site has."""

import frappe


def make_home_folder() -> None:
	"""`Home` and `Home/Attachments` exist."""
	for values in (
		{"file_name": "Home", "is_home_folder": 1},
		{"file_name": "Attachments", "folder": "Home", "is_attachments_folder": 1},
	):
		folder = frappe.get_doc({"doctype": "File", "is_folder": 1, **values})
		folder.insert(ignore_permissions=True, ignore_if_duplicate=True)
