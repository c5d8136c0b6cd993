"""One operation or one lot is frozen: its own postings wait with one message, the rest goes on."""

import pytest
from floor import SCRAP, again, assert_sound, done, event_types, judged, make_order, state
from freezegun import freeze_time
from invariants import assert_invariants

import frappe
from frappe.utils import add_to_date, now_datetime

from sbk_mes import testing
from sbk_mes.api import orders as api
from sbk_mes.exceptions import FrozenError, GuardedFieldError, GuardError
from sbk_mes.orders import actions, close, force, holds
from sbk_mes.orders.parts import freeze_part, unfreeze_part
from sbk_mes.rules.states import DISPATCHER, INSPECTOR, MANAGER, OPERATOR, PLANNER
from sbk_mes.shopfloor import inbound, reversing, ship
from sbk_mes.shopfloor.report import press
from sbk_mes.stock import pick, returns

BROKEN, QUALITY = "Machine breakdown", "Quality problem"
FREEZE = "MES Freeze"


def make_reason(**fields):
	reason = {"reason": testing.unique("Reason"), "applies_to": "Freeze", "freeze_kind": "Other"}
	return testing.make("MES Reason", **{**reason, **fields}).name


def make(**fields):
	part, glue = testing.make_material(), testing.make_material()
	return make_order(
		20,
		**{
			"operations": 3,
			"components": [{"item": part, "qty": 2}, {"item": glue, "qty": 1, "op_no": 20}],
			"fg_warehouse": testing.make_warehouse(kind="Finished"),
			**fields,
		},
	)


def test_a_frozen_operation_refuses_its_own_postings_with_one_message():
	order = make(picked=False)
	lists = frappe.get_all("MES Pick List", filters={"work_order": order.name}, pluck="name")
	pick.pick(lists)
	report = done(order, 10, 10)
	done(order, 20, 5)
	with testing.as_user(DISPATCHER) as user:
		freeze_part(order.name, BROKEN, "spindle", op_no=20)
	glue = order.materials[1].item
	messages = set()
	for do in (
		lambda: done(order, 20, 1),
		lambda: done(order, 20, 0, scrap=1),
		lambda: press("Start", order.name, 20),
		lambda: returns.scrap_material(order.name, [{"item": glue, "qty": 1}], reason=SCRAP),
		lambda: reversing.reverse(
			"MES Operation Report",
			frappe.get_last_doc("MES Operation Report", {"work_order": order.name}).name,
			"wrong",
		),
		lambda: freeze_part(order.name, QUALITY, op_no=20),
		lambda: close.preview(order.name),
		lambda: force.force_complete(order.name, "Customer cancelled"),
	):
		with testing.refused(FrozenError) as refusal:
			do()
		messages.add(refusal.message)
	(message,) = messages
	for text in (f"{order.name}, operation 20 Step 2", user, BROKEN, "spindle"):
		assert text in message
	assert state(order) == "In Production"
	done(order, 10, 10)
	done(order, 30, 5)
	returns.return_material(order.name, [{"item": glue, "qty": 1}])
	assert report.name and [row.good_qty for row in again(order).operations] == [20, 5, 5]
	with testing.as_user(DISPATCHER):
		unfreeze_part(order.name, "spindle changed", op_no=20)
	done(order, 20, 5)
	assert_invariants([order.name])
	assert event_types(order).count("freeze") == event_types(order).count("unfreeze") == 1


def test_what_a_frozen_operation_needs_is_not_picked_the_rest_is():
	order = make(picked=False)
	freeze_part(order.name, BROKEN, op_no=20)
	lists = frappe.get_all("MES Pick List", filters={"work_order": order.name}, pluck="name")
	pick.pick(lists)
	assert [row.issued_qty for row in again(order).materials] == [40, 0]
	with testing.refused(FrozenError):
		pick.pick(lists)
	unfreeze_part(order.name, "repaired", op_no=20)
	pick.pick(lists)
	assert [row.issued_qty for row in again(order).materials] == [40, 20]


