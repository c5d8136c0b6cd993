"""Acceptance line 11: lots both ways, through splits and a merge; quantities add up to consumption."""

from collections import Counter

import floor
import invariants

import frappe

from sbk_mes import testing
from sbk_mes.orders import actions
from sbk_mes.restructure import merge, split
from sbk_mes.restructure.asking import Ask as SplitAsk
from sbk_mes.restructure.union import Ask
from sbk_mes.rules.quantities import exact
from sbk_mes.shopfloor import inbound
from sbk_mes.stock import pick
from sbk_mes.stock.genealogy import get_finished_lots, get_raw_lots, trace_down, trace_up

WORK_ORDER = "MES Work Order"
TRACE = "MES Lot Trace"
PER_UNIT = 2
LOTS = (70, 90, 140)


def make_orders():
	"""Two released orders of 60 and 40 for two customers, for whose material there are three raw lots."""
	store, raw = testing.make_warehouse(), testing.make_material(requires_lot=1)
	lots = [testing.unique("RAW") for _qty in LOTS]
	for lot, qty in zip(lots, LOTS, strict=True):
		testing.receive_stock(raw, store, qty, lot=lot)
	item = testing.make_product(
		[{"item": raw, "qty": PER_UNIT, "source_warehouse": store}],
		[{"operation": name, "resource": testing.make_resource()} for name in ("Cut", "Fit")],
		fg_warehouse=testing.make_warehouse(kind="Finished"),
	)
	orders = []
	for qty in (60, 40):
		sales_order = testing.make_sales_order([{"item": item.name, "qty": qty}])
		(result,) = testing.convert_lines(sales_order)["results"]
		actions.act(result["work_order"], "Release")
		orders.append(result["work_order"])
	return orders, raw, lots


def consumed(orders):
	"""By raw lot, what all orders together have consumed."""
	sums = Counter()
	for row in frappe.get_all(TRACE, {"work_order": ["in", orders], "is_carried": 0}, ["lot", "qty"]):
		sums[row.lot] += exact(row.qty)
	return dict(sums)


def picked(order):
	if floor.state(floor.again(order)) == "Released":
		actions.act(order, "Dispatch")
	pick.pick(
		frappe.get_all("MES Pick List", {"work_order": order, "status": ["!=", "Canceled"]}, pluck="name")
	)


def test_a_finished_lot_of_a_merged_order_whose_sources_were_split_lists_every_raw_lot():
	orders, raw, lots = make_orders()
	customers = [floor.again(name).customer for name in orders]
	parts = [
		part["work_order"]
		for name in orders
		for part in split.split(name, SplitAsk("count", number=2), reason="Machine capacity")["parts"]
	]
	merged = merge.merge(Ask((parts[0], parts[2])))["work_order"]
	assert floor.again(merged).planned_qty == 50
	picked(merged)
	floor.done(floor.again(merged), 10)
	leaving = split.split(
		merged, SplitAsk("list", op_no=20, parts=({"qty": 20},)), reason="Machine capacity"
	)["parts"][0]["work_order"]
	actions.act(leaving, "Dispatch")
	finished = testing.unique("FIN")
	others = {f"{finished}-{name}": name for name in (leaving, parts[1], parts[3])}
	for name in (parts[1], parts[3]):
		picked(name)
		floor.done(floor.again(name), 10)
	for lot, name in {finished: merged, **others}.items():
		floor.done(floor.again(name), 20)
		inbound.inbound(name, lot=lot)
	made = [merged, *others.values()]
	used = consumed(made)
	assert sum(used.values()) == 100 * PER_UNIT

	up = {row["lot"]: exact(row["qty"]) for row in get_raw_lots(trace_up(finished))}
	assert sum(up.values()) == 30 * PER_UNIT
	rest = Counter()
	for lot in others:
		for row in get_raw_lots(trace_up(lot)):
			rest[row["lot"]] += exact(row["qty"])
	assert dict(Counter(up) + rest) == used

	ends = {lot: get_finished_lots(trace_down(lot, raw)) for lot in used}
	reached = {lot: {name for row in rows for name in row["received_lots"]} for lot, rows in ends.items()}
	assert all(finished in reached[lot] for lot in up)
	assert set.union(*reached.values()) == {finished, *others}
	assert {customer for rows in ends.values() for row in rows for customer in row["customers"]} == set(
		customers
	)
	assert set(used) <= set(lots)
	invariants.assert_invariants([*orders, *parts, merged, leaving])
