"""Counting what is asked of the database."""

import frappe


def statements_of(do):
	"""The texts of the statements that `do` sends, in their order."""
	statements = []

	def counting(known):
		def run(query, *args, **kwargs):
			statements.append(str(query)[:200])
			return known(query, *args, **kwargs)

		return run

	door = "_execute" if hasattr(frappe.db, "_execute") else "sql"  # of benchless; of a bench
	setattr(frappe.db, door, counting(getattr(frappe.db, door)))
	try:
		do()
	finally:
		delattr(frappe.db, door)
	return statements