def test_a_frozen_lot_is_neither_made_nor_judged_received_or_shipped():
	sale = testing.make_sales_order(
		[
			{
				"item": testing.make_product(
					[{"item": testing.make_material(backflush=0), "qty": 1}],
					[
						{
							"operation": "Make",
							"resource": testing.make_resource(),
							"inspection_required": 1,
						}
					],
				).name,
				"qty": 20,
			}
		]
	)
	(result,) = testing.convert_lines(sale)["results"]
	order = again(result["work_order"])
	for row in order.materials:
		store = testing.make_warehouse()
		frappe.db.set_value(row.doctype, row.name, {"source_warehouse": store, "backflush": 1})
		testing.receive_stock(row.item, store, 100)
	frappe.clear_document_cache("MES Work Order", order.name)
	testing.dispatch(again(order))
	finished = testing.make_warehouse(kind="Finished")
	for lot in ("A", "B"):
		done(order, 10, 6, output_lot=lot)
		judged(order, 4, lot=lot)
		inbound.inbound(order.name, 3, lot=lot, warehouse=finished)
	freeze_part(order.name, BROKEN, lot="A")
	for do in (
		lambda lot: done(order, 10, 1, output_lot=lot),
		lambda lot: judged(order, 1, lot=lot),
		lambda lot: inbound.inbound(order.name, 1, lot=lot, warehouse=finished),
		lambda lot: ship.ship(sale.name, 1, 1, lot=lot, warehouse=finished),
	):
		with testing.refused(FrozenError) as refusal:
			do("A")
		assert f"lot A of {order.name}" in refusal.message or f"{order.name}, lot A" in refusal.message
		do("B")
	unfreeze_part(order.name, "found clean", lot="A")
	done(order, 10, 1, output_lot="A")
	assert_sound(order)


def test_a_frozen_lot_of_material_is_left_at_the_line():
	order = make_order(10, operations=1, picked=False)
	part, store = order.materials[0].item, order.materials[0].source_warehouse
	(name,) = frappe.get_all("MES Pick List", filters={"work_order": order.name}, pluck="name")
	row = frappe.db.get_value("MES Pick List Item", {"parent": name}, "name")
	for lot, qty in (("L1", 8), ("L2", 12)):
		testing.receive_stock(part, store, qty, lot=lot)
		pick.pick(lines=[{"pick_list": name, "line": row, "qty": qty, "lot": lot}])
	freeze_part(order.name, BROKEN, lot="L1")
	done(order, 10, 6)
	used = frappe.get_all("MES Lot Trace", filters={"work_order": order.name}, pluck="lot", distinct=True)
	assert used == ["L2"]
	with testing.refused(FrozenError) as refusal:
		done(order, 10, 1)
	assert "lot L1" in refusal.message
	returns.return_material(order.name, [{"item": part, "qty": 8, "lot": "L1"}])
	assert again(order).materials[0].returned_qty == 8


def test_only_what_the_order_has_can_be_frozen():
	order = make()
	for wrong in ({"op_no": 25}, {"lot": "elsewhere"}, {}, {"op_no": 20, "lot": order.name}):
		with testing.refused(frappe.ValidationError) as refusal:
			freeze_part(order.name, BROKEN, **wrong)
		assert order.name in refusal.message
	with testing.refused(GuardError):
		freeze_part(order.name, SCRAP, op_no=20)
	with testing.as_user(PLANNER), testing.refused(frappe.PermissionError):
		freeze_part(order.name, BROKEN, op_no=20)
	assert frappe.db.count(FREEZE, {"work_order": order.name}) == 0


def test_quality_freezes_are_lifted_by_quality_and_wants_a_resolution():
	order = make()
	with testing.as_user(INSPECTOR):
		freeze_part(order.name, QUALITY, op_no=20)
	with testing.as_user(DISPATCHER), testing.refused(frappe.PermissionError):
		unfreeze_part(order.name, "fine", op_no=20)
	with testing.as_user(MANAGER):
		with testing.refused(GuardError):
			unfreeze_part(order.name, " ", op_no=20)
		with testing.refused(GuardError):
			unfreeze_part(order.name, "fine", op_no=10)
		unfreeze_part(order.name, "fine", op_no=20)
	hold = frappe.get_last_doc(FREEZE, {"work_order": order.name})
	assert (hold.status, hold.resolution, bool(hold.released_at)) == ("Resolved", "fine", True)


