from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sbk_mes.rules.change_effect import cut_demands, materials, minutes
from sbk_mes.rules.changes import Line, apply


def plan(good_qty=0.0, **row):
	return {
		"planned_qty": 100.0,
		"due_at": None,
		"bom": None,
		"routing": None,
		"by_products": [],
		"materials": [
			{
				"name": "m",
				"item": "STEEL",
				"uom": "kg",
				"op_no": 10,
				"qty_per": 2.0,
				"required_qty": 200.0,
				**row,
			}
		],
		"operations": [
			{"name": "o", "op_no": 10, "operation": "Cut", "run_mins": 1.5, "planned_mins": 150.0}
		],
	}


def effect(before, *lines):
	after = apply(before, lines)
	(only,) = materials(before, after)
	return only


def test_a_raised_quantity_tells_what_is_to_pick_and_short():
	told = effect(
		plan(issued_qty=60.0, consumed_qty=60.0, reserved_qty=140.0),
		Line("Quantity", field="planned_qty", after="120"),
	)
	assert (told.required_before, told.required_after, told.issued) == (200, 240, 60)
	assert (told.to_pick, told.short, told.to_return) == (180, 40, 0)


def test_a_lowered_quantity_tells_what_is_to_return():
	told = effect(plan(issued_qty=200.0), Line("Quantity", field="planned_qty", after="80"))
	assert (told.required_after, told.to_return, told.to_pick) == (160, 40, 0)


def test_removed_material_at_the_line_returns_or_is_scrap():
	issued = {"issued_qty": 80.0, "consumed_qty": 60.0, "good_qty": 30.0}
	back = effect(plan(**issued), Line("Material", "Remove", row="m", disposition="Return"))
	spoilt = effect(plan(**issued), Line("Material", "Remove", row="m", disposition="Scrap"))
	kept = effect(plan(**issued), Line("Material", "Remove", row="m", disposition="Keep"))
	assert [(told.to_return, told.to_scrap) for told in (back, spoilt, kept)] == [(20, 0), (0, 20), (0, 0)]


def test_what_a_change_does_not_touch_is_not_told():
	before = plan()
	assert materials(before, apply(before, [Line("Due", field="due_at", after="2026-12-01")])) == []


def test_minutes_are_those_of_all_operations():
	assert minutes(plan()) == 150


def test_the_latest_due_demand_is_cut_first():
	demands = [(Decimal(40), date(2026, 1, 9)), (Decimal(30), date(2026, 1, 2)), (Decimal(30), None)]
	assert cut_demands(demands, Decimal(60)) == [30, 30, 0]


@given(
	st.lists(st.tuples(st.integers(1, 50).map(Decimal), st.none() | st.dates()), max_size=6),
	st.integers(0, 200).map(Decimal),
)
def test_demands_never_exceed_what_is_made_and_never_grow(demands, qty):
	kept = cut_demands(demands, qty)
	assert sum(kept) == min(sum(demand for demand, _due in demands), qty)
	assert all(0 <= stays <= demand for stays, (demand, _due) in zip(kept, demands, strict=True))
