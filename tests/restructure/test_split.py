"""Splitting work orders: the checks of the specification, and what stays together while it is divided."""

from floor import again, done, make_order, state
from invariants import assert_invariants
from money import set_rates

import frappe

from sbk_mes import testing
from sbk_mes.costing import ledger
from sbk_mes.orders import actions
from sbk_mes.restructure import split
from sbk_mes.restructure.asking import Ask
from sbk_mes.rules.quantities import exact
from sbk_mes.shopfloor import inbound
from sbk_mes.stock import pick

REASON = "Machine capacity"
WORK_ORDER = "MES Work Order"


def cut(order, **ask):
	options = {name: ask.pop(name) for name in ("event_seq", "request_id", "note") if name in ask}
	return split.split(order.name, Ask(**ask), reason=REASON, **options)


def names(answer):
	return [part["work_order"] for part in answer["parts"]]


def sound(order):
	"""Every order of the tree keeps the invariants."""
	below = frappe.get_all(WORK_ORDER, filters={"root_work_order": order.name}, pluck="name")
	assert_invariants([order.name, *below])


def at_line(name):
	return [
		exact(row.issued_qty) - exact(row.consumed_qty) - exact(row.returned_qty) - exact(row.scrapped_qty)
		for row in again(name).materials
	]


def test_check_a_of_the_specification():
	"""1000 with at most 300; 605 of the material lie at the line."""
	order = make_order(1000, components=[{"item": testing.make_material(), "qty": 1}], picked=False)
	pick_list = frappe.get_all("MES Pick List", filters={"work_order": order.name}, pluck="name")[0]
	row = frappe.get_doc("MES Pick List", pick_list).items[0].name
	pick.pick(lines=[{"pick_list": pick_list, "line": row, "qty": 605}])
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
	assert ledger.get_balance(child.name) == 3000
	assert ledger.get_balance(order.name) == 3400
	assert [row.good_qty for row in order.operations] == [600, 250]
	from sbk_mes.rules.flow import piles
	from sbk_mes.shopfloor.quantities import get_totals

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
