"""Splitting work orders: the checks of the specification, and what stays together while it is divided."""

import pytest
from floor import again, done, make_order, state
from invariants import assert_invariants
from money import set_rates

import frappe

from sbk_mes import testing
from sbk_mes.costing import ledger, settle
from sbk_mes.exceptions import (
	FrozenError,
	GuardedFieldError,
	PostingError,
	SplitMinError,
	SplitPartError,
	SplitStaleError,
	SplitStateError,
	SplitSumError,
	SplitUndoError,
	SplitWipError,
)
from sbk_mes.orders import actions
from sbk_mes.restructure import split, undo
from sbk_mes.restructure.asking import Ask
from sbk_mes.rules.flow import piles
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.snapshot import canonical
from sbk_mes.shopfloor import inbound, reversing
from sbk_mes.shopfloor.quantities import get_totals
from sbk_mes.shopfloor.report import press
from sbk_mes.stock import genealogy, pick

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


PLAN_FIELDS = ("planned_qty", "planned_mins", "good_qty", "workflow_state", "is_container")
ROW_FIELDS = ("required_qty", "reserved_qty", "issued_qty", "consumed_qty", "short_qty")


def standing(order):
	"""What an undo has to bring back."""
	order = again(order)
	lists = frappe.get_all("MES Pick List", filters={"work_order": order.name}, pluck="name", order_by="name")
	return {
		**{field: order.get(field) for field in PLAN_FIELDS},
		"materials": [[row.get(field) for field in ROW_FIELDS] for row in order.materials],
		"moved": [row.moved_qty for row in order.operations],
		"demands": [(row.sales_order_item, row.qty) for row in order.demands],
		"lists": [
			(row.status, [(line.required_qty, line.picked_qty) for line in row.items])
			for row in (frappe.get_doc("MES Pick List", name) for name in lists)
		],
		"cost": ledger.get_balance(order.name),
		"production": frappe.db.get_value(
			"MES Production Order", order.production_order, ["planned_qty", "good_qty"]
		),
	}


def converted(qty=100):
	"""An order made of a sales-order line, released."""
	steps = [
		{"operation": name, "resource": testing.make_resource(rate_per_hour=60)} for name in ("Cut", "Fit")
	]
	sales_order = testing.make_sales_order([{"qty": qty, "item": testing.make_product(None, steps).name}])
	result = testing.convert_lines(sales_order)["results"][0]
	actions.act(result["work_order"], "Release")
	return again(result["work_order"]), sales_order


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


@pytest.mark.parametrize("begun", [False, True])
def test_undo_brings_everything_back(begun):
	order, _sales_order = converted()
	actions.act(order.name, "Dispatch")
	warehouse = order.materials[0].source_warehouse or testing.make_warehouse()
	if begun:
		for row in order.materials:
			frappe.db.set_value(
				"MES Work Order Material", row.name, {"backflush": 1, "source_warehouse": warehouse}
			)
			testing.receive_stock(row.item, warehouse, 1000, rate=3)
		done(order, 10, 60, machine_mins=60)
	before = standing(order)
	ask = {"op_no": 20, "qty": exact(40)} if begun else {}
	answer = cut(order, way="count", number=2, **ask)
	sound(order)
	undo.undo(order.name)
	after = standing(order)
	assert after.pop("workflow_state") == ("In Production" if begun else "Released")
	before.pop("workflow_state")
	assert after == before
	assert [state(again(name)) for name in names(answer)] == ["Canceled", "Canceled"]
	sound(order)
	assert len(names(cut(order, way="count", number=2, **ask))) == 2
	sound(order)


def test_one_request_undoes_one_split():
	order = make_order(100, picked=False)
	cut(order, way="count", number=2)
	first = undo.undo(order.name, request_id="undo-once")
	again_cut = cut(order, way="count", number=2)
	assert undo.undo(order.name, request_id="undo-once") == first
	assert {state(again(name)) for name in names(again_cut)} == {"Released"}