def test_a_freeze_for_a_change_waits_for_its_change_order():
	order = make()
	freeze_part(order.name, "Change pending", op_no=20)
	with testing.refused(GuardError) as refusal:
		unfreeze_part(order.name, "done", op_no=20)
	assert "MES Change Order" in refusal.message


def test_verdicts_are_possible_where_the_policy_allows_them():
	order = make(steps={1: {"inspection_required": 1}})
	done(order, 10, 10)
	freeze_part(order.name, QUALITY, op_no=10)
	judged(order, 2)
	with testing.refused(FrozenError):
		done(order, 10, 1)
	unfreeze_part(order.name, "measured", op_no=10)
	freeze_part(order.name, BROKEN, op_no=10)
	with testing.refused(FrozenError):
		judged(order, 2)
	done(order, 20, 2)


def test_an_order_frozen_by_quality_takes_verdicts_and_goes_on_where_they_lead():
	order = make(operations=1, inspected=True, components=[{"item": testing.make_material(), "qty": 1}])
	done(order, 10, 20)
	actions.freeze_order(order.name, QUALITY)
	with testing.as_user(INSPECTOR):
		judged(order, 18, scrap=2)
	after = again(order)
	assert (after.workflow_state, after.frozen_from, after.accepted_qty) == ("Frozen", "Inbound", 18)
	with testing.refused(FrozenError):
		inbound.inbound(order.name)
	with testing.refused(FrozenError):
		reversing.reverse(
			"MES Inspection", frappe.get_last_doc("MES Inspection", {"work_order": order.name}).name, "wrong"
		)
	api.unfreeze(order.name, "measured")
	assert state(order) == "Inbound"
	assert_invariants([order.name])


def test_all_scrapped_while_frozen_is_completed_when_it_goes_on():
	order = make(operations=1, inspected=True, components=[{"item": testing.make_material(), "qty": 1}])
	done(order, 10, 20)
	actions.freeze_order(order.name, QUALITY)
	judged(order, scrap=20)
	assert (state(order), again(order).frozen_from) == ("Frozen", "Inspection")
	assert api.unfreeze(order.name, "all scrap")["workflow_state"] == "Completed"
	assert_invariants([order.name])


def test_reservations_are_kept_or_given_up_by_policy_and_taken_again():
	order = make(picked=False)
	part, glue = (row.item for row in order.materials)

	def held():
		return [row.reserved_qty for row in again(order).materials]

	assert held() == [40, 20]
	actions.freeze_order(order.name, make_reason())
	assert held() == [40, 20]
	actions.unfreeze_order(order.name, "go on")
	dropping = make_reason(keeps_reservations=0)
	actions.freeze_order(order.name, dropping)
	assert held() == [0, 0] and again(order).has_shortage
	assert frappe.db.get_value("MES Stock Balance", {"item": part}, "reserved_qty") == 0
	actions.unfreeze_order(order.name, "go on")
	assert held() == [40, 20] and not again(order).has_shortage
	freeze_part(order.name, dropping, op_no=20)
	assert held() == [40, 0]
	pick.pick(frappe.get_all("MES Pick List", filters={"work_order": order.name}, pluck="name"))
	testing.receive_stock(glue, order.materials[1].source_warehouse, 5)
	assert held() == [0, 0]
	unfreeze_part(order.name, "go on", op_no=20)
	assert held() == [0, 20]
	assert_invariants([order.name])


