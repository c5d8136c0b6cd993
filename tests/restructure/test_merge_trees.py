"""Orders with sub-orders become one with one sub-order; parts of a split order become one part."""

import floor
import invariants
import pytest

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import MergeStateError, UnmergeError
from sbk_mes.orders import actions
from sbk_mes.restructure import merge, split, unmerge
from sbk_mes.restructure.asking import Ask as SplitAsk
from sbk_mes.restructure.union import Ask
from sbk_mes.rules.quantities import exact
from sbk_mes.shopfloor import inbound
from sbk_mes.stock import pick

WORK_ORDER = "MES Work Order"
LINK = "MES Order Link"
REASON = "Machine capacity"


class Trees:
	"""Orders of a product with a made component of two levels, each converted from a line of its own."""

	def __init__(self, *quantities, released=True):
		step = {"resource": testing.make_resource(), "setup_mins": 10, "run_mins": 1}
		self.store = testing.make_warehouse()
		raw = testing.make_material()
		testing.receive_stock(raw, self.store, 10000)
		place = {"source_warehouse": self.store}
		self.screw = testing.make_product(
			[{"item": raw, "qty": 1, **place}],
			[{"operation": "Turn", **step}],
			make_policy="Make to Order",
			fg_warehouse=self.store,
		)
		self.frame = testing.make_product(
			[{"item": self.screw.name, "qty": 3, **place}],
			[{"operation": "Weld", **step}],
			make_policy="Make to Order",
			fg_warehouse=self.store,
		)
		self.bench = testing.make_product(
			[{"item": self.frame.name, "qty": 2, **place}, {"item": raw, "qty": 1, **place}],
			[{"operation": "Fit", **step}],
		)
		self.names = [self.ordered(qty) for qty in quantities]
		if released:
			for name in [one for root in self.names for one in self.tree(root)]:
				actions.act(name, "Release")

	def ordered(self, qty):
		sales_order = testing.make_sales_order([{"qty": qty, "item": self.bench.name}])
		return testing.convert_lines(sales_order)["results"][0]["work_order"]

	def tree(self, root):
		"""The order, the frame's and the screw's."""
		found = [root]
		for _level in range(2):
			found += frappe.get_all(WORK_ORDER, {"parent_work_order": found[-1]}, pluck="name")
		return found

	def all(self):
		items = [self.screw.name, self.frame.name, self.bench.name]
		return frappe.get_all(WORK_ORDER, {"item": ["in", items]}, pluck="name", order_by="name asc")


def live(name):
	"""Open sub-orders of the order."""
	return frappe.get_all(
		WORK_ORDER,
		{"parent_work_order": name, "workflow_state": ["not in", ["Merged", "Canceled"]]},
		pluck="name",
	)


@pytest.mark.parametrize("released", [False, True])
def test_sub_orders_are_merged_with_their_parents_over_all_levels(released):
	trees = Trees(100, 50, released=released)
	told = merge.merge(Ask(tuple(trees.names)))
	bench = floor.again(told["work_order"])
	(frame,) = map(floor.again, live(bench.name))
	(screw,) = map(floor.again, live(frame.name))
	assert [doc.planned_qty for doc in (bench, frame, screw)] == [150, 300, 900]
	row = next(row for row in bench.materials if row.item == frame.item)
	assert (row.child_work_order, row.child_qty) == (frame.name, 300)
	assert [peg.parent_work_order for peg in frame.demands] == [bench.name] * 2
	assert (frame.name, screw.name) == (f"{bench.name}-1", f"{bench.name}-1-1")
	assert [(doc.level, doc.root_work_order) for doc in (frame, screw)] == [(1, bench.name), (2, bench.name)]
	assert told["saved_setups"] == told["sub_orders"][0]["saved_setups"] == 1
	assert frappe.db.exists(LINK, {"link_type": "child-of", "from_order": frame.name, "to_order": bench.name})
	invariants.assert_invariants(trees.all())


