from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules import change_lines
from sbk_mes.rules.changes import AlreadyExecuted, BelowFloor, ChangeRefused, Line, apply, differences


def plan(**fields):
	return {
		"planned_qty": 100.0,
		"due_at": datetime(2026, 5, 4, 23, 59),
		"bom": "BOM-PUMP-001",
		"routing": "Pump",
		"materials": [
			{
				"name": "m1",
				"item": "STEEL",
				"uom": "kg",
				"op_no": 10,
				"qty_per": 2.5,
				"required_qty": 250.0,
				"short_qty": 40.0,
				"reserved_qty": 200.0,
				"issued_qty": 10.0,
			},
			{"name": "m2", "item": "BOX", "uom": "Nos", "op_no": 20, "qty_per": 0.1, "required_qty": 10.0},
		],
		"operations": [
			{
				"name": "o1",
				"op_no": 10,
				"operation": "Press",
				"setup_mins": 30.0,
				"run_mins": 1.0,
				"planned_mins": 130.0,
				"good_qty": 30.0,
			},
			{
				"name": "o2",
				"op_no": 20,
				"operation": "Pack",
				"setup_mins": 0,
				"run_mins": 0.5,
				"planned_mins": 50.0,
			},
		],
		"by_products": [],
		**fields,
	}


def told(*lines):
	before = plan()
	return {
		(change.where, change.field): (change.before, change.after)
		for change in differences(before, apply(before, lines, whole_units=frozenset({"Nos"})))
	}


def test_a_quantity_raises_each_requirement_by_the_difference_times_qty_per():
	assert told(Line("Quantity", field="planned_qty", after="120")) == {
		("", "planned_qty"): ("100", "120"),
		("STEEL", "required_qty"): ("250", "300"),
		("STEEL", "short_qty"): ("40", "90"),
		("BOX", "required_qty"): ("10", "12"),
		("BOX", "short_qty"): ("", "12"),
		("10 Press", "planned_mins"): ("130", "150"),
		("20 Pack", "planned_mins"): ("50", "60"),
	}


def test_an_operation_is_found_by_its_label():
	assert told(Line("Operation", label="20 Pack", field="run_mins", after="0.6"))[
		("20 Pack", "planned_mins")
	] == ("50", "60")


def test_an_operation_is_inspected_from_now_on():
	assert told(Line("Inspection Plan", row="o2", field="inspection_required", after="1")) == {
		("20 Pack", "inspection_required"): ("No", "Yes"),
		("BOX", "short_qty"): ("", "10"),
	}


def test_several_lines_describe_one_new_row():
	lines = [
		Line("Material", "Add", label="GLUE", field="qty_per", after="0.02"),
		Line("Material", "Add", label="GLUE", field="op_no", after="20"),
	]
	after = apply(plan(), lines)
	assert after["materials"][-1]["required_qty"] == 2
	assert told(*lines)[("GLUE", "required_qty")] == ("", "2")


def test_a_removed_row_is_shown_with_what_it_was():
	assert told(Line("Material", "Remove", row="m2"))[("BOX", "qty_per")] == ("0.1", "")


def test_the_plan_itself_stays_as_it_was():
	before = plan()
	apply(before, [Line("Quantity", field="planned_qty", after="50")])
	assert before == plan()


@pytest.mark.parametrize(
	"line",
	[
		Line("Quantity", field="planned_qty", after="many"),
		Line("Quantity", field="planned_qty", after="0"),
		Line("Quantity", field="planned_qty", after="-5"),
		Line("Quantity", field="planned_qty", after="nan"),
		Line("Quantity", field="good_qty", after="5"),
		Line("Colour", field="colour", after="red"),
		Line("Due", field="due_at", after="next week"),
		Line("Material", row="m9", field="qty_per", after="1"),
		Line("Material", row="m1", field="qty_per", after="-1"),
		Line("Material", row="m1", field="op_no", after="15"),
		Line("Operation", row="o2", field="op_no", after="10"),
		Line("Operation", row="o2", field="op_no", after="20.5"),
		Line("Operation", row="o2", field="is_outsourced", after="perhaps"),
		Line("Material", "Add", field="qty_per", after="1"),
		Line("Quantity", "Remove", field="planned_qty"),
	],
	ids=str,
)
def test_refuses_what_cannot_be_applied(line):
	with pytest.raises(ChangeRefused):
		apply(plan(), [line])


def test_refuses_less_than_what_is_already_reported():
	with pytest.raises(BelowFloor):
		apply(plan(), [Line("Quantity", field="planned_qty", after="29")])
	assert apply(plan(), [Line("Quantity", field="planned_qty", after="30")])


def test_refuses_to_remove_an_operation_that_was_worked_on():
	with pytest.raises(AlreadyExecuted):
		apply(plan(), [Line("Operation", "Remove", row="o1")])


@pytest.mark.parametrize(
	("kind", "text", "value"),
	[
		(change_lines.INSTANT, "2026-05-04", datetime(2026, 5, 4)),
		(change_lines.INSTANT, "2026-05-04 08:30", datetime(2026, 5, 4, 8, 30)),
		(change_lines.FLAG, "Yes", True),
		(change_lines.FLAG, "0", False),
		(change_lines.NUMBER, " 1.50 ", Decimal("1.5")),
		(change_lines.WHOLE, "20.0", 20),
	],
)
def test_values_are_read_as_people_write_them(kind, text, value):
	assert change_lines.parse(kind, text) == value


@given(st.integers(30, 5000))
def test_a_change_and_its_reverse_leave_no_difference(qty):
	there = apply(plan(), [Line("Quantity", field="planned_qty", after=str(qty))])
	back = apply(there, [Line("Quantity", field="planned_qty", after="100")])
	start = apply(plan(), [Line("Quantity", field="planned_qty", after="100")])
	assert differences(start, back) == []
