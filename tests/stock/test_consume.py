"""Material at the line: used by reports lot by lot, given back, spoilt; sums are those of the postings."""

import random
from decimal import Decimal

import pytest

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import KitError, LedgerError, LineError, NegativeStockError
from sbk_mes.rules.quantities import exact
from sbk_mes.shopfloor.report import report
from sbk_mes.shopfloor.reversing import reverse
from sbk_mes.stock import line
from sbk_mes.stock.pick import pick
from sbk_mes.stock.returns import return_material, scrap_material
from sbk_mes.testing import make_stocked_order, receive_stock, refused

WORK_ORDER, TRACE = "MES Work Order", "MES Lot Trace"
QUANTITIES = ("issued_qty", "consumed_qty", "returned_qty", "scrapped_qty")


def stored(order):
	return frappe.get_doc(WORK_ORDER, order.name)


def lists_of(order):
	return frappe.get_all(
		"MES Pick List", filters={"work_order": order.name}, pluck="name", order_by="name asc"
	)


def quantities(order):
	return [tuple(row.get(field) for field in QUANTITIES) for row in stored(order).materials]


def on_hand(row):
	return frappe.db.get_value(
		"MES Stock Balance",
		{"item": row.item, "warehouse": row.source_warehouse},
		["on_hand_qty", "reserved_qty", "stock_value"],
	)


def traced(order):
	rows = frappe.get_all(
		TRACE, filters={"work_order": order.name}, fields=["lot", "qty"], order_by="creation asc"
	)
	return [(row.lot, row.qty) for row in rows]


def make_reason(applies_to="Scrap"):
	return testing.make("MES Reason", reason=testing.unique("Reason"), applies_to=applies_to).name


@pytest.fixture
def picked():
	order = make_stocked_order([{"qty": 2, "rate": 3}])
	pick(lists_of(order))
	return order


def test_a_report_uses_its_share_of_the_material_of_its_operation(picked):
	report(picked.name, 10, 30)
	assert quantities(picked) == [(200, 60, 0, 0)]
	report(picked.name, 10, 70)
	assert quantities(picked) == [(200, 200, 0, 0)]
	report(picked.name, 20, 100)
	assert quantities(picked) == [(200, 200, 0, 0)]


def test_scrap_uses_material_like_good_pieces(picked):
	report(picked.name, 10, 80, 20, scrap_reason=make_reason())
	assert quantities(picked) == [(200, 200, 0, 0)]


def test_without_its_kit_an_operation_reports_nothing():
	order = make_stocked_order([{"qty": 2, "stock": 50}])
	pick(lists_of(order))
	item = order.materials[0].item
	with refused(KitError) as refusal:
		report(order.name, 10, 30)
	assert refusal.code == "E-KIT"
	assert f"60 of {item} needed, 50 at the line" in refusal.message
	report(order.name, 10, 25)
	assert quantities(order) == [(50, 50, 0, 0)]


def test_only_the_material_of_the_reported_operation_is_asked_for():
	order = make_stocked_order([{"qty": 1, "op_no": 20, "stock": 0}])
	report(order.name, 10, 100)
	with refused(KitError):
		report(order.name, 20, 1)


def test_backflushed_material_is_issued_by_the_report():
	order = make_stocked_order([{"qty": 2, "stock": 210, "rate": 3, "backflush": 1}])
	assert lists_of(order) == []
	posting = report(order.name, 10, 30)
	row = stored(order).materials[0]
	assert quantities(order) == [(60, 60, 0, 0)]
	assert (row.reserved_qty, *on_hand(row)) == (140, 150, 140, 450)
	reverse(posting.doctype, posting.name, "wrong order")
	row = stored(order).materials[0]
	assert (row.consumed_qty, row.returned_qty, row.reserved_qty) == (0, 60, 200)
	assert on_hand(row) == (210, 200, 630)
	report(order.name, 10, 100)
	assert quantities(order) == [(260, 200, 60, 0)]


def test_backflush_without_stock_stops_the_report():
	order = make_stocked_order([{"qty": 2, "stock": 10, "backflush": 1}])
	with refused(NegativeStockError):
		report(order.name, 10, 6)
	report(order.name, 10, 5)


def test_lots_are_used_in_the_order_they_were_issued_and_traced():
	order = make_stocked_order([{"qty": 2, "stock": 50, "lot": "A", "requires_lot": 1}])
	row = order.materials[0]
	receive_stock(row.item, row.source_warehouse, 150, lot="B")
	pick(lists_of(order))
	report(order.name, 10, 30, output_lot="FG1")
	posting = report(order.name, 10, 10, output_lot="FG2")
	assert traced(order) == [("A", 50), ("B", 10), ("B", 20)]
	outputs = frappe.get_all(
		TRACE,
		filters={"work_order": order.name},
		fields=["output_item", "output_lot"],
		order_by="creation asc",
	)
	assert [(row.output_item, row.output_lot) for row in outputs] == [
		(order.item, "FG1"),
		(order.item, "FG1"),
		(order.item, "FG2"),
	]
	reverse(posting.doctype, posting.name, "wrong lot")
	assert traced(order)[-1] == ("B", -20)
	assert quantities(order) == [(200, 60, 0, 0)]


def test_the_end_is_exact_whatever_the_steps():
	order = make_stocked_order(
		[{"qty": 1 / 3, "stock": 40, "stock_uom": "kg"}, {"qty": 0.07, "stock_uom": "kg"}], qty=90
	)
	pick(lists_of(order))
	left, steps = 90, random.Random(7)
	while left:
		qty = min(left, steps.randint(1, 13))
		report(order.name, 10, qty)
		left -= qty
	rows = stored(order).materials
	assert all(row.consumed_qty == row.issued_qty == row.required_qty for row in rows)
	assert sum(exact(qty) for _lot, qty in traced(order)) == sum(
		(exact(row.required_qty) for row in rows), Decimal(0)
	)


