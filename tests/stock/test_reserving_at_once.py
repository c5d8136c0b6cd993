"""Orders reserve and pick in the same moment, in separate processes: never more than there is."""

import pytest
from together import run_together

import frappe

from sbk_mes import testing
from sbk_mes.rules.quantities import exact
from sbk_mes.testing import make_stocked_order, receive_stock

WORK_ORDER = "MES Work Order"

RELEASE = """
from frappe.model.workflow import apply_workflow
for name in {names!r}:
	apply_workflow(frappe.get_doc("MES Work Order", name), "Release")
	frappe.db.commit()
	print("released", flush=True)
"""

PICK = """
from sbk_mes.stock.pick import pick
for turn in range({turns}):
	try:
		pick(lines={lines!r})
		frappe.db.commit()
		print("picked", flush=True)
	except frappe.ValidationError as refused:
		frappe.db.rollback()
		print(type(refused).__name__, flush=True)
"""

TAKE_OVER = """
from sbk_mes.stock.priority import take_over
for name in {names!r}:
	take_over(name)
	frappe.db.commit()
	print("taken", flush=True)
"""


def balance(row):
	return frappe.db.get_value(
		"MES Stock Balance",
		{"item": row.item, "warehouse": row.source_warehouse},
		["on_hand_qty", "reserved_qty"],
	)


def reserved(names):
	quantities = frappe.get_all(
		"MES Work Order Material", filters={"parent": ["in", names]}, pluck="reserved_qty", order_by=None
	)
	return sum(exact(qty) for qty in quantities)


@pytest.fixture
def rivals():
	"""A dispatched order without stock for its material, and 20 drafts for the same."""
	first = make_stocked_order([{"qty": 1, "stock": 0}], qty=10)
	drafts = [testing.make_work_order(item=first.item, qty=10).name for _turn in range(20)]
	frappe.db.commit()
	return first, drafts


def test_twenty_orders_released_together_reserve_no_more_than_there_is(home, rivals):
	first, drafts = rivals
	row = first.materials[0]
	receive_stock(row.item, row.source_warehouse, 125)
	frappe.db.commit()
	run_together(home, *(RELEASE.format(names=drafts[start::4]) for start in range(4)))
	assert balance(row) == (125, 125)
	assert reserved(drafts) == 125
	short = frappe.get_all(
		"MES Work Order Material", filters={"parent": ["in", drafts]}, pluck="short_qty", order_by=None
	)
	assert sum(short) == 75


def test_storekeepers_picking_the_same_line_together_never_exceed_it(home, rivals):
	first, _drafts = rivals
	row = first.materials[0]
	receive_stock(row.item, row.source_warehouse, 100)
	frappe.db.commit()
	pick_list = frappe.get_last_doc("MES Pick List", {"work_order": first.name})
	lines = [{"pick_list": pick_list.name, "line": pick_list.items[0].name, "qty": 2}]
	words = run_together(home, *(PICK.format(turns=4, lines=lines) for _turn in range(2)))
	assert sorted(word for printed in words for word in printed) == ["PickLimitError"] * 3 + ["picked"] * 5
	assert frappe.db.get_value("MES Work Order Material", row.name, "issued_qty") == 10
	assert balance(row)[0] == 90


def test_urgent_orders_taking_over_together_leave_the_sums_right(home, rivals):
	first, drafts = rivals
	row = first.materials[0]
	receive_stock(row.item, row.source_warehouse, 40)
	for name in drafts[:4]:
		testing.dispatch(frappe.get_doc(WORK_ORDER, name))
	urgent = [
		testing.dispatch(
			testing.make_work_order(item=first.item, qty=15, priority="Urgent", urgent_reason="VIP")
		).name
		for _turn in range(2)
	]
	frappe.db.commit()
	run_together(home, *(TAKE_OVER.format(names=[name]) for name in urgent))
	assert balance(row) == (40, 40)
	assert reserved(urgent) == 30
	assert reserved(drafts[:4]) == 10
