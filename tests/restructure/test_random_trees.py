"""Random trees of splits, merges and changes with reports, picks, receipts between: nothing is ever lost."""

from collections import defaultdict
from decimal import Decimal

from changing import approved
from floor import SCRAP, again, make_order
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invariants import assert_invariants
from money import set_rates

import frappe

from sbk_mes import testing
from sbk_mes.api import changes
from sbk_mes.costing import ledger
from sbk_mes.exceptions import MESError
from sbk_mes.orders import actions
from sbk_mes.orders.progress import get_row_units, is_started
from sbk_mes.restructure import carry, merge, split, undo, unmerge
from sbk_mes.restructure.asking import Ask, get_waiting
from sbk_mes.restructure.union import Ask as MergeAsk
from sbk_mes.rules.change_rows import required_of
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import BEFORE_START, CALLED_OFF
from sbk_mes.rules.valuation import money
from sbk_mes.shopfloor import inbound
from sbk_mes.shopfloor.report import report
from sbk_mes.stock import line, pick, returns
from sbk_mes.stock.genealogy import get_raw_lots, trace_up

WORK_ORDER = "MES Work Order"
QTY = 60
STEPS = 9
SAVEPOINT = "step"
REASON = "Machine capacity"
RESTRUCTURING = ("count", "leave", "undo", "merge", "unmerge")
FLOOR_STEPS = ("leave", "pick", "report", "receive", "return")

parts_of = st.integers(1, 100)
kinds = st.sampled_from(
	[
		*("count", "leave", "leave", "undo", "merge", "merge", "unmerge", "change"),
		*("pick", "report", "report", "report", "receive", "return"),
	]
)


def tree(root):
	"""The order, its parts, and what parts of it were merged into."""
	below = frappe.get_all(WORK_ORDER, {"root_work_order": root.name}, pluck="name", order_by="name")
	names = [root.name, *below]
	merged = {"link_type": "merged-from", "to_order": ["in", names]}
	targets = frappe.get_all(
		"MES Order Link", merged, pluck="from_order", distinct=True, order_by="from_order"
	)
	return [*names, *sorted(set(targets) - set(names))]


def holdings(root):
	"""What restructuring must not change, summed over the tree."""
	held = defaultdict(Decimal)
	for name in tree(root):
		order = again(name)
		is_live = order.docstatus == 1 and order.workflow_state not in CALLED_OFF
		if not order.is_container and is_live:
			held["planned"] += exact(order.planned_qty)
			held["good"] += exact(order.good_qty)
			held["scrap"] += exact(order.scrap_qty)
		held["cost"] += ledger.get_balance(name)
		for row in order.demands if is_live else ():
			held["demand", row.sales_order_item, str(row.due_on)] += exact(row.qty)
		for row in order.operations if not order.is_container else ():
			held["moved", row.op_no] += exact(row.moved_qty)
		for place, row in enumerate(order.materials):
			held["reserved", place] += exact(row.reserved_qty)
			held["consumed", place] += exact(row.consumed_qty)
			for lot, there in line.get_at_line([row])[row.name].items():
				held["line", place, lot] += there.held.qty
				held["value", place, lot] += there.held.value
	for trace in frappe.get_all(
		"MES Lot Trace", {"work_order": ["in", tree(root)]}, ["op_no", "lot", "qty", "value", "is_carried"]
	):
		held["lots", trace.op_no, trace.lot] += exact(trace.qty)
		held["worth", trace.op_no] += money(trace.value)
		held["carried", trace.op_no] += exact(trace.qty) if trace.is_carried else 0
	return {key: value for key, value in held.items() if value}


def recorded(held, root):
	"""What a change of the plan must not touch; what it returns from the line is worth as much in stock."""
	kinds = ("good", "scrap", "moved", "consumed", "lots", "worth", "carried")
	kept = {key: value for key, value in held.items() if (key if isinstance(key, str) else key[0]) in kinds}
	items = [row.item for row in again(root).materials]
	stock = frappe.get_all("MES Stock Balance", {"item": ["in", items]}, pluck="stock_value")
	return kept, held.get("cost", Decimal(0)) + sum(map(money, stock))


def assert_genealogy_adds_up(root):
	"""What the lots' trees name is what all orders have consumed."""
	names = tree(root)
	consumed, contained, traced = defaultdict(Decimal), defaultdict(Decimal), defaultdict(Decimal)
	for row in frappe.get_all(
		"MES Lot Trace", {"work_order": ["in", names], "is_carried": 0}, ["item", "lot", "qty"]
	):
		consumed[row.item, row.lot or ""] += exact(row.qty)
	for name in names:
		for content in carry.get_contents(again(name)):
			contained[content.item, content.lot] += content.qty
		for row in get_raw_lots(trace_up(name, again(name).item)):
			traced[row["item"], row["lot"] or ""] += exact(row["qty"])
	assert contained == traced == {key: qty for key, qty in consumed.items() if qty}


