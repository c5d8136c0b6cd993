"""The number of statements of a chunk does not grow with its lines."""

import frappe

from sbk_mes import testing
from sbk_mes.conversion.run import convert


def count_statements(lines_count):
	part = testing.make_product()
	item = testing.make_product([{"item": part.name, "qty": 1}])
	orders = [testing.make_sales_order([{"item": item.name}] * 2) for _n in range(lines_count // 2)]
	lines = [{"sales_order": order.name, "line": row.name} for order in orders for row in order.items]
	statements = []
	known = frappe.db.sql

	def counting(query, *args, **kwargs):
		text = str(query)
		# the inbox hook of Frappe asks once for each document whether its row is there
		if "tabWorkflow Action`" not in text or not text.lstrip().lower().startswith("select"):
			statements.append(text[:200])
		return known(query, *args, **kwargs)

	frappe.db.sql = counting
	try:
		answer = convert(lines, frappe.generate_hash(length=20))
	finally:
		frappe.db.sql = known
	assert answer["results"][0]["status"] == "Created"
	return statements


def test_statements_do_not_depend_on_the_number_of_lines():
	count_statements(2)
	few, many = count_statements(4), count_statements(20)
	assert len(many) == len(few), "\n".join(sorted(set(many)))
