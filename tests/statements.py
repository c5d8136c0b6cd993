"""Counting what is asked of the database."""

import re

import frappe

WRITTEN_VALUE = re.compile(r"'[^']*'|\b\d+(?:\.\d+)?\b")


def statements_of(do):
	"""The statements that `do` sends, in their order, with `?` in place of the values written into them."""
	statements = []

	def counting(known):
		def run(query, *args, **kwargs):
			statements.append(WRITTEN_VALUE.sub("?", str(query))[:200])
			return known(query, *args, **kwargs)

		return run

	door = "_execute" if hasattr(frappe.db, "_execute") else "sql"  # of benchless; of a bench
	setattr(frappe.db, door, counting(getattr(frappe.db, door)))
	try:
		do()
	finally:
		delattr(frappe.db, door)
	return statements
