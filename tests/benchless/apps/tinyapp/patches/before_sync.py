import frappe


def execute():
	frappe.db.set_default("tiny_before", "in patch" if frappe.flags.in_patch else "outside")
