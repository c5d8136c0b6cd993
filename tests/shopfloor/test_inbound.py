"""Receipts: batches up to what was accepted, stock and value at once, reversal, lots and serials."""

from floor import again, assert_sound, done, event_types, judged, make_order, state

import frappe

from sbk_mes import testing
from sbk_mes.costing import ledger
from sbk_mes.exceptions import (
	FrozenError,
	InboundLimitError,
	LotError,
	NegativeStockError,
	PostingError,
	QuantityError,
	StateError,
	StockError,
)
from sbk_mes.orders import actions
from sbk_mes.shopfloor.inbound import inbound
from sbk_mes.shopfloor.reversing import reverse


def make_made(qty=100, made=None, **fields):
	"""An order of one operation with `made` good pieces, and a warehouse for them."""
	fields = {"fg_warehouse": testing.make_warehouse(kind="Finished"), **fields}
	order = make_order(qty, operations=1, **fields)
	done(order, 10, made or qty)
	return again(order)


def on_hand(order, field="on_hand_qty"):
	return frappe.db.get_value(
		"MES Stock Balance", {"item": order.item, "warehouse": order.fg_warehouse}, field
	)


def test_batches_are_stock_at_once_and_the_last_completes_the_order():
	order = make_made(made=60)
	inbound(order.name, 40)
	assert (on_hand(order), again(order).inbound_qty, state(order)) == (40, 40, "In Production")
	done(order, 10, 40)
	assert state(order) == "Inbound"
	inbound(order.name)
	assert (on_hand(order), again(order).inbound_qty, state(order)) == (100, 100, "Completed")
	assert event_types(order).count("inbound") == 2
	assert_sound(order)


def test_no_more_is_received_than_was_accepted():
	order = make_order(10, operations=1, inspected=True, fg_warehouse=testing.make_warehouse())
	done(order, 10)
	with testing.refused(InboundLimitError):
		inbound(order.name, 1)
	judged(order, accepted=6)
	with testing.refused(InboundLimitError) as refusal:
		inbound(order.name, 7)
	assert "6 were accepted" in refusal.message and "not 7" in refusal.message
	inbound(order.name, 6)
	with testing.refused(InboundLimitError):
		inbound(order.name)
	assert_sound(order)


def test_over_production_within_the_tolerance_is_received():
	order = make_made(
		made=102,
		picked=False,
		over_production_pct=5,
		components=[{"item": testing.make_material(backflush=1), "qty": 2}],
	)
	inbound(order.name)
	assert (on_hand(order), state(order)) == (102, "Completed")


def test_refuses_nothing_less_than_nothing_and_a_part_of_a_piece():
	order = make_made()
	for qty in (0, -1, 0.5):
		with testing.refused((QuantityError, frappe.NonNegativeError)):
			inbound(order.name, qty)


def test_refuses_an_order_that_is_frozen_or_has_made_nothing():
	order = make_made()
	actions.freeze_order(order.name, "Quality problem")
	with testing.refused(FrozenError) as refusal:
		inbound(order.name, 1)
	assert "Quality problem" in refusal.message
	fresh = make_order(10, operations=1)
	with testing.refused(StateError):
		inbound(fresh.name, 1)


def test_a_request_is_posted_once():
	order = make_made()
	first = inbound(order.name, 30, request_id="receive-30")
	assert inbound(order.name, 30, request_id="receive-30").name == first.name
	assert (on_hand(order), event_types(order).count("inbound")) == (30, 1)


def test_a_reversal_takes_goods_and_value_back_and_opens_a_completed_order():
	order = make_made()
	receipt = inbound(order.name)
	wip = ledger.get_balance(order.name)
	assert state(order) == "Completed"
	reverse("MES Inbound", receipt.name, "counted wrongly")
	assert (on_hand(order), on_hand(order, "stock_value"), state(order)) == (0, 0, "Inbound")
	assert ledger.get_balance(order.name) == wip + ledger.money(receipt.value)
	with testing.refused(PostingError):
		reverse("MES Inbound", receipt.name, "again")
	assert_sound(order)
	inbound(order.name)
	assert state(order) == "Completed"


