"""Splitting work orders: the checks of the specification, the ways to cut, and who gets what."""

import pytest
from floor import again, done, make_order, state
from money import set_rates
from splitting import WORK_ORDER, cut, names, pick_some, sound, standing

import frappe

from sbk_mes import testing
from sbk_mes.costing import ledger
from sbk_mes.exceptions import GuardedFieldError
from sbk_mes.orders import actions
from sbk_mes.restructure import split
from sbk_mes.restructure.asking import Ask
from sbk_mes.rules.flow import piles
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.snapshot import canonical
from sbk_mes.shopfloor import inbound
from sbk_mes.shopfloor.quantities import get_totals


def at_line(name):
	return [
		exact(row.issued_qty) - exact(row.consumed_qty) - exact(row.returned_qty) - exact(row.scrapped_qty)
		for row in again(name).materials
	]


def test_check_a_of_the_specification():
	"""1000 with at most 300; 605 of the material lie at the line."""
	order = make_order(1000, components=[{"item": testing.make_material(), "qty": 1}], picked=False)
	pick_some(order, 605)
	answer = cut(order, way="lot", size=exact(300))
	assert [part["qty"] for part in answer["parts"]] == [300, 300, 300, 100]
	assert [at_line(name)[0] for name in names(answer)] == [182, 182, 181, 60]
	assert [again(name).materials[0].reserved_qty for name in names(answer)] == [118, 118, 119, 40]
	assert names(answer) == [f"{order.name}-{number}" for number in (1, 2, 3, 4)]
	order = again(order)
	assert (order.is_container, order.workflow_state, at_line(order)) == (1, "Released", [0])
	sound(order)


def test_check_b_of_the_specification():
	"""600 good and 20 scrap at the first operation, 250 good at the second, where 300 leave."""
	set_rates(labour_rate=0)
	machine = testing.make_resource(rate_per_hour=60)
	item = testing.make_product(
		[{"item": testing.make_material(), "qty": 1, "op_no": 20, "source_warehouse": None}],
		[
			{"operation": "Make", "resource": machine, "setup_mins": 200, "run_mins": 10},
			{"operation": "Test", "resource": testing.make_resource(), "run_mins": 1},
		],
	)
	order = testing.make_work_order(
		item=item.name, qty=1000, fg_warehouse=testing.make_warehouse(kind="Finished")
	)
	order.materials = []
	order.save()
	actions.act(order.name, "Release")
	actions.act(order.name, "Dispatch")
	done(order, 10, 600, 20, machine_mins=6400)
	done(order, 20, 250)
	answer = cut(order, way="list", op_no=20, parts=({"qty": 300},))
	(name,) = names(answer)
	child, order = again(name), again(order)
	assert (child.planned_qty, order.planned_qty) == (300, 700)
	assert [row.moved_qty for row in child.operations] == [300, 0]
	assert [row.planned_mins for row in order.operations] == [200 + 10 * 1000, 10 + 700]
	assert [row.planned_mins for row in child.operations] == [0, 10 + 300]
	assert ledger.get_balance(child.name) == 3000
	assert ledger.get_balance(order.name) == 3400
	assert [row.good_qty for row in order.operations] == [600, 250]
	assert {pile: int(qty) for pile, qty in piles(get_totals(order)).items() if qty} == {
		"not_started": 380,
		"in_process": 50,
		"accepted": 250,
		"scrap": 20,
	}
	assert state(child) == "Released"
	sound(order)
	actions.act(child.name, "Dispatch")
	done(child, 20, 300)
	done(order, 10, 380)
	done(order, 20, 430)
	inbound.inbound(child.name)
	sound(order)


@pytest.mark.parametrize(
	("ask", "sizes"),
	[
		({"way": "count", "number": 3}, [34, 33, 33]),
		({"way": "percent", "percents": (exact(50), exact(30), exact(20))}, [50, 30, 20]),
		({"way": "list", "parts": ({"qty": 60}, {"qty": 40})}, [60, 40]),
		({"way": "lot", "size": exact(45)}, [45, 45, 10]),
	],
	ids=lambda value: value["way"] if isinstance(value, dict) else "",
)
def test_the_ways_to_cut(ask, sizes):
	order = make_order(100, operations=1, picked=False)
	assert [part["qty"] for part in cut(order, **ask)["parts"]] == sizes
	sound(order)