def test_a_merge_taken_back_restores_every_tree():
	trees = Trees(100, 50)
	before = {name: trees.tree(name) for name in trees.names}
	told = merge.merge(Ask(tuple(trees.names)))
	merged = trees.tree(told["work_order"])
	unmerge.unmerge(told["work_order"])
	assert {floor.again(name).workflow_state for name in merged} == {"Canceled"}
	for root, names in before.items():
		docs = [floor.again(name) for name in names]
		assert {doc.workflow_state for doc in docs} == {"Released"}
		assert live(root) == [names[1]] and live(names[1]) == [names[2]]
		row = next(row for row in docs[0].materials if row.item == docs[1].item)
		assert (row.child_work_order, row.child_qty) == (names[1], docs[1].planned_qty)
	invariants.assert_invariants(trees.all())


def test_drafts_come_back_released_and_can_be_made():
	trees = Trees(100, 50, released=False)
	told = merge.merge(Ask(tuple(trees.names)))
	unmerge.unmerge(told["work_order"])
	first = floor.again(trees.names[0])
	assert (first.workflow_state, first.snapshot_version) == ("Released", 1)
	assert first.released_at and first.snapshot_hash
	lists = frappe.get_all("MES Pick List", {"work_order": first.name}, ["status", "warehouse"])
	assert lists == [{"status": "Open", "warehouse": trees.store}]
	invariants.assert_invariants(trees.all())


def test_the_only_open_sub_order_goes_on_below_the_merged_order():
	trees = Trees(100, 50)
	first, second = trees.names
	frame = trees.tree(second)[1]
	actions.cancel_order(frame, with_children=True)
	told = merge.merge(Ask((first, second)))
	kept = trees.tree(first)[1] if live(first) else live(told["work_order"])[0]
	child = floor.again(kept)
	assert (child.parent_work_order, child.planned_qty) == (told["work_order"], 200)
	assert [peg.parent_work_order for peg in child.demands] == [told["work_order"]]
	row = next(row for row in floor.again(told["work_order"]).materials if row.item == trees.frame.name)
	assert (row.required_qty, row.child_work_order, row.child_qty, row.short_qty) == (
		300,
		child.name,
		200,
		100,
	)
	unmerge.unmerge(told["work_order"])
	assert floor.again(kept).parent_work_order == first
	assert [peg.parent_work_order for peg in floor.again(kept).demands] == [first]
	invariants.assert_invariants(trees.all())


def test_a_sub_order_that_has_begun_keeps_its_parents_apart():
	trees = Trees(100, 50)
	screw = trees.tree(trees.names[0])[2]
	actions.act(screw, "Dispatch")
	pick.pick(frappe.get_all("MES Pick List", {"work_order": screw}, pluck="name"))
	floor.done(floor.again(screw), 10, 10)
	before = {name: floor.again(name).event_seq for name in trees.all()}
	with pytest.raises(MergeStateError, match=f"{screw} cannot be merged"):
		merge.merge(Ask(tuple(trees.names)))
	assert {name: floor.again(name).event_seq for name in trees.all()} == before


def test_what_a_finished_sub_order_made_is_taken_from_stock():
	trees = Trees(100, 50)
	frames = [trees.tree(name)[1:] for name in trees.names]
	for name in (frames[0][1], frames[0][0]):
		actions.act(name, "Dispatch")
		pick.pick(frappe.get_all("MES Pick List", {"work_order": name}, pluck="name"))
		floor.done(floor.again(name), 10)
		inbound.inbound(name)
	assert floor.state(floor.again(frames[0][0])) in ("Completed", "Closed")
	told = merge.merge(Ask(tuple(trees.names)))
	row = next(row for row in floor.again(told["work_order"]).materials if row.item == trees.frame.name)
	assert (row.required_qty, row.child_work_order, row.child_qty) == (300, frames[1][0], 100)
	assert exact(row.reserved_qty) == 200
	invariants.assert_invariants(trees.all())


