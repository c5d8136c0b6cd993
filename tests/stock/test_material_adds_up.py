"""Whatever happens to the material of several orders, in any sequence, its quantities and values add up."""

import random
from decimal import Decimal

import pytest

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import MESError
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.valuation import money
from sbk_mes.shopfloor.report import report
from sbk_mes.shopfloor.reversing import reverse
from sbk_mes.stock import line
from sbk_mes.stock.pick import pick, propose
from sbk_mes.stock.priority import take_over
from sbk_mes.stock.returns import return_material, scrap_material
from sbk_mes.stock.shortages import serve_order
from sbk_mes.testing import make_stocked_order, receive_stock

WORK_ORDER = "MES Work Order"
STEPS = 60
ZERO = Decimal(0)


class Floor:
	"""Three orders, one urgent, that share two materials: one picked by lot, one backflushed."""

	def __init__(self, seed):
		self.chance = random.Random(seed)
		first = make_stocked_order(
			[
				{"qty": 2, "stock": 150, "rate": 7 / 3, "lot": "L0", "requires_lot": 1},
				{"qty": 0.3, "stock": 20, "rate": 2, "backflush": 1, "stock_uom": "kg"},
			],
			qty=50,
		)
		self.materials = [(row.item, row.source_warehouse) for row in first.materials]
		more = [testing.make_work_order(item=first.item, qty=50)]
		more.append(testing.make_work_order(item=first.item, qty=50, priority="Urgent", urgent_reason="VIP"))
		self.orders = [first.name, *(testing.dispatch(order).name for order in more)]
		self.scrap = testing.make("MES Reason", reason=testing.unique("Spoilt"), applies_to="Scrap").name
		self.reports = []
		self.count = 0
		self.done = set()

	def step(self):
		"""One action of chance; a refusal changes nothing."""
		self.count += 1
		frappe.db.savepoint("step")
		actions = (self.pick, self.report, self.give_back, self.spoil, self.receive, self.undo, self.take)
		action = self.chance.choice((*actions, self.serve, self.pick, self.report))
		try:
			action(self.chance.choice(self.orders))
			self.done.add(action.__name__)
		except MESError:
			frappe.db.rollback(save_point="step")

	def pick(self, order):
		lists = frappe.get_all(
			"MES Pick List", filters={"work_order": ["in", self.orders]}, pluck="name", order_by="name asc"
		)
		lines = [
			{"pick_list": row["pick_list"], "line": row["line"], "qty": self.chance.randint(1, 40)}
			for row in propose(lists)
		]
		pick(lines=self.chance.sample(lines, min(len(lines), 2))) if lines else None

	def report(self, order):
		self.reports.append(report(order, 10, self.chance.randint(1, 12)).name)

	def undo(self, order):
		if self.reports:
			reverse("MES Operation Report", self.chance.choice(self.reports), "wrong")

	def give_back(self, order):
		item = self.chance.choice(self.materials)[0]
		return_material(order, [{"item": item, "qty": self.chance.randint(1, 15)}])

	def spoil(self, order):
		item = self.materials[0][0]
		scrap_material(order, [{"item": item, "qty": self.chance.randint(1, 3)}], reason=self.scrap)

	def receive(self, order):
		index = self.chance.randint(0, 1)
		lot = f"L{self.count}" if index == 0 else None
		receive_stock(*self.materials[index], self.chance.randint(1, 30), rate=self.chance.random(), lot=lot)

	def take(self, order):
		take_over(order)

	def serve(self, order):
		serve_order(order)

	def check(self):
		orders = [frappe.get_doc(WORK_ORDER, name) for name in self.orders]
		for place in self.materials:
			self.check_place(place, orders)
		for order in orders:
			self.check_order(order)

	def check_place(self, place, orders):
		balance = frappe.db.get_value(
			"MES Stock Balance",
			{"item": place[0], "warehouse": place[1]},
			["on_hand_qty", "reserved_qty", "stock_value"],
			as_dict=True,
		)
		rows = [row for order in orders for row in order.materials if row.item == place[0]]
		assert exact(balance.reserved_qty) == sum((exact(row.reserved_qty) for row in rows), ZERO)
		assert 0 <= balance.reserved_qty <= balance.on_hand_qty
		ledger = frappe.get_all(
			"MES Stock Ledger Entry",
			filters={"item": place[0], "warehouse": place[1]},
			fields=["lot", "qty", "value"],
			order_by="creation asc",
		)
		assert exact(balance.on_hand_qty) == sum((exact(row.qty) for row in ledger), ZERO)
		assert money(balance.stock_value) == sum((money(row.value) for row in ledger), ZERO)
		for lot in {row.lot for row in ledger if row.lot}:
			kept = sum((exact(row.qty) for row in ledger if row.lot == lot), ZERO)
			where = {"item": place[0], "warehouse": place[1], "lot": lot}
			assert exact(frappe.db.get_value("MES Lot Balance", where, "on_hand_qty")) == kept >= 0

	def check_order(self, order):
		posted, at_line = line.get_posted(order), line.get_at_line(order.materials)
		for row in order.materials:
			assert posted[row.name] == {field: exact(row.get(field)) for field in posted[row.name]}
			held = [lot.held for lot in at_line[row.name].values()]
			assert all(lot.qty >= 0 and lot.value >= 0 for lot in held)
			left = sum((lot.qty for lot in held), ZERO)
			assert exact(row.issued_qty) == left + sum(
				(exact(row.get(field)) for field in ("consumed_qty", "returned_qty", "scrapped_qty")), ZERO
			)
			supplied = exact(row.issued_qty) - exact(row.returned_qty) - exact(row.scrapped_qty)
			assert exact(row.reserved_qty) + supplied <= exact(row.required_qty)
		charged = frappe.get_all(
			"MES Cost Entry",
			filters={"work_order": order.name, "kind": ["in", ["Material", "Return"]]},
			pluck="amount",
			order_by="creation asc",
		)
		moved = frappe.get_all(
			"MES Stock Ledger Entry",
			filters={
				"stock_entry": [
					"in",
					frappe.get_all(
						"MES Stock Entry",
						filters={"work_order": order.name},
						pluck="name",
						order_by="name asc",
					),
				]
			},
			pluck="value",
			order_by="creation asc",
		)
		assert sum((money(amount) for amount in charged), ZERO) == -sum(
			(money(value) for value in moved), ZERO
		)


@pytest.mark.parametrize("seed", range(6))
def test_material_adds_up_after_every_step(seed):
	floor = Floor(seed)
	floor.check()
	for _turn in range(STEPS):
		floor.step()
		floor.check()
	assert len(floor.done) >= 7, "nearly every kind of action went through"