def test_what_is_not_used_goes_back_at_the_value_of_its_issue(picked):
	report(picked.name, 10, 30)
	row = stored(picked).materials[0]
	receive_stock(row.item, row.source_warehouse, 100, rate=9)
	result = return_material(picked.name, [{"item": row.item, "qty": 50}])
	assert result["lines"][0]["value"] == 150
	assert quantities(picked) == [(200, 60, 50, 0)]
	assert on_hand(row) == (150, 50, 1050)
	assert frappe.get_doc("MES Pick List", lists_of(picked)[0]).items[0].picked_qty == 150
	amounts = frappe.get_all(
		"MES Cost Entry",
		filters={"work_order": picked.name, "kind": ["in", ["Material", "Return"]]},
		pluck="amount",
		order_by="creation asc",
	)
	assert amounts == [600, -150]


def test_everything_at_the_line_returns_when_no_row_is_named(picked):
	report(picked.name, 10, 30)
	return_material(picked.name)
	assert quantities(picked) == [(200, 60, 140, 0)]
	with refused(LineError):
		return_material(picked.name)


def test_lots_return_to_where_they_came_from():
	order = make_stocked_order([{"qty": 2, "stock": 50, "lot": "A", "requires_lot": 1}])
	row = order.materials[0]
	other = testing.make_warehouse()
	receive_stock(row.item, other, 150, lot="B")
	pick(lists_of(order))
	pick_list = frappe.get_doc("MES Pick List", lists_of(order)[0])
	pick(
		lines=[{"pick_list": pick_list.name, "line": pick_list.items[0].name, "qty": 150, "warehouse": other}]
	)
	result = return_material(order.name, [{"item": row.item, "qty": 160}])
	assert [(line["lot"], line["qty"], line["warehouse"]) for line in result["lines"]] == [
		("B", 150, other),
		("A", 10, row.source_warehouse),
	]


def test_no_more_returns_than_lies_at_the_line(picked):
	item = picked.materials[0].item
	report(picked.name, 10, 90)
	with refused(LineError) as refusal:
		return_material(picked.name, [{"item": item, "qty": 21}])
	assert refusal.code == "E-LINE"
	with refused(LineError):
		return_material(picked.name, [{"item": item, "qty": 5, "lot": "none"}])
	with refused(LineError):
		return_material(picked.name, [{"item": item, "qty": -5}])


def test_a_request_returns_once(picked):
	rows = [{"item": picked.materials[0].item, "qty": 10}]
	answers = [return_material(picked.name, rows, request_id="back") for _turn in range(2)]
	assert answers[0] == answers[1]
	assert quantities(picked) == [(200, 0, 10, 0)]


def test_a_frozen_order_returns_material_but_takes_none(picked):
	reason = testing.make(
		"MES Reason", reason=testing.unique("Held"), applies_to="Freeze", freeze_kind="Other"
	)
	order = stored(picked)
	order.freeze_reason = reason.name
	order.save()
	frappe.model.workflow.apply_workflow(order, "Freeze")
	return_material(picked.name)
	after = stored(picked)
	assert after.workflow_state == "Frozen"
	assert quantities(picked) == [(200, 0, 200, 0)]


def test_spoilt_material_is_needed_once_more_and_its_cost_stays(picked):
	row = picked.materials[0]
	receive_stock(row.item, row.source_warehouse, 6)
	scrap_material(picked.name, [{"item": row.item, "qty": 10}], reason=make_reason())
	after = stored(picked).materials[0]
	assert quantities(picked) == [(200, 0, 0, 10)]
	assert (after.reserved_qty, after.short_qty) == (6, 4)
	costs = frappe.get_all(
		"MES Cost Entry", filters={"work_order": picked.name}, pluck="amount", order_by=None
	)
	assert costs == [600]
	with refused(LineError):
		scrap_material(picked.name, [{"item": row.item, "qty": 1}], reason=make_reason("Cancel"))


def test_quantities_of_rows_are_sums_of_postings():
	order = make_stocked_order([{"qty": 2, "stock": 400}, {"qty": 1, "stock": 300, "backflush": 1}])
	pick(lists_of(order))
	posting = report(order.name, 10, 30)
	report(order.name, 10, 20)
	reverse(posting.doctype, posting.name, "wrong")
	scrap_material(order.name, [{"item": order.materials[0].item, "qty": 7}], reason=make_reason())
	return_material(order.name, [{"item": order.materials[0].item, "qty": 40}])
	after = stored(order)
	posted = line.get_posted(after)
	for row in after.materials:
		assert posted[row.name] == {field: exact(row.get(field)) for field in QUANTITIES}
		at_line = sum((lot.held.qty for lot in line.get_at_line([row])[row.name].values()), Decimal(0))
		assert at_line == exact(row.issued_qty) - sum(exact(row.get(field)) for field in QUANTITIES[1:])


def test_traces_and_entries_of_orders_are_not_touched_by_hand(picked):
	report(picked.name, 10, 30)
	trace = frappe.get_last_doc(TRACE, {"work_order": picked.name})
	with refused(LedgerError):
		trace.update({"qty": 1}).save()
	with refused(LedgerError):
		frappe.delete_doc(TRACE, trace.name)
	entry = frappe.get_last_doc("MES Stock Entry", {"work_order": picked.name})
	with refused(LedgerError):
		entry.cancel()
	with refused(LedgerError):
		testing.make_stock_entry(
			"Receipt",
			[{"item": trace.item, "qty": 1, "to_warehouse": picked.materials[0].source_warehouse}],
			work_order=picked.name,
		)
