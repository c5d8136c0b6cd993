"""What a plan knows of the plant: calendars, downtimes, lanes, helpers, waits, child orders, freezes."""

from plant import at, clock, confirm, effect, make_machine, make_order, places, plan, start, state
from statements import statements_of

import frappe

from sbk_mes import testing
from sbk_mes.orders import actions
from sbk_mes.planning import facts, groups, run
from sbk_mes.planning.load import load
from sbk_mes.planning.settings import Settings


def group_of(order):
	known = facts.read()
	(group,) = [group for group in groups.find(known) if order in group.orders]
	return group, known


def problem_of(order):
	group, known = group_of(order)
	return load(group, known, Settings.read()).problem


def test_work_walks_around_closed_time_and_downtime():
	machine = make_machine()
	frappe.get_doc(
		{
			"doctype": "MES Downtime",
			"resource": machine,
			"kind": "Maintenance",
			"starts_at": at(1, 10),
			"ends_at": at(1, 12),
		}
	).insert()
	with clock(at(1, 7)):
		order = make_order([(machine, 480)], due=at(3, 12))
		confirm(plan(order))
	assert places(order) == [(at(1, 8), at(2, 10))]


def test_a_wait_holds_the_next_operation_but_no_machine():
	first, second = make_machine(), make_machine()
	with clock(at(1, 7)):
		curing = {"resource": first, "run_mins": 60, "wait_mins": 120}
		order = make_order([curing, (second, 60)], due=at(3, 12))
		other = make_order([(first, 60)], due=at(3, 12))
		confirm(plan(order, other))
	assert places(order) == [(at(1, 8), at(1, 9)), (at(1, 11), at(1, 12))]
	assert places(other) == [(at(1, 9), at(1, 10))]


def test_a_transfer_batch_lets_the_next_operation_begin_early():
	first, second = make_machine(), make_machine()
	with clock(at(1, 7)):
		order = make_order(
			[{"resource": first, "run_mins": 1, "transfer_qty": 60}, (second, 1)], qty=120, due=at(1, 16)
		)
		confirm(plan(order))
	assert places(order) == [(at(1, 8), at(1, 10)), (at(1, 9), at(1, 11))]


def test_a_resource_of_two_jobs_at_once_has_two_lanes():
	machine = make_machine(parallel_jobs=2)
	with clock(at(1, 7)):
		orders = [make_order([(machine, 120)], due=at(3, 12)) for _n in range(3)]
		confirm(plan(*orders))
	begins = sorted(places(order)[0][0] for order in orders)
	assert begins == [at(1, 8), at(1, 8), at(1, 10)]


def test_an_alternative_takes_over_and_people_are_shared():
	main, spare = make_machine(), make_machine()
	person = testing.make_resource(resource_type="Person", calendar=testing.make_calendar())
	free = [{"op_no": 10, "resource": spare}]
	with clock(at(1, 7)):
		one, other = (make_order([(main, 120)], due=at(1, 10), alternatives=free) for _n in range(2))
		confirm(plan(one, other))
		assert {places(one)[0], places(other)[0]} == {(at(1, 8), at(1, 10))}
		bound = [
			make_order([(machine, 60)], due=at(2, 10), needs=[{"op_no": 10, "resource": person, "units": 1}])
			for machine in (make_machine(), make_machine())
		]
		confirm(plan(*bound))
	assert sorted(places(order)[0][0] for order in bound) == [at(1, 8), at(1, 9)]


def test_an_alternative_is_set_up_in_its_own_time():
	main, spare = make_machine(), make_machine()
	free = [{"op_no": 10, "resource": spare, "setup_mins": 60}]
	with clock(at(1, 7)):
		operation = {"resource": main, "run_mins": 60, "setup_mins": 120}
		order = make_order([operation], due=at(1, 10), alternatives=free)
		confirm(plan(order))
	assert places(order) == [(at(1, 9), at(1, 10))]


def test_people_and_alternatives_are_part_of_what_was_released():
	machine, person = make_machine(), testing.make_resource(resource_type="Person")
	order = make_order(
		[(machine, 60)],
		due=at(2, 10),
		needs=[{"op_no": 10, "resource": person, "units": 1}],
		alternatives=[{"op_no": 10, "resource": make_machine()}],
	)
	frozen = frappe.parse_json(frappe.db.get_value("MES Work Order", order, "snapshot"))
	assert [row["kind"] for row in frozen["plan"]["resources"]] == ["Instead", "Instead", "Beside"]


def test_changeovers_between_families_are_planned():
	machine = make_machine()
	testing.make("MES Changeover", from_family="Red", to_family="Blue", mins=60, resource=machine)
	testing.make("MES Changeover", from_family="Blue", to_family="Red", mins=60, resource=machine)
	with clock(at(1, 7)):
		colours = ("Red", "Blue", "Red")
		orders = [
			make_order([(machine, 60)], due=at(3, 12), item_fields={"changeover_family": colour})
			for colour in colours
		]
		schedule = plan(*orders)
		confirm(schedule)
	assert schedule.changeover_mins == 60, "the reds run one after the other"