def candidates(root, step):
	"""Orders of the tree that the step is likely to be possible for; else any of them."""
	orders = [again(name) for name in tree(root)]
	if step == "merge":
		found = [doc.name for doc in orders if doc.workflow_state in BEFORE_START and not doc.is_container]
	elif step == "unmerge":
		found = [doc.name for doc in orders if any(row.source_order for row in doc.demands)]
	elif step == "undo":
		found = [doc.name for doc in orders if any(row.work_order for row in doc.sub_orders)]
	else:
		found = [doc.name for doc in orders if not doc.is_container and doc.workflow_state not in CALLED_OFF]
	return found or tree(root)


def choose(name, pct, place):
	"""An operation of the order at which something waits, and so many percent of that."""
	order = again(name)
	waiting = [(row.op_no, int(get_waiting(order, row.op_no))) for row in order.operations]
	waiting = [(op_no, qty) for op_no, qty in waiting if qty] or [(10, 1)]
	op_no, qty = waiting[-1 - place % len(waiting)]
	return op_no, max(qty * pct // 100, 1)


def change_quantity(order, qty):
	"""The change is applied, and each row asks for exactly what the new quantity needs."""
	line_of_change = {"target": "Quantity", "field": "planned_qty", "after": str(qty)}
	change = approved(order, {**line_of_change, "disposition": "Split Off"})
	begun = is_started(order) or order.workflow_state not in ("Released", "Dispatched", "Picking")
	changes.apply(change.name, "Change pending" if begun else None)
	order = again(order)
	assert order.planned_qty == qty
	for row in order.materials:
		whole = row.uom != "kg"
		assert exact(row.required_qty) == required_of(row.as_dict(), get_row_units(order, row), whole=whole)


def take(root, name, step, pct, place):
	order = again(name)
	if order.workflow_state == "Released" and not order.is_container and step in FLOOR_STEPS:
		actions.act(name, "Dispatch")
	if step == "count":
		split.split(name, Ask("count", number=2 + pct % 3), reason=REASON)
	elif step == "leave":
		op_no, qty = choose(name, pct, place)
		split.split(name, Ask("list", op_no=op_no, parts=({"qty": qty},)), reason=REASON)
	elif step == "undo":
		undo.undo(name)
	elif step == "merge":
		others = [one for one in candidates(root, step) if one != name]
		merge.merge(MergeAsk((name, *others[place % max(len(others), 1) :][:2])))
	elif step == "unmerge":
		unmerge.unmerge(name)
	elif step == "change":
		change_quantity(order, max(int(order.planned_qty) * (pct + 40) // 100, 1))
	elif step == "pick":
		pick.pick(
			frappe.get_all("MES Pick List", {"work_order": name, "status": ["!=", "Canceled"]}, pluck="name")
		)
	elif step == "report":
		op_no, qty = choose(name, pct, place)
		scrap = int(qty > 4 and pct % 4 == 0)
		reason = SCRAP if scrap else None
		report(name, op_no, qty - scrap, scrap, scrap_reason=reason, machine_mins=7 * qty)
	elif step == "receive":
		inbound.inbound(name)
	else:
		returns.return_material(name)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.booleans(), st.lists(st.tuples(st.integers(0, 9), kinds, parts_of), min_size=STEPS, max_size=STEPS))
def test_nothing_is_lost(is_begun, moves):
	frappe.db.savepoint("example")
	set_rates(labour_rate=0, overhead_pct=10)
	frappe.db.set_single_value("MES Settings", "max_split_depth", 9)
	root = make_order(
		QTY,
		operations=3,
		components=[
			{"item": testing.make_material(standard_rate=3), "qty": 2, "lots": ["R1", "R2", "R3"]},
			{"item": testing.make_material(stock_uom="kg"), "qty": 0.333333, "op_no": 20},
			{"item": testing.make_material(backflush=1), "qty": 1, "op_no": 30},
		],
		fg_warehouse=testing.make_warehouse(kind="Finished"),
	)
	for place in range(3):
		root.append("demands", {"demand_type": "Stock", "qty": 15 + place, "due_on": f"2030-01-0{3 - place}"})
	frappe.db.delete("MES Work Order Demand", {"parent": root.name})
	for row in root.demands:
		row.update({"parent": root.name, "parenttype": WORK_ORDER, "parentfield": "demands"})
		row.insert(ignore_permissions=True)
	if is_begun:
		report(root.name, 10, 40, 2, scrap_reason=SCRAP, machine_mins=300)
		report(root.name, 20, 15, machine_mins=100)
	else:
		split.split(root.name, Ask("count", number=4), reason=REASON)
	for place, step, pct in moves:
		names = candidates(root, step)
		name = names[place % len(names)]
		before = holdings(root)
		recorded_before = recorded(before, root)
		frappe.db.savepoint(SAVEPOINT)
		try:
			take(root, name, step, pct, place)
		except MESError as error:
			assert str(error)
			frappe.db.rollback(save_point=SAVEPOINT)
			assert holdings(root) == before
			continue
		after = holdings(root)
		if step in RESTRUCTURING:
			assert after == before, (step, name, pct)
		if step == "change":
			assert recorded(after, root) == recorded_before, (name, pct)
		assert_invariants(tree(root))
	assert_genealogy_adds_up(root)
	frappe.db.rollback(save_point="example")