def test_slots_that_the_policy_does_not_keep_are_free():
	order = make()
	for row in order.operations:
		place = {"planned_start_at": "2030-01-01 08:00:00", "planned_end_at": "2030-01-01 09:00:00"}
		frappe.db.set_value(row.doctype, row.name, place)
	frappe.clear_document_cache("MES Work Order", order.name)
	done(order, 10, 1)
	dropping = make_reason(keeps_schedule_slots=0)

	def placed():
		return [bool(row.planned_start_at) for row in again(order).operations]

	freeze_part(order.name, dropping, op_no=20)
	assert placed() == [True, False, True]
	actions.freeze_order(order.name, dropping)
	assert placed() == [True, False, False], "what was started stays where it is"
	told = frappe.parse_json(
		frappe.get_last_doc("MES Event", {"work_order": order.name, "event_type": "freeze"}).after
	)
	assert [slot["op_no"] for slot in told["given_up_slots"]] == [30]


def test_frozen_minutes_are_no_working_time_of_the_operation_and_are_told():
	order = make()
	done(order, 10, 10)
	with freeze_time("2030-03-04 08:00:00") as clock:
		press("Start", order.name, 10)
		press("Start", order.name, 20)
		clock.tick(600)
		freeze_part(order.name, BROKEN, op_no=20)
		clock.tick(1800)
		unfreeze_part(order.name, "repaired", op_no=20)
		clock.tick(1200)
		mins = {op: press("Finish", order.name, op).machine_mins for op in (10, 20)}
	assert mins == {10: 60, 20: 30}
	assert frappe.get_last_doc(FREEZE, {"work_order": order.name}).frozen_mins == 30
	assert not again(order).frozen_mins


def test_an_order_does_not_end_with_something_frozen():
	order = make()
	done(order, 10, 5)
	freeze_part(order.name, BROKEN, op_no=30)
	with testing.refused(FrozenError) as refusal:
		close.close_with_return(order.name, "Customer cancelled")
	assert "operation 30" in refusal.message
	other = make(picked=False)
	freeze_part(other.name, BROKEN, op_no=30)
	with testing.refused(FrozenError):
		actions.act(other.name, "Cancel")
	unfreeze_part(other.name, "over", op_no=30)
	actions.act(other.name, "Cancel")


def test_an_overdue_review_is_told_once_per_date_to_whoever_looks_after_it():
	order, user = make(), testing.make_user(MANAGER)
	past = add_to_date(now_datetime(), hours=-1)
	api.freeze(order.name, BROKEN, responsible=user, review_at=str(past))
	(hold,) = api.freezes(order.name)
	part = make()
	freeze_part(part.name, BROKEN, op_no=20, review_at=add_to_date(now_datetime(), hours=1))

	def told():
		return frappe.db.count("Notification Log", {"for_user": user, "document_name": hold.name})

	assert hold.name in holds.alert_overdue() and told() == 1
	assert hold.name not in holds.alert_overdue() and told() == 1
	assert "alert" in event_types(order) and "alert" not in event_types(part)
	doc = frappe.get_doc(FREEZE, hold.name)
	doc.review_at = add_to_date(now_datetime(), seconds=1, as_datetime=True)
	doc.save()
	assert again(order).freeze_review_at == doc.review_at
	with freeze_time(add_to_date(doc.review_at, minutes=1, as_datetime=True)):
		assert hold.name in holds.alert_overdue() and told() == 2
	assert_sound(order)


def test_the_record_of_a_freeze_is_not_written_by_hand():
	order = make()
	hold = frappe.get_doc(FREEZE, freeze_part(order.name, BROKEN, op_no=20))
	for field, value in (("reason", QUALITY), ("status", "Resolved"), ("op_no", 10), ("frozen_mins", 5)):
		changed = frappe.get_doc(FREEZE, hold.name)
		changed.set(field, value)
		with testing.refused(GuardedFieldError):
			changed.save()
	with testing.refused(GuardedFieldError):
		frappe.delete_doc(FREEZE, hold.name)
	with testing.refused(GuardedFieldError):
		testing.make(FREEZE, work_order=order.name, scope="Order", reason=BROKEN)


@pytest.mark.parametrize("role", [OPERATOR, PLANNER])
def test_those_who_do_not_freeze_may_read_it(role):
	order = make()
	freeze_part(order.name, BROKEN, op_no=20)
	with testing.as_user(role):
		assert len(api.freezes(order.name)) == 1
		with testing.refused(frappe.PermissionError):
			api.unfreeze(order.name, "fine", op_no=20)
