"""What a change may not touch, and where old material ends and new begins. 30 of 100 units are through."""

from decimal import Decimal

import pytest

from sbk_mes.rules.change_rows import units_of
from sbk_mes.rules.changes import (
	FROM_OPERATION,
	WHOLE_ORDER,
	AlreadyExecuted,
	ChangeRefused,
	Line,
	Point,
	apply,
)


def material(name, item, op_no=10, **fields):
	return {"name": name, "item": item, "uom": "kg", "op_no": op_no, "qty_per": 2.0, **fields}


def operation(name, op_no, **fields):
	return {"name": name, "op_no": op_no, "operation": f"Step {op_no}", "run_mins": 1.0, **fields}


def plan(*materials):
	return {
		"planned_qty": 100.0,
		"due_at": None,
		"bom": "OLD",
		"routing": "R1",
		"materials": list(materials),
		"by_products": [],
		"operations": [operation("o1", 10, good_qty=28.0, scrap_qty=2.0, in_qty=30.0), operation("o2", 20)],
	}


USED = {"issued_qty": 80.0, "consumed_qty": 60.0}


def rows_of(after):
	return {row["name"]: row for row in after["materials"]}


def test_what_was_not_issued_yet_is_changed_in_place():
	after = apply(plan(material("m", "STEEL")), [Line("Material", row="m", field="qty_per", after="3")])
	assert [row["required_qty"] for row in after["materials"]] == [300]


def test_more_per_unit_holds_from_the_next_unit_on():
	after = rows_of(
		apply(plan(material("m", "STEEL", **USED)), [Line("Material", row="m", field="qty_per", after="3")])
	)
	assert (after["m"]["qty_per"], after["m"]["required_qty"], after["m"]["disposition"]) == (2, 60, "Move")
	assert (after["+m"]["qty_per"], after["+m"]["required_qty"], after["+m"].get("issued_qty")) == (
		3,
		210,
		None,
	)
	assert units_of(after["m"], Decimal(100)) + units_of(after["+m"], Decimal(100)) == 100


def test_removed_material_at_the_line_needs_a_disposition():
	with pytest.raises(ChangeRefused, match="20 of STEEL lie at the line"):
		apply(plan(material("m", "STEEL", **USED)), [Line("Material", "Remove", row="m")])


@pytest.mark.parametrize("disposition", ["Return", "Scrap"])
def test_removed_material_serves_only_what_went_through(disposition):
	lines = [
		Line("Material", "Remove", row="m", disposition=disposition),
		Line("Material", "Add", label="ALLOY", field="qty_per", after="1"),
		Line("Material", "Add", label="ALLOY", field="op_no", after="10"),
	]
	after = rows_of(apply(plan(material("m", "STEEL", **USED)), lines))
	assert (after["m"]["required_qty"], after["+ALLOY"]["required_qty"]) == (60, 70)


def test_kept_material_is_used_up_before_its_substitute():
	lines = [
		Line("Material", "Remove", row="m", disposition="Keep"),
		Line("Material", "Add", label="ALLOY", field="qty_per", after="1"),
		Line("Material", "Add", label="ALLOY", field="op_no", after="10"),
	]
	after = rows_of(apply(plan(material("m", "STEEL", **USED)), lines))
	assert (after["m"]["required_qty"], after["+ALLOY"]["required_qty"]) == (80, 60)


def test_issued_material_never_becomes_another_item():
	with pytest.raises(AlreadyExecuted, match="remove it and add the other"):
		apply(plan(material("m", "STEEL", **USED)), [Line("Material", row="m", field="item", after="ALLOY")])


def test_another_bom_version_changes_removes_and_adds_rows():
	before = plan(material("m1", "STEEL"), material("m2", "BOLT"), material("m3", "GLUE", 20))
	products = {("BOM", "NEW"): [material("-", "STEEL", qty_per=3.0), material("-", "NUT", 20)]}
	after = apply(before, [Line("BOM", field="bom", after="NEW")], products=products)
	assert {row["item"]: row["required_qty"] for row in after["materials"]} == {"STEEL": 300, "NUT": 200}
	assert after["bom"] == "NEW"


def test_a_bom_version_from_an_operation_on_leaves_earlier_material_alone():
	before = plan(material("m1", "STEEL"), material("m3", "GLUE", 20))
	products = {("BOM", "NEW"): [material("-", "IRON"), material("-", "TAPE", 20)]}
	after = apply(
		before,
		[Line("BOM", field="bom", after="NEW")],
		products=products,
		point=Point(FROM_OPERATION, 20),
	)
	assert {row["item"] for row in after["materials"]} == {"STEEL", "TAPE"}


def test_another_routing_keeps_what_was_worked_on_and_alike():
	products = {
		("Routing", "R2"): [operation("-", 10), operation("-", 30, operation="Paint")],
	}
	after = apply(plan(), [Line("Routing", field="routing", after="R2")], products=products)
	assert [(row["op_no"], row["name"]) for row in after["operations"]] == [(10, "o1"), (30, "+30")]


def test_another_routing_may_not_rewrite_what_was_worked_on():
	products = {("Routing", "R2"): [operation("-", 10, run_mins=9.0), operation("-", 20)]}
	with pytest.raises(AlreadyExecuted, match="operation 10 Step 10"):
		apply(plan(), [Line("Routing", field="routing", after="R2")], products=products)


def test_no_operation_is_added_before_one_that_was_worked_on():
	lines = [
		Line("Operation", "Add", label="Wash", field="op_no", after="5"),
		Line("Operation", "Add", label="Wash", field="run_mins", after="1"),
	]
	with pytest.raises(AlreadyExecuted, match="operation 5 would come before operation 10"):
		apply(plan(), lines)


def test_the_whole_order_changes_only_before_anything_is_executed():
	with pytest.raises(AlreadyExecuted, match="before that only"):
		apply(plan(), [Line("Quantity", field="planned_qty", after="120")], point=Point(WHOLE_ORDER))


def test_a_line_before_the_point_of_the_change_is_refused():
	with pytest.raises(ChangeRefused, match="used before operation 20"):
		apply(
			plan(material("m", "STEEL")),
			[Line("Material", row="m", field="qty_per", after="3")],
			point=Point(FROM_OPERATION, 20),
		)