def test_what_happened_to_a_part_cannot_be_undone():
	order = make_order(100, picked=False)
	answer = cut(order, way="count", number=2)
	actions.act(names(answer)[0], "Dispatch")
	with testing.refused(SplitUndoError):
		undo.undo(order.name)


@pytest.mark.parametrize(
	("error", "ask"),
	[
		(SplitSumError, {"way": "list", "parts": ({"qty": 60}, {"qty": 30})}),
		(SplitSumError, {"way": "percent", "percents": (exact(50), exact(30))}),
		(SplitPartError, {"way": "list", "parts": ({"qty": 100},)}),
		(SplitPartError, {"way": "list", "parts": ({"qty": 100}, {"qty": 0})}),
		(SplitPartError, {"way": "list", "parts": ({"qty": 99.5}, {"qty": 0.5})}),
		(SplitPartError, {"way": "lot", "size": exact("0.4")}),
		(SplitPartError, {"way": "count", "number": 201}),
		(SplitPartError, {"way": "nothing"}),
		(SplitPartError, {}),
		(SplitWipError, {"way": "list", "op_no": 20, "parts": ({"qty": 1},)}),
		(SplitWipError, {"way": "list", "op_no": 10, "parts": ({"qty": 101},)}),
		(SplitStateError, {"way": "count", "number": 2, "event_seq": None, "reason": "Surface defect"}),
	],
)
def test_refuses_parts_that_do_not_fit(error, ask):
	order = make_order(100, picked=False)
	before = standing(order)
	reason = ask.pop("reason", REASON) if "reason" in ask else REASON
	ask = {name: value for name, value in ask.items() if name not in ("event_seq", "reason")}
	with testing.refused(error) as refusal:
		split.split(order.name, Ask(**ask), reason=reason)
	assert refusal.code.startswith("E-SPLIT") and refusal.message.endswith(".")
	assert standing(order) == before


def test_refuses_parts_below_the_smallest_lot():
	order = make_order(100, picked=False)
	frappe.db.set_value("MES Item", order.item, "lot_min_qty", 30)
	frappe.clear_document_cache("MES Item", order.item)
	with testing.refused(SplitMinError):
		cut(order, way="lot", size=exact(40))


def test_refuses_an_order_that_has_changed_since_it_was_looked_at():
	order = make_order(100, picked=False)
	seen = split.preview(order.name, Ask(way="count", number=2))["event_seq"]
	actions.act(order.name, "Recall")
	with testing.refused(SplitStaleError):
		cut(order, way="count", number=2, event_seq=seen)


def test_refuses_what_is_held_or_over():
	order = make_order(100, picked=True)
	done(order, 10, 10)
	with testing.refused(SplitStateError) as refusal:
		cut(order, way="count", number=2)
	assert "10 Step 1 (90), 20 Step 2 (10)" in refusal.message
	press("Start", order.name, 10)
	with testing.refused(SplitStateError) as refusal:
		cut(order, way="count", number=2, op_no=10)
	assert "clock" in refusal.message
	press("Finish", order.name, 10)
	actions.freeze_order(order.name, "Material missing")
	with testing.refused(FrozenError):
		cut(order, way="count", number=2, op_no=10)
	draft = testing.make_work_order()
	with testing.refused(SplitStateError):
		cut(draft, way="count", number=2)
	with testing.as_user("MES Operator"), testing.refused(frappe.PermissionError):
		cut(order, way="count", number=2, op_no=10)


def test_parts_are_split_again_up_to_the_depth_of_the_settings():
	order = make_order(100, operations=1, picked=False)
	name = order.name
	for _level in range(3):
		name = names(cut(again(name), way="count", number=2))[0]
	assert name == f"{order.name}-1-1-1"
	with testing.refused(SplitStateError) as refusal:
		cut(again(name), way="count", number=2)
	assert "3 times" in refusal.message
	assert again(name).root_work_order == order.name
	sound(order)


def test_reported_work_that_left_with_a_part_is_not_taken_back():
	order = make_order(100)
	report = done(order, 10, 60)
	cut(order, way="list", op_no=20, parts=({"qty": 30},))
	with testing.refused(PostingError) as refusal:
		reversing.reverse(report.doctype, report.name, "wrong")
	assert f"{order.name}-1" in refusal.message


