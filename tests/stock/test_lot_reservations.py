"""A material row may name a lot: that lot is kept for it, and whoever names none takes the others."""

import pytest
from floor import again
from together import run_together

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import NegativeStockError, PickError
from sbk_mes.orders import actions
from sbk_mes.rules.quantities import exact
from sbk_mes.stock import pick
from sbk_mes.stock.priority import take_over
from sbk_mes.testing import receive_stock

RELEASE = """
from frappe.model.workflow import apply_workflow
for name in {names!r}:
	apply_workflow(frappe.get_doc("MES Work Order", name), "Release")
	frappe.db.commit()
	print("released", flush=True)
"""


class Plant:
	"""A product of one part that lies in two lots of ten, the older first."""

	def __init__(self):
		self.store = testing.make_warehouse()
		self.part = testing.make_material()
		self.item = testing.make_product(
			[{"item": self.part, "qty": 1, "source_warehouse": self.store}],
			[{"operation": "Make", "resource": testing.make_resource()}],
		).name
		for lot in ("OLD", "NEW"):
			receive_stock(self.part, self.store, 10, lot=lot)

	def draft(self, qty, lot=None, **fields):
		order = testing.make_work_order(item=self.item, qty=qty, **fields)
		order.materials[0].lot = lot
		order.save()
		return order

	def order(self, qty, lot=None, **fields):
		order = self.draft(qty, lot, **fields)
		for action in ("Release", "Dispatch"):
			actions.act(order.name, action)
		return again(order)

	def lot(self, name):
		place = {"item": self.part, "warehouse": self.store, "lot": name}
		return frappe.db.get_value("MES Lot Balance", place, ["on_hand_qty", "reserved_qty"])

	def balance(self):
		place = {"item": self.part, "warehouse": self.store}
		return frappe.db.get_value("MES Stock Balance", place, ["on_hand_qty", "reserved_qty"])

	def issue(self, qty, lot):
		testing.make_stock_entry(
			"Issue", [{"item": self.part, "qty": qty, "from_warehouse": self.store, "lot": lot}]
		)


@pytest.fixture
def plant():
	return Plant()


def picked(order):
	lists = frappe.get_all("MES Pick List", {"work_order": order.name}, pluck="name")
	(issue,) = pick.pick(lists)["issues"]
	return [(line["lot"], line["qty"]) for line in issue["lines"]]


def row(order):
	return again(order).materials[0]


def test_only_of_its_lot_is_reserved(plant):
	order = plant.order(15, "NEW")
	assert (row(order).reserved_qty, row(order).short_qty) == (10, 5)
	assert (plant.lot("NEW"), plant.lot("OLD"), plant.balance()) == ((10, 10), (10, 0), (20, 10))


def test_the_pick_list_names_the_lot_and_takes_it(plant):
	order = plant.order(8, "NEW")
	(line,) = pick.propose(frappe.get_all("MES Pick List", {"work_order": order.name}, pluck="name"))
	assert (line["lot"], line["available_qty"]) == ("NEW", 8)
	assert picked(order) == [("NEW", 8)]
	assert (plant.lot("NEW"), plant.balance()) == ((2, 0), (12, 0))


def test_who_names_no_lot_takes_what_is_not_kept_for_others(plant):
	plant.order(7, "OLD")
	other = plant.order(13)
	assert picked(other) == [("OLD", 3), ("NEW", 10)]
	assert plant.lot("OLD") == (7, 7)


def test_a_kept_lot_is_not_issued_to_others_by_name(plant):
	plant.order(7, "OLD")
	with testing.refused(NegativeStockError):
		plant.issue(4, "OLD")
	plant.issue(3, "OLD")
	other = plant.order(2, "OLD")
	assert row(other).short_qty == 2
	(name,) = frappe.get_all("MES Pick List", {"work_order": other.name}, pluck="name")
	with testing.refused(PickError):
		pick.pick([name])


def test_another_lot_than_the_named_is_refused(plant):
	order = plant.order(5, "NEW")
	(name,) = frappe.get_all("MES Pick List", {"work_order": order.name}, pluck="name")
	line = frappe.db.get_value("MES Pick List Item", {"parent": name}, "name")
	with testing.refused(PickError) as refusal:
		pick.pick(lines=[{"pick_list": name, "line": line, "qty": 1, "lot": "OLD"}])
	assert "NEW" in refusal.message


def test_an_order_that_ends_gives_its_lot_back(plant):
	order = plant.order(5, "NEW")
	actions.act(order.name, "Cancel")
	assert (plant.lot("NEW"), plant.balance()) == ((10, 0), (20, 0))


def test_an_urgent_order_takes_the_same_lot_over(plant):
	loser = plant.order(6, "NEW")
	bystander = plant.order(10, "OLD")
	urgent = plant.order(8, "NEW", priority="Urgent", urgent_reason="VIP")
	assert row(urgent).reserved_qty == 4
	(loss,) = take_over(urgent.name)["losses"]
	assert (loss["work_order"], loss["qty"]) == (loser.name, 4)
	assert [row(order).reserved_qty for order in (urgent, loser, bystander)] == [8, 2, 10]
	assert plant.lot("NEW") == (10, 10)


def test_never_more_of_a_lot_is_reserved_than_there_is_however_many_ask(home, plant):
	names = [plant.draft(1, "NEW").name for _number in range(20)]
	frappe.db.commit()
	run_together(home, *(RELEASE.format(names=names[start::4]) for start in range(4)))
	held = frappe.get_all(
		"MES Work Order Material", {"parent": ["in", names]}, pluck="reserved_qty", order_by=None
	)
	assert sum(map(exact, held)) == 10
	assert (plant.lot("NEW"), plant.lot("OLD"), plant.balance()) == ((10, 10), (10, 0), (20, 10))
