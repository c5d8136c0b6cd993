import frappe
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase

from sbk_mes import testing
from sbk_mes.exceptions import OrderTypeError
from sbk_mes.orders.rollup import TOTALS, recompute

PRODUCTION_ORDER, WORK_ORDER = "MES Production Order", "MES Work Order"


def make_production_order(**fields):
	order = frappe.new_doc(PRODUCTION_ORDER)
	order.update({"title": testing.unique("Group"), **fields})
	return order.insert().name


class TestProductionOrder(FrappeTestCase):
	def totals(self, name):
		return frappe.db.get_value(PRODUCTION_ORDER, name, list(TOTALS), as_dict=True)

	def assert_recomputed_alike(self, name):
		followed = self.totals(name)
		recompute(name)
		self.assertEqual(self.totals(name), followed)

	def test_totals_follow_the_work_orders(self):
		group, other = make_production_order(), make_production_order()
		orders = [testing.make_work_order(qty=qty, production_order=group) for qty in (10, 20, 30)]
		testing.make_work_order(qty=5, production_order=group, parent_work_order=orders[0].name)
		totals = self.totals(group)
		self.assertEqual((totals.orders_count, totals.open_orders_count, totals.planned_qty), (4, 4, 60))
		self.assert_recomputed_alike(group)
		apply_workflow(orders[1], "Cancel")
		orders[2].production_order = other
		orders[2].save()
		self.assertEqual(self.totals(group).planned_qty, 10)
		self.assertEqual(self.totals(other).planned_qty, 30)
		orders[2].delete()
		self.assertEqual((self.totals(other).orders_count, self.totals(other).planned_qty), (0, 0))
		for name in (group, other):
			followed = self.totals(name)
			recompute(name)
			for field in set(TOTALS) - {"due_at"}:
				self.assertEqual(self.totals(name)[field], followed[field], field)

	def test_progress_follows_good_quantities(self):
		group = make_production_order()
		order = apply_workflow(testing.make_work_order(qty=50, production_order=group), "Release")
		order.flags.is_posting = True
		order.good_qty = 20
		order.save()
		self.assertEqual((self.totals(group).good_qty, self.totals(group).progress_pct), (20, 40))
		self.assert_recomputed_alike(group)

	def test_nobody_enters_totals(self):
		name = make_production_order(planned_qty=5)
		self.assertFalse(self.totals(name).planned_qty)
		testing.make_work_order(qty=10, production_order=name)
		group = frappe.get_doc(PRODUCTION_ORDER, name)
		group.planned_qty = 99
		group.save()
		self.assertEqual(self.totals(name).planned_qty, 10)

	def test_a_style_and_a_project_are_named(self):
		for kind in ("Style", "Project"):
			with self.assertRaises(OrderTypeError):
				make_production_order(kind=kind)