def test_a_child_order_is_made_before_its_parent_needs_it():
	machine, other = make_machine(), make_machine()
	with clock(at(1, 7)):
		child = make_order([(machine, 120)], due=at(2, 12))
		parent = make_order([(other, 60)], due=at(2, 12), release=False)
		document = frappe.get_doc("MES Work Order", parent)
		document.materials[0].child_work_order, document.materials[0].child_qty = child, 1
		document.flags.is_posting = True
		document.save()
		actions.act(parent, "Release")
		frappe.db.set_value("MES Work Order Material", document.materials[0].name, "child_work_order", child)
		confirm(plan(parent))
	assert places(child)[0][1] <= places(parent)[0][0]
	assert places(parent) == [(at(1, 10), at(1, 11))]


def test_outsourced_work_takes_its_time_between_our_operations():
	machine = make_machine()
	with clock(at(1, 7)):
		outside = {"is_outsourced": 1, "run_mins": 0, "setup_mins": 24 * 60}
		order = make_order([(machine, 60), outside, (machine, 60)], due=at(4, 12))
		confirm(plan(order))
	assert places(order) == [(at(1, 8), at(1, 9)), (at(1, 9), at(2, 9)), (at(2, 9), at(2, 10))]
	assert state(order) == "Scheduled"


def test_an_order_without_an_active_resource_says_so_and_holds_nobody_up():
	broken, machine = make_machine(is_active=0), make_machine()
	with clock(at(1, 7)):
		order = make_order([(machine, 60), (broken, 60)], due=at(2, 12))
		other = make_order([(machine, 60)], due=at(2, 12))
		schedule = plan(order, other)
		confirm(schedule)
	assert effect(schedule, order).is_unplaced
	assert effect(schedule, order).cause == "Operation 20 Step 2 has no resource that is active."
	assert (state(order), state(other)) == ("Released", "Scheduled")


def test_what_runs_stays_and_a_breakdown_sends_the_rest_elsewhere():
	machine, spare = make_machine(), make_machine()
	free = [{"op_no": 10, "resource": spare}]
	with clock(at(1, 7)):
		order = make_order([(machine, 240)], due=at(1, 16), alternatives=free)
		confirm(plan(order))
	with clock(at(1, 8)):
		start(order)
	with clock(at(1, 9)):
		assert places_after_planning(order) == [(at(1, 8), at(1, 12))]
		frappe.get_doc(
			{
				"doctype": "MES Downtime",
				"resource": machine,
				"kind": "Breakdown",
				"starts_at": at(1, 9),
				"ends_at": at(2, 12),
			}
		).insert()
	with clock(at(1, 9, 1)):
		schedule = plan(order)
		(block,) = frappe.get_all("MES Schedule Block", {"schedule": schedule.name}, ["resource"])
	assert block.resource == spare


def places_after_planning(order):
	schedule = plan(order)
	return [
		(row.start_at, row.end_at)
		for row in frappe.get_all(
			"MES Schedule Block", {"schedule": schedule.name}, ["start_at", "end_at"], order_by="start_at"
		)
	]


def test_a_pinned_operation_keeps_its_place():
	machine = make_machine()
	with clock(at(1, 7)):
		order = make_order([(machine, 60)], due=at(5, 12))
		confirm(plan(order))
		document = frappe.get_doc("MES Work Order", order)
		document.operations[0].update(
			{"planned_start_at": at(3, 10), "planned_end_at": at(3, 11), "is_pinned": 1}
		)
		document.save()
		other = make_order([(machine, 7 * 60)], due=at(3, 16))
		confirm(plan(order, other))
	assert places(order) == [(at(3, 10), at(3, 11))]


def test_a_frozen_order_keeps_its_slots_as_its_reason_says():
	machine = make_machine()
	keeps, gives = (
		testing.make(
			"MES Reason",
			reason=testing.unique("Reason"),
			applies_to="Freeze",
			freeze_kind="Quality",
			keeps_schedule_slots=kept,
		).name
		for kept in (1, 0)
	)
	with clock(at(1, 7)):
		order = make_order([(machine, 120)], due=at(2, 12))
		confirm(plan(order))
		actions.freeze_order(order, keeps)
		other = make_order([(machine, 120)], due=at(2, 12))
		assert problem_of(other).operations[0].fixed or problem_of(other).operations[1].fixed
		actions.unfreeze_order(order, "Looked at it")
		actions.freeze_order(order, gives)
		assert [each.order for each in problem_of(other).operations] == [other]


def test_parts_of_the_plant_that_share_nothing_are_planned_apart():
	one, other = make_machine(), make_machine()
	orders = [make_order([(machine, 60)], due=at(2, 12)) for machine in (one, other, one)]
	assert group_of(orders[0])[0].orders == {orders[0], orders[2]}
	names = run.request("Manual", work_orders=orders)
	assert len(names) == 2
	assert run.request("Nightly", work_orders=orders) == names, "what waits is not asked for twice"


def test_reading_costs_as_many_statements_for_many_orders_as_for_one():
	machine = make_machine()
	make_order([(machine, 60)], due=at(2, 12))
	facts.read()  # what is cached is in the cache
	few = len(statements_of(facts.read))
	for _n in range(5):
		make_order([(machine, 60), (make_machine(), 60)], due=at(2, 12))
	assert len(statements_of(facts.read)) == few
