"""Counting what is asked of the database."""

import frappe


def statements_of(do):
	"""The texts of the statements that `do` sends, in their order."""
	statements = []
	known = frappe.db.sql

	def counting(query, *args, **kwargs):
		statements.append(str(query)[:200])
		return known(query, *args, **kwargs)

	frappe.db.sql = counting
	try:
		do()
	finally:
		frappe.db.sql = known
	return statements
