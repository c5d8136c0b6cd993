import frappe


def execute():
	frappe.db.set_default("tiny_after", "in patch" if frappe.flags.in_patch else "outside")
