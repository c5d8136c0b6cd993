"""Lots both ways: from a finished lot to every raw one, from a raw lot to every finished one and customer."""

import pytest

import frappe

from sbk_mes import testing
from sbk_mes.shopfloor.inbound import inbound
from sbk_mes.shopfloor.report import report
from sbk_mes.shopfloor.reversing import reverse
from sbk_mes.stock.genealogy import get_finished_lots, get_raw_lots, trace_down, trace_up
from sbk_mes.stock.pick import pick
from sbk_mes.testing import make_stocked_order, receive_stock, unique


def lists_of(order):
	return frappe.get_all(
		"MES Pick List", filters={"work_order": order.name}, pluck="name", order_by="name asc"
	)


@pytest.fixture
def chain():
	"""Raw lots A (30) and B went into 20 of a part, lot S; of that and of raw lot C 20 products were made."""
	lots = {name: unique(name) for name in ("A", "B", "C", "S", "F1", "F2")}
	part = make_stocked_order([{"qty": 2, "stock": 30, "lot": lots["A"], "requires_lot": 1}], qty=20)
	raw = part.materials[0]
	receive_stock(raw.item, raw.source_warehouse, 10, lot=lots["B"])
	pick(lists_of(part))
	report(part.name, 10, 20, output_lot=lots["S"])
	customer = testing.make_customer()
	product = make_stocked_order(
		[
			{"item": part.item, "qty": 1, "stock": 20, "lot": lots["S"]},
			{"qty": 3, "lot": lots["C"], "requires_lot": 1},
		],
		qty=20,
		customer=customer,
	)
	pick(lists_of(product))
	report(product.name, 10, 15, output_lot=lots["F1"])
	report(product.name, 10, 5, output_lot=lots["F2"])
	return frappe._dict(lots, part=part, product=product, raw=raw.item, customer=customer)


def test_a_finished_lot_names_every_raw_lot_with_its_quantity(chain):
	tree = trace_up(chain.F1)
	other = chain.product.materials[1].item
	inputs = tree["made_by"][0]["inputs"]
	assert [(row["item"], row["lot"], row["qty"]) for row in inputs] == [
		(chain.part.item, chain.S, 15),
		(other, chain.C, 45),
	]
	assert {(row["item"], row["lot"], row["qty"]) for row in get_raw_lots(tree)} == {
		(chain.raw, chain.A, 30),
		(chain.raw, chain.B, 10),
		(other, chain.C, 45),
	}


def test_a_raw_lot_names_every_finished_lot_and_its_customer(chain):
	for lot in (chain.A, chain.B, chain.C):
		ends = get_finished_lots(trace_down(lot))
		assert [(end["work_order"], end["lot"], end["customers"]) for end in ends] == [
			(chain.product.name, finished, [chain.customer]) for finished in sorted((chain.F1, chain.F2))
		]


def test_quantities_add_up_to_what_was_consumed(chain):
	used = trace_down(chain.S)["used_by"]
	assert sum(user["qty"] for user in used) == 20
	assert trace_down(chain.A)["used_by"][0]["qty"] == 30


def test_what_was_reversed_is_not_in_the_tree(chain):
	order = make_stocked_order([{"qty": 1, "stock": 100, "lot": unique("D"), "requires_lot": 1}])
	pick(lists_of(order))
	posting = report(order.name, 10, 10)
	assert get_raw_lots(trace_up(order.name))[0]["qty"] == 10
	reverse(posting.doctype, posting.name, "wrong order")
	assert get_raw_lots(trace_up(order.name)) == []


def test_a_lot_whose_receipt_was_reversed_is_only_of_who_received_it_since():
	finished, wrong, right = unique("F"), unique("wrong"), unique("right")

	def received(order):
		pick(lists_of(order))
		for op_no in (10, 20):
			report(order.name, op_no, 10)
		return inbound(order.name, 5, lot=finished, warehouse=testing.make_warehouse())

	first = make_stocked_order([{"qty": 1, "stock": 100, "lot": wrong, "requires_lot": 1}])
	receipt = received(first)
	reverse(receipt.doctype, receipt.name, "not this lot")
	second = testing.dispatch(testing.make_work_order(item=first.item))
	raw = first.materials[0]
	receive_stock(raw.item, raw.source_warehouse, 100, lot=right)
	received(second)
	assert {leaf["lot"] for leaf in get_raw_lots(trace_up(finished))} == {right}
	(end,) = get_finished_lots(trace_down(wrong))
	assert (end["work_order"], end["received_lots"]) == (first.name, [])


def test_a_material_without_lot_leads_to_the_sub_order_that_made_it(chain):
	parent = make_stocked_order([{"qty": 1, "stock": 20}], qty=20)
	row = parent.materials[0]
	frappe.db.set_value(row.doctype, row.name, "child_work_order", chain.part.name)
	pick(lists_of(parent))
	report(parent.name, 10, 20)
	assert {(leaf["lot"], leaf["qty"]) for leaf in get_raw_lots(trace_up(parent.name))} == {
		(chain.A, 30),
		(chain.B, 10),
	}
	assert parent.name in {end["work_order"] for end in get_finished_lots(trace_down(chain.A))}


def test_rework_and_merged_orders_lead_to_where_they_came_from(chain):
	item = chain.product.item
	rework = testing.make_work_order(item=item, qty=3, order_type="Rework", origin_lot=chain.F1)
	merged = testing.make_work_order(item=item, qty=2)
	testing.make(
		"MES Order Link", link_type="merged-from", from_order=merged.name, to_order=chain.product.name, qty=2
	)
	raw = {chain.A, chain.B, chain.C}
	for order in (rework, merged):
		assert {leaf["lot"] for leaf in get_raw_lots(trace_up(order.name))} == raw
		assert order.name in {end["work_order"] for end in get_finished_lots(trace_down(chain.C))}


def test_an_unknown_lot_has_an_empty_tree():
	lot = unique("nobody")
	assert trace_up(lot) == {"item": None, "lot": lot, "made_by": []}
	assert trace_down(lot) == {"item": None, "lot": lot, "used_by": [], "shipped": []}