def test_a_merge_stays_once_a_merged_sub_order_has_begun():
	trees = Trees(100, 50)
	told = merge.merge(Ask(tuple(trees.names)))
	screw = trees.tree(told["work_order"])[2]
	actions.act(screw, "Dispatch")
	pick.pick(frappe.get_all("MES Pick List", {"work_order": screw}, pluck="name"))
	with pytest.raises(UnmergeError, match=f"{screw} stays: it is Picking|{screw} stays: material"):
		unmerge.unmerge(told["work_order"])
	invariants.assert_invariants(trees.all())


def test_a_sub_order_that_serves_a_third_order_keeps_its_parents_apart():
	trees = Trees(100, 50)
	parts = split.split(trees.names[0], SplitAsk("count", number=2), reason="Machine capacity")["parts"]
	with pytest.raises(MergeStateError, match="needs what it makes as well"):
		merge.merge(Ask((parts[0]["work_order"], trees.names[1])))


def test_parts_of_a_split_order_become_one_part_of_it():
	order = floor.make_order(100)
	parts = split.split(order.name, SplitAsk("count", number=4), reason="Machine capacity")["parts"]
	names = [part["work_order"] for part in parts]
	told = merge.merge(Ask(tuple(names[:2])))
	merged = floor.again(told["work_order"])
	assert (merged.split_from, merged.planned_qty, merged.materials[0].issued_qty) == (order.name, 50, 100)
	whole = floor.again(order)
	assert (whole.planned_qty, whole.short_closed_qty, whole.workflow_state) == (100, 0, "Released")
	invariants.assert_invariants([order.name, *names, merged.name])
	unmerge.unmerge(merged.name)
	whole = floor.again(order)
	assert (whole.planned_qty, whole.short_closed_qty, whole.workflow_state) == (100, 0, "Released")
	invariants.assert_invariants([order.name, *names, merged.name])


def test_picked_material_goes_along_and_comes_back():
	order = floor.make_order(100)
	other = testing.make_work_order(item=order.item, qty=50, bom=order.bom, routing=order.routing)
	actions.act(other.name, "Release")
	assert order.workflow_state == "Picking"
	told = merge.merge(Ask((order.name, other.name)))
	row = floor.again(told["work_order"]).materials[0]
	assert (row.required_qty, row.issued_qty, row.reserved_qty) == (300, 200, 100)
	assert [
		(line.required_qty, line.picked_qty)
		for name in frappe.get_all("MES Pick List", {"work_order": told["work_order"]}, pluck="name")
		for line in frappe.get_doc("MES Pick List", name).items
	] == [(300, 200)]
	invariants.assert_invariants([order.name, other.name, told["work_order"]])
	unmerge.unmerge(told["work_order"])
	assert floor.again(order).materials[0].issued_qty == 200
	invariants.assert_invariants([order.name, other.name, told["work_order"]])


def test_parts_of_different_orders_become_one_order():
	order = floor.make_order(100, picked=False)
	other = testing.make_work_order(item=order.item, qty=60, bom=order.bom, routing=order.routing)
	actions.act(other.name, "Release")
	parts = [
		split.split(name, SplitAsk("count", number=2), reason="Machine capacity")["parts"][0]["work_order"]
		for name in (order.name, other.name)
	]
	merged = floor.again(merge.merge(Ask(tuple(parts)))["work_order"])
	assert (merged.planned_qty, merged.parent_work_order, merged.split_from) == (80, None, None)
	assert [floor.again(name).short_closed_qty for name in (order.name, other.name)] == [50, 30]
	invariants.assert_invariants([order.name, other.name, *parts, merged.name])


def test_parts_do_not_come_back_to_an_order_that_has_ended_without_them():
	def halve(name):
		return [
			part["work_order"]
			for part in split.split(name, SplitAsk("count", number=2), reason=REASON)["parts"]
		]

	first, second = halve(floor.make_order(60).name)
	halves = halve(first)
	merged = merge.merge(Ask((*halves, second)))["work_order"]
	assert floor.again(first).workflow_state == "Canceled with Return"
	with testing.refused(UnmergeError) as refusal:
		unmerge.unmerge(merged)
	assert "whose parts were merged, is Canceled with Return" in refusal.message
	assert {floor.again(name).workflow_state for name in (*halves, second)} == {"Merged"}