def test_a_machine_and_a_shift_take_what_they_can():
	order = make_order(100, operations=2, picked=False)
	frappe.db.set_value(
		"MES Resource",
		order.operations[0].resource,
		{"capacity_per_batch_qty": 40, "capacity_per_shift_qty": 70},
	)
	frappe.clear_document_cache("MES Resource", order.operations[0].resource)
	foreseen = split.preview(order.name, Ask(way="machine"))
	assert [part["qty"] for part in foreseen["parts"]] == [40, 40, 20]
	assert [part["qty"] for part in cut(order, way="shift")["parts"]] == [70, 30]


def test_each_resource_gets_a_part_to_work_on():
	order = make_order(100, operations=2, picked=False)
	machines = [testing.make_resource(capacity_per_shift_qty=qty) for qty in (300, 100)]
	answer = cut(order, way="resource", resources=tuple(machines))
	assert [part["qty"] for part in answer["parts"]] == [75, 25]
	assert [again(name).operations[0].resource for name in names(answer)] == machines


def test_the_planned_break_down_becomes_its_register():
	order = make_order(100, operations=1, picked=False)
	order.append("sub_orders", {"qty": 70, "due_at": "2031-01-01 00:00:00"})
	order.append("sub_orders", {"qty": 30})
	order.save()
	answer = cut(order)
	lines = again(order).sub_orders
	assert [(row.work_order, row.qty) for row in lines] == list(zip(names(answer), [70, 30], strict=True))
	assert str(again(names(answer)[0]).due_at) == "2031-01-01 00:00:00"
	order = again(order)
	order.sub_orders[0].qty = 10
	with testing.refused(GuardedFieldError):
		order.save()


def test_a_preview_changes_nothing_and_promises_what_is_done():
	order = make_order(100)
	before = standing(order)
	foreseen = split.preview(order.name, Ask(way="count", number=2))
	assert standing(order) == before
	done_now = cut(order, way="count", number=2, event_seq=foreseen["event_seq"])
	for part in done_now["parts"]:
		part["work_order"] = None
	assert canonical(done_now["parts"]) == canonical(foreseen["parts"])


def test_a_request_is_done_once():
	order = make_order(100, picked=False)
	first = cut(order, way="count", number=2, request_id="split-once")
	assert cut(order, way="count", number=2, request_id="split-once") == first
	assert len(frappe.get_all(WORK_ORDER, filters={"split_from": order.name})) == 2


def test_demands_go_whole_to_the_first_due():
	item = testing.make_product()
	dues = ("2030-03-01", "2030-01-01", "2030-02-01")
	order = testing.make_work_order(item=item.name, qty=100)
	for due, qty in zip(dues, (30, 40, 20), strict=True):
		order.append("demands", {"demand_type": "Stock", "qty": qty, "due_on": due})
	order.save()
	actions.act(order.name, "Release")
	answer = cut(order, way="list", parts=({"qty": 50}, {"qty": 50}))
	shares = [
		[(str(row.due_on), row.qty) for row in sorted(again(name).demands, key=lambda row: str(row.due_on))]
		for name in names(answer)
	]
	assert shares == [
		[("2030-01-01", 40), ("2030-02-01", 10)],
		[("2030-02-01", 10), ("2030-03-01", 30)],
	]
	assert not again(order).demands


def test_whoever_splits_off_all_that_is_left_finishes_the_order():
	order = make_order(100, fg_warehouse=testing.make_warehouse(kind="Finished"))
	done(order, 10, 100)
	done(order, 20, 25)
	with testing.as_user("MES Planner"):
		answer = cut(order, way="lot", op_no=20, size=exact(30))
	assert [part["qty"] for part in answer["parts"]] == [30, 30, 15]
	assert state(order) == "Inbound"
	sound(order)
