"""Orders whose goods one order took are settled in the same moment, while that order goes on."""

import pytest
from floor import again, done
from together import run_together

import frappe

from sbk_mes import testing
from sbk_mes.costing import ledger
from sbk_mes.orders import actions
from sbk_mes.shopfloor.inbound import inbound
from sbk_mes.stock import pick

SETTLE = """
from sbk_mes.costing.settle import settle
frappe.db.get_value("MES Work Order", {order!r}, "name")  # the transaction sees what was there before
settle({order!r})
frappe.db.commit()
print("settled", flush=True)
"""
REPORT = """
from sbk_mes.shopfloor.report import report
for turn in range({turns}):
	report({order!r}, 10, 1, labour_mins=60)
	frappe.db.commit()
	print("reported", flush=True)
"""


def make(components, qty):
	item = testing.make_product(
		components,
		[{"operation": "Make", "resource": testing.make_resource()}],
		fg_warehouse=testing.make_warehouse(kind="Finished"),
	)
	order = testing.make_work_order(item=item.name, qty=qty)
	for action in ("Release", "Dispatch"):
		actions.act(order.name, action)
	return again(order)


@pytest.fixture
def orders():
	"""Two orders that cost 80 for 8 pieces, 16 more than planned; one that took all 16 pieces."""
	makers = []
	for _number in range(2):
		store, part = testing.make_warehouse(), testing.make_material(backflush=1, standard_rate=8)
		testing.make_stock_entry("Receipt", [{"item": part, "qty": 8, "to_warehouse": store, "rate": 8}])
		maker = make([{"item": part, "qty": 1, "source_warehouse": store}], 8)
		done(maker, 10, 8)
		inbound(maker.name, 8)
		ledger.add(maker.name, "Subcontract", 16)
		makers.append(maker)
	taker = make(
		[{"item": maker.item, "qty": 1, "source_warehouse": maker.fg_warehouse} for maker in makers], 8
	)
	pick.pick(frappe.get_all("MES Pick List", {"work_order": taker.name}, pluck="name"))
	frappe.db.commit()
	return makers, taker


def test_every_true_up_arrives_and_nobody_fails(home, orders):
	makers, taker = orders
	words = run_together(
		home,
		*(SETTLE.format(order=maker.name) for maker in makers),
		REPORT.format(order=taker.name, turns=4),
	)
	assert words == [["settled"], ["settled"], ["reported"] * 4]
	assert [again(maker).workflow_state for maker in makers] == ["Closed", "Closed"]
	assert [ledger.get_balance(maker.name) for maker in makers] == [0, 0]
	account = ledger.as_account(ledger.get_entries(taker.name))
	assert sum(entry.amount for entry in account if entry.kind == "Material") == 160
