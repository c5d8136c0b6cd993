"""Several people report on one order in the same moment: separate processes, one database."""

from floor import again, assert_sound, make_order, state
from together import run_together

import frappe

REPORT = """
from sbk_mes.shopfloor.report import report
for number in range({each}):
	try:
		print(report({order!r}, 10, 1, request_id={request!r} and f"{request}-{{number}}").name, flush=True)
		frappe.db.commit()
	except frappe.ValidationError as refused:
		frappe.db.rollback()
		print(refused.code, flush=True)
"""


def reported_by(home, order, requests, each=12):
	"""What the processes printed, one list each."""
	frappe.db.commit()
	return run_together(
		home, *(REPORT.format(order=order.name, request=request, each=each) for request in requests)
	)


def test_together_they_report_the_plan_and_not_one_more(home):
	order = make_order(30, operations=1)
	answers = [answer for words in reported_by(home, order, [""] * 3) for answer in words]
	assert answers.count("E-QTY-FLOW") + answers.count("E-STATE") == 6
	assert len({answer for answer in answers if answer.startswith("OR-")}) == 30
	assert (again(order).good_qty, state(order)) == (30, "Inbound")
	assert_sound(order)


def test_one_request_sent_by_several_posts_once(home):
	order = make_order(30, operations=1)
	first, second, third = reported_by(home, order, [f"same-{order.name}"] * 3)
	assert first == second == third
	assert again(order).good_qty == 12
	assert_sound(order)
