import json
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules.snapshot import canonical, product_hash, product_of

OPERATION = {
	"op_no": 10,
	"operation": "Press",
	"setup_mins": 30,
	"run_mins": 0.5,
	"wait_mins": None,
	"transfer_qty": 0,
	"is_outsourced": 0,
	"inspection_required": 1,
	"resource": "Press 1",
}
MATERIAL = {
	"item": "STEEL",
	"op_no": 10,
	"uom": "kg",
	"qty_per": 1.25,
	"scrap_pct": 2,
	"is_fixed_qty": 0,
	"backflush": 0,
	"source_warehouse": "Raw",
}

json_values = st.recursive(
	st.none()
	| st.booleans()
	| st.integers(-(2**40), 2**40)
	| st.floats(-1e6, 1e6).map(lambda number: round(number, 6))
	| st.text(max_size=8),
	lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
	max_leaves=12,
)


@given(json_values)
def test_what_json_gives_back_has_the_same_text(value):
	text = canonical(value)
	assert canonical(json.loads(text)) == text
	assert canonical(json.loads(json.dumps(value))) == text


def test_equal_numbers_have_one_text():
	assert canonical([5, 5.0, Decimal("5.000")]) == "[5,5,5]"
	assert canonical([0.1 + 0.2, Decimal("0.3")]) == "[0.3,0.3]"


def test_instants_keep_their_microseconds():
	assert canonical(datetime(2026, 1, 2, 3, 4, 5, 6)) == '"2026-01-02 03:04:05.000006"'
	assert canonical(date(2026, 1, 2)) == '"2026-01-02"'


def test_refuses_what_has_no_text():
	with pytest.raises(TypeError):
		canonical({"doc": object()})


def the_hash(operation=None, material=None, **fields):
	return product_hash(
		product_of(
			fields.get("item", "PUMP"),
			fields.get("stock_uom", "Nos"),
			[{**OPERATION, **(operation or {})}],
			[{**MATERIAL, **(material or {})}],
		)
	)


@pytest.mark.parametrize(
	"changed",
	[
		{"item": "PUMP-2"},
		{"stock_uom": "Set"},
		{"operation": {"run_mins": 0.6}},
		{"operation": {"op_no": 20}},
		{"operation": {"inspection_required": 0}},
		{"material": {"qty_per": 1.250001}},
		{"material": {"item": "ALUMINIUM"}},
		{"material": {"is_fixed_qty": 1}},
	],
	ids=str,
)
def test_another_product_has_another_hash(changed):
	assert the_hash(**changed) != the_hash()


@pytest.mark.parametrize(
	"changed",
	[
		{"operation": {"resource": "Press 2"}},
		{"operation": {"wait_mins": 0.0}},
		{"material": {"source_warehouse": "Raw 2"}},
		{"material": {"qty_per": Decimal("1.2500")}},
	],
	ids=str,
)
def test_places_and_resources_are_not_part_of_the_product(changed):
	assert the_hash(**changed) == the_hash()


def test_the_order_of_the_rows_does_not_matter():
	two = [OPERATION, {**OPERATION, "op_no": 20, "operation": "Weld"}]
	assert product_of("A", "Nos", two, []) == product_of("A", "Nos", two[::-1], [])
