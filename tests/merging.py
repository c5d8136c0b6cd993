"""Like orders for several customers, as a planner merges them."""

import floor

import frappe
from frappe.utils import add_days, now_datetime

from sbk_mes import testing
from sbk_mes.board import demand
from sbk_mes.orders import actions
from sbk_mes.restructure import merge
from sbk_mes.restructure.union import Ask
from sbk_mes.stock import pick

PICK_LIST = "MES Pick List"


class Five:
	"""Released orders of 100 for five sales orders, due one day after the other."""

	def __init__(self, number=5, *, released=True, **fields):
		self.warehouse = testing.make_warehouse()
		self.part = testing.make_material()
		resource = testing.make_resource()
		self.item = testing.make_product(
			[{"item": self.part, "qty": 2, "source_warehouse": self.warehouse}],
			[{"operation": "Place", "resource": resource, "setup_mins": 30, "run_mins": 1}],
		)
		testing.receive_stock(self.part, self.warehouse, 200 * number)
		self.sales_orders, self.names = [], []
		for step in range(number):
			due_at = add_days(now_datetime(), 20 + step)
			sales_order = testing.make_sales_order(lines=[{"item": self.item.name, "qty": 100}])
			row = sales_order.items[0]
			order = testing.make_work_order(
				item=self.item.name,
				qty=100,
				due_at=due_at,
				customer=sales_order.customer,
				sales_order=sales_order.name,
				demands=[
					{
						"demand_type": "Sales Order",
						"sales_order": sales_order.name,
						"sales_order_item": row.name,
						"qty": 100,
						"due_on": due_at.date(),
					}
				],
				**fields,
			)
			if released:
				actions.act(order.name, "Release")
			self.sales_orders.append(sales_order)
			self.names.append(order.name)

	def merged(self, **ask):
		told = merge.merge(Ask(tuple(self.names), **ask))
		return told, floor.again(told["work_order"])

	def received(self):
		rows = [order.items[0] for order in self.sales_orders]
		numbers = demand.get_numbers(rows)
		return [numbers[row.name]["received_qty"] for row in rows]


def made(order, qty):
	"""The order is dispatched and picked, so much of it reported."""
	actions.act(order.name, "Dispatch")
	pick.pick(frappe.get_all(PICK_LIST, filters={"work_order": order.name}, pluck="name"))
	floor.done(order, 10, qty)
