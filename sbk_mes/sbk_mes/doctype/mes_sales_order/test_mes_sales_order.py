import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, getdate, today

from sbk_mes.api.demand import open_lines
from sbk_mes.exceptions import (
	BOMError,
	ItemError,
	QuantityError,
	RoutingError,
	SalesOrderStateError,
	UOMError,
)
from sbk_mes.orders import actions
from sbk_mes.testing import (
	as_user,
	convert_lines,
	make_bom,
	make_customer,
	make_item,
	make_product,
	make_project,
	make_routing,
	make_sales_order,
	make_uom,
	refused,
	unique,
)


class TestMESSalesOrder(FrappeTestCase):
	def setUp(self):
		self.item = make_item(uoms={"Box": 12}).name
		self.customer = make_customer()

	def order(self, *lines, **values):
		rows = [row if isinstance(row, dict) else {"item": row[0], "qty": row[1]} for row in lines]
		return make_sales_order(rows or [{"item": self.item, "qty": 5}], customer=self.customer, **values)

	def test_lines_are_counted_in_stock_units(self):
		order = self.order({"item": self.item, "qty": 3, "uom": "Box"}, {"item": self.item, "qty": 4})
		self.assertEqual([row.stock_qty for row in order.items], [36, 4])
		self.assertEqual([row.uom for row in order.items], ["Box", "Nos"])

	def test_a_unit_without_factor_is_refused(self):
		with refused(UOMError) as refusal:
			self.order({"item": self.item, "qty": 3, "uom": make_uom("Set")})
		self.assertEqual(refusal.code, "E-UOM")

	def test_quantities_are_above_zero_and_whole_where_counted(self):
		for qty in (0, 2.5):
			with refused(QuantityError):
				self.order((self.item, qty))
		kilos = make_item(stock_uom="kg").name
		self.assertEqual(self.order((kilos, 2.5)).items[0].stock_qty, 2.5)

	def test_half_a_counted_piece_is_refused_after_conversion_too(self):
		half = make_uom(unique("half"), whole=False)
		item = make_item(uoms={half: 0.5}).name
		with refused(QuantityError):
			self.order({"item": item, "qty": 3, "uom": half})

	def test_styles_and_disabled_items_are_not_ordered(self):
		with refused(ItemError):
			self.order((make_item(is_style=1).name, 1))
		with refused(ItemError):
			self.order((make_item(disabled=1).name, 1))

	def test_lines_take_the_orders_date_and_project(self):
		project = make_project()
		order = self.order(project=project, due_on=add_days(today(), 9))
		self.assertEqual(getdate(order.items[0].due_on), getdate(add_days(today(), 9)))
		self.assertEqual(order.items[0].project, project)

	def test_nothing_is_due_before_it_is_ordered(self):
		with refused(SalesOrderStateError):
			self.order({"item": self.item, "qty": 1, "due_on": add_days(today(), -1)})

	def test_bom_and_routing_of_a_line_make_its_item(self):
		other = make_item().name
		bom = make_bom(other)
		with refused(BOMError):
			self.order({"item": self.item, "qty": 1, "bom": bom})
		with refused(RoutingError):
			self.order({"item": self.item, "qty": 1, "routing": make_routing(item=other)})

	def test_status_follows_the_document(self):
		order = self.order(submit=False)
		self.assertEqual(order.status, "Draft")
		order.submit()
		self.assertEqual(frappe.db.get_value("MES Sales Order", order.name, "status"), "Open")
		order.cancel()
		self.assertEqual(frappe.db.get_value("MES Sales Order", order.name, "status"), "Cancelled")

	def test_a_new_order_cannot_claim_to_be_open(self):
		self.assertEqual(self.order(submit=False, status="Open").status, "Draft")

	def test_hold_resume_close_and_reopen(self):
		order = self.order()
		for call, status in (
			(lambda: order.hold("Customer asks for time"), "On Hold"),
			(order.resume, "Open"),
			(lambda: order.close("Enough delivered"), "Closed"),
			(order.reopen, "Open"),
		):
			call()
			self.assertEqual(frappe.db.get_value("MES Sales Order", order.name, "status"), status)

	def test_moves_that_do_not_exist_are_refused(self):
		draft = self.order(submit=False)
		with refused(SalesOrderStateError):
			draft.hold("too early")
		order = self.order()
		with refused(SalesOrderStateError):
			order.resume()
		with refused(SalesOrderStateError):
			order.hold("  ")
		order.reload()
		order.close("done")
		with refused(SalesOrderStateError):
			order.hold("closed already")

	def test_status_is_not_edited(self):
		order = self.order()
		order.status = "Closed"
		with refused(SalesOrderStateError):
			order.save()

	def test_deliveries_are_not_edited(self):
		order = self.order()
		order.items[0].delivered_qty = 3
		with refused(SalesOrderStateError):
			order.save()

	def test_a_storekeeper_does_not_hold_orders(self):
		name = self.order().name
		with as_user("MES Storekeeper"), self.assertRaises(frappe.PermissionError):
			frappe.get_doc("MES Sales Order", name).hold("not mine")

	def test_a_planner_holds_and_resumes_orders(self):
		name = self.order().name
		with as_user("MES Planner"):
			frappe.get_doc("MES Sales Order", name).hold("Customer asks for time")
			frappe.get_doc("MES Sales Order", name).resume()
		self.assertEqual(frappe.db.get_value("MES Sales Order", name, "status"), "Open")

	def test_an_order_with_a_live_work_order_is_not_cancelled(self):
		order = make_sales_order([{"item": make_product().name, "qty": 5}])
		work_order = convert_lines(order)["results"][0]["work_order"]
		actions.act(work_order, "Release")
		order.reload()
		with refused(SalesOrderStateError) as refusal:
			order.cancel()
		self.assertIn(work_order, refusal.message)
		actions.cancel_order(work_order)
		order.reload()
		order.cancel()
		self.assertEqual(order.status, "Cancelled")

	def test_draft_work_orders_do_not_hold_an_order(self):
		order = make_sales_order([{"item": make_product().name, "qty": 5}])
		work_order = convert_lines(order)["results"][0]["work_order"]
		order.reload()
		order.cancel()
		self.assertIn(work_order, frappe.message_log[-1]["message"])

	def test_open_lines_count_what_no_work_order_is_made_for(self):
		product = make_product().name
		order = make_sales_order([{"item": product, "qty": 5}, {"item": product, "qty": 7}])
		convert_lines(order, qty=4)
		rows = open_lines([order.name])
		self.assertEqual([(row["idx"], row["open_qty"]) for row in rows], [(1, 1), (2, 3)])

	def test_an_empty_order_type_leaves_it_to_the_items_policy(self):
		item = make_product(default_order_type="MTS").name
		order = make_sales_order([{"item": item, "qty": 5}], customer=None)
		self.assertFalse(order.items[0].order_type)
		self.assertEqual(open_lines([order.name])[0]["order_type"], "MTS")