def test_whoever_splits_off_all_that_is_left_finishes_the_order():
	order = make_order(100, fg_warehouse=testing.make_warehouse(kind="Finished"))
	done(order, 10, 100)
	done(order, 20, 25)
	with testing.as_user("MES Planner"):
		answer = cut(order, way="lot", op_no=20, size=exact(30))
	assert [part["qty"] for part in answer["parts"]] == [30, 30, 15]
	assert state(order) == "Inbound"
	sound(order)


def test_a_split_order_is_done_and_settled_with_its_parts():
	set_rates()
	order = make_order(100, operations=1, fg_warehouse=testing.make_warehouse(kind="Finished"))
	parts = names(cut(order, way="count", number=2))
	for name in parts:
		actions.act(name, "Dispatch")
		assert state(again(name)) == "Picking"
		done(again(name), 10, 50, labour_mins=60)
		sound(order)
		inbound.inbound(name)
	assert (state(order), again(order).good_qty, again(order).inbound_qty) == ("Completed", 100, 100)
	for name in (*parts, order.name):
		settle.settle(name)
	assert state(order) == "Closed"
	assert again(order).actual_cost == sum(again(name).actual_cost for name in parts) > 0
	sound(order)


def test_lots_follow_the_units_and_add_up_to_what_was_consumed():
	part = testing.make_material()
	order = make_order(
		100,
		components=[{"item": part, "qty": 2}],
		picked=False,
		fg_warehouse=testing.make_warehouse(kind="Finished"),
	)
	warehouse = order.materials[0].source_warehouse
	for lot in ("L1", "L2"):
		testing.receive_stock(part, warehouse, 80, lot=f"{lot} {order.name}")
	pick_list = frappe.get_all("MES Pick List", filters={"work_order": order.name}, pluck="name")[0]
	row = frappe.get_doc("MES Pick List", pick_list).items[0].name
	for lot in ("L1", "L2"):
		line = {"pick_list": pick_list, "line": row, "qty": 80, "lot": f"{lot} {order.name}"}
		pick.pick(lines=[line])
	done(order, 10, 70)
	done(order, 20, 10)
	(name,) = names(cut(order, way="list", op_no=20, parts=({"qty": 30},)))
	actions.act(name, "Dispatch")
	done(again(name), 20, 30)
	done(order, 20, 30)
	raw = {}
	for lot in (order.name, name):
		for leaf in genealogy.get_raw_lots(genealogy.trace_up(lot, order.item)):
			raw[lot, leaf["lot"].split()[0]] = leaf["qty"]
	assert raw == {(order.name, "L1"): 46, (order.name, "L2"): 34, (name, "L1"): 34, (name, "L2"): 26}
	users = genealogy.trace_down(f"L1 {order.name}", part)["used_by"]
	assert {user["lot"]: user["qty"] for user in users} == {order.name: 46, name: 34}
	sound(order)


def test_chosen_lots_go_where_they_are_wanted():
	part = testing.make_material()
	order = make_order(100, operations=1, components=[{"item": part, "qty": 1}], picked=False)
	warehouse = order.materials[0].source_warehouse
	testing.receive_stock(part, warehouse, 60, lot="A")
	testing.receive_stock(part, warehouse, 40, lot="B")
	pick_list = frappe.get_all("MES Pick List", filters={"work_order": order.name}, pluck="name")[0]
	row = frappe.get_doc("MES Pick List", pick_list).items[0].name
	for lot, qty in (("A", 60), ("B", 40)):
		pick.pick(lines=[{"pick_list": pick_list, "line": row, "qty": qty, "lot": lot}])
	chosen = [{"item": part, "lot": "B", "qty": 40}]
	answer = cut(order, way="list", parts=({"qty": 50, "lots": chosen}, {"qty": 50}))
	lots = [{lot["lot"]: lot["qty"] for lot in row["materials"][0]["lots"]} for row in answer["parts"]]
	assert lots == [{"B": 40, "A": 10}, {"A": 50}]
	sound(order)
