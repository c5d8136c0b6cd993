"""Acceptance line 6: rejects and rework are outcomes with reasons, numbers and costs of their own."""

import pytest
from floor import SCRAP, again, done, judged, make_order, state
from invariants import assert_invariants

import frappe

from sbk_mes import testing
from sbk_mes.costing import ledger
from sbk_mes.exceptions import InboundLimitError, ReasonError
from sbk_mes.shopfloor.inbound import inbound


def test_eighty_are_accepted_twelve_reworked_eight_scrapped_in_one_save():
	part = testing.make_material(standard_rate=5)
	order = make_order(
		100,
		operations=1,
		inspected=True,
		components=[{"item": part, "qty": 2}],
		fg_warehouse=testing.make_warehouse(kind="Finished"),
	)
	done(order, 10, 100)
	with testing.refused(ReasonError):
		judged(order, 80, 12, 8, scrap_reason=None)
	verdict = frappe.get_doc("MES Inspection", judged(order, 80, 12, 8).name)
	assert verdict.scrap_reason == SCRAP

	rework = again(verdict.rework_order)
	assert (rework.order_type, rework.planned_qty, rework.origin_lot) == ("Rework", 12, order.name)
	assert rework.materials == []
	assert again(order).scrap_qty == 8
	assert again(order).materials[0].consumed_qty == 200, "a hundred units' worth"

	spent, moved = ledger.get_balance(order.name), ledger.get_balance(rework.name)
	assert (spent, moved) == (880, 120)
	with testing.refused(InboundLimitError):
		inbound(order.name, 81)
	inbound(order.name)
	assert (again(order).inbound_qty, state(order)) == (80, "Completed")
	assert ledger.get_balance(rework.name) == pytest.approx(120)
	assert_invariants([order.name, rework.name])