def test_goods_that_have_left_are_not_taken_back():
	order = make_made()
	receipt = inbound(order.name, 100)
	testing.make_stock_entry("Issue", [{"item": order.item, "qty": 1, "from_warehouse": order.fg_warehouse}])
	with testing.refused(NegativeStockError):
		reverse("MES Inbound", receipt.name, "counted wrongly")
	assert again(order).inbound_qty == 100


def test_refuses_a_warehouse_of_rejects_a_disabled_one_and_one_elsewhere():
	order = make_made(workshop=testing.make_workshop())
	for warehouse in (
		testing.make_warehouse(kind="Rejected"),
		testing.make_warehouse(disabled=1),
		testing.make_warehouse(workshop=testing.make_workshop()),
	):
		with testing.refused(StockError):
			inbound(order.name, 1, warehouse=warehouse)


def test_refuses_an_expired_lot_and_one_of_another_order():
	order, other = make_made(), make_made()
	with testing.refused(LotError):
		inbound(order.name, 1, lot="L1", expires_on="2020-01-01")
	inbound(other.name, 1, lot="L1")
	inbound(order.name, 1, lot="L1")
	frappe.db.set_value("MES Work Order", other.name, "item", order.item)
	with testing.refused(LotError) as refusal:
		inbound(order.name, 1, lot="L1")
	assert other.name in refusal.message


def test_an_item_kept_by_lot_has_the_order_as_its_lot():
	order = make_made()
	frappe.db.set_value("MES Item", order.item, "requires_lot", 1)
	frappe.clear_document_cache("MES Item", order.item)
	assert inbound(order.name, 5).lot == order.name


def test_serial_numbers_of_a_reversed_receipt_are_free_again():
	order = make_made()
	wrong = inbound(order.name, 2, serials="B1\nB2")
	with testing.refused(LotError):
		inbound(order.name, 1, serials="B1")
	reverse(wrong.doctype, wrong.name, "wrong pallet")
	assert inbound(order.name, 1, serials="B1").qty == 1


def test_serial_numbers_are_as_many_as_pieces_and_new():
	order = make_made()
	for serials in ("A1", "A1\nA1"):
		with testing.refused(LotError):
			inbound(order.name, 2, serials=serials)
	inbound(order.name, 2, serials="A1\nA2\n")
	with testing.refused(LotError) as refusal:
		inbound(order.name, 2, serials="A3\nA2")
	assert "A2" in refusal.message


def test_receipts_go_to_the_demands_by_their_due_dates():
	sales = [testing.make_sales_order() for _ in range(3)]
	order = make_made()
	dues = ("2030-01-03", "2030-01-01", "2030-01-02")
	pegs = [
		{
			"doctype": "MES Work Order Demand",
			"parent": order.name,
			"parenttype": "MES Work Order",
			"parentfield": "demands",
			"idx": place,
			"demand_type": "Sales Order",
			"sales_order": sale.name,
			"sales_order_item": sale.items[0].name,
			"qty": 30,
			"due_on": due,
		}
		for place, (sale, due) in enumerate(zip(sales, dues, strict=True), 1)
	]
	for peg in pegs:
		frappe.get_doc(peg).db_insert()
	inbound(order.name, 50)
	event = frappe.get_last_doc("MES Event", {"work_order": order.name, "event_type": "inbound"})
	told = {share["sales_order"]: share["qty"] for share in frappe.parse_json(event.after)["for"]}
	assert told == {sales[1].name: 30, sales[2].name: 20}


def test_a_storekeeper_receives_and_an_operator_does_not():
	order = make_made()
	with testing.as_user("MES Operator"), testing.refused(frappe.PermissionError):
		inbound(order.name, 1)
	with testing.as_user("MES Storekeeper"):
		inbound(order.name)
	assert state(order) == "Completed"
