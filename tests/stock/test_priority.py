"""Reservations follow priority: urgent orders take soft ones, the loss is listed; picked stock is safe."""

import frappe
from frappe.utils import add_days, nowdate

from sbk_mes import testing
from sbk_mes.exceptions import ReservationError
from sbk_mes.stock import shortages
from sbk_mes.stock.pick import pick
from sbk_mes.stock.priority import preview_take_over, take_over
from sbk_mes.testing import make_stocked_order, receive_stock, refused

WORK_ORDER = "MES Work Order"


def due(days):
	return f"{add_days(nowdate(), days)} 12:00:00"


def stored(order):
	return frappe.get_doc(WORK_ORDER, order.name)


def reserved(*orders):
	return [stored(order).materials[0].reserved_qty for order in orders]


def make_rivals(stock=300):
	"""Three orders that hold 100 each, due in 10, 20 and 5 days; the last is of high priority."""
	first = make_stocked_order([{"qty": 1, "stock": stock}], due_at=due(10))
	others = [
		testing.dispatch(
			testing.make_work_order(item=first.item, qty=100, due_at=due(days), priority=priority)
		)
		for days, priority in ((20, "Normal"), (5, "High"))
	]
	return first, *others


def make_urgent(item, qty=100):
	order = testing.make_work_order(item=item, qty=qty, priority="Urgent", urgent_reason="VIP")
	return testing.dispatch(order)


def balance(order):
	row = order.materials[0]
	return frappe.db.get_value(
		"MES Stock Balance",
		{"item": row.item, "warehouse": row.source_warehouse},
		["on_hand_qty", "reserved_qty"],
	)


def test_the_lowest_and_latest_orders_lose_first():
	soon, late, high = make_rivals()
	urgent = make_urgent(soon.item, 150)
	assert reserved(soon, late, high, urgent) == [100, 100, 100, 0]
	before = preview_take_over(urgent.name)
	assert reserved(soon, late, high, urgent) == [100, 100, 100, 0]
	done = take_over(urgent.name)
	assert [(loss["work_order"], loss["qty"]) for loss in done["losses"]] == [
		(late.name, 100),
		(soon.name, 50),
	]
	assert done["losses"] == before["losses"]
	assert reserved(soon, late, high, urgent) == [50, 0, 100, 150]
	assert balance(urgent) == (300, 300)


def test_who_loses_is_short_and_told():
	soon, late, high = make_rivals()
	urgent = make_urgent(soon.item)
	take_over(urgent.name)
	loser = stored(late)
	assert loser.has_shortage
	assert loser.materials[0].short_qty == 100
	alert = frappe.get_last_doc("MES Event", {"work_order": late.name, "event_type": "alert"})
	assert frappe.parse_json(alert.after)["to"] == urgent.name
	assert not frappe.db.exists("MES Event", {"work_order": high.name, "event_type": "alert"})
	assert not stored(urgent).has_shortage


def test_picked_stock_is_out_of_reach():
	soon, late, high = make_rivals()
	lists = frappe.get_all(
		"MES Pick List",
		filters={"work_order": ["in", [late.name, soon.name]]},
		pluck="name",
		order_by="name asc",
	)
	pick(lists)
	urgent = make_urgent(soon.item, 250)
	done = take_over(urgent.name)
	assert [loss["work_order"] for loss in done["losses"]] == [high.name]
	assert stored(urgent).materials[0].short_qty == 150
	assert [stored(order).materials[0].issued_qty for order in (soon, late)] == [100, 100]


def test_free_stock_is_taken_before_that_of_others():
	soon, late, high = make_rivals(stock=300)
	urgent = make_urgent(soon.item)
	row = soon.materials[0]
	receive_stock(row.item, row.source_warehouse, 100)
	assert preview_take_over(urgent.name)["losses"] == []
	assert take_over(urgent.name)["losses"] == []
	assert reserved(soon, late, high, urgent) == [100, 100, 100, 100]


def test_only_urgent_orders_take_over():
	soon, _late, high = make_rivals()
	for order in (soon, high):
		with refused(ReservationError):
			take_over(order.name)
	urgent = make_urgent(soon.item)
	with testing.as_user("MES Storekeeper"), refused(frappe.PermissionError):
		take_over(urgent.name)
	with testing.as_user("MES Dispatcher"):
		take_over(urgent.name)


def test_a_frozen_order_keeps_what_it_holds():
	soon, late, _high = make_rivals()
	reason = testing.make(
		"MES Reason", reason=testing.unique("Held"), applies_to="Freeze", freeze_kind="Other"
	)
	frozen = stored(late)
	frozen.freeze_reason = reason.name
	frozen.save()
	frappe.model.workflow.apply_workflow(frozen, "Freeze")
	urgent = make_urgent(soon.item)
	take_over(urgent.name)
	assert reserved(soon, late) == [0, 100]


def test_the_most_urgent_is_served_first_when_stock_arrives():
	soon, late, high = make_rivals(stock=0)
	row = soon.materials[0]
	assert [line["work_order"] for line in shortages.get_shortages(item=row.item)] == [
		high.name,
		soon.name,
		late.name,
	]
	receive_stock(row.item, row.source_warehouse, 150)
	assert shortages.get_shortages(work_order=late.name)[0]["free_qty"] == 150
	for name in (high.name, soon.name):
		assert shortages.serve_order(name)
	assert not shortages.serve_order(late.name)
	assert reserved(high, soon, late) == [100, 50, 0]
