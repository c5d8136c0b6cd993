"""Run with stand-ins that have the fields of ERPNext's Sales Order, never with ERPNext itself."""

import frappe
from frappe.tests.utils import FrappeTestCase, change_settings
from frappe.utils import add_days, getdate, today

from sbk_mes import install
from sbk_mes.conversion.run import convert
from sbk_mes.integrations.erpnext import find_mirror
from sbk_mes.orders import actions
from sbk_mes.testing import (
	as_user,
	convert_lines,
	make_customer,
	make_item,
	make_material,
	make_product,
	make_project,
	make_sales_order,
	make_user,
	unique,
)

BOX = {"uom": "Box", "stock_uom": "Nos", "conversion_factor": 12, "base_rate": 24}
IN_A_MONTH, LATER = add_days(today(), 30), add_days(today(), 44)


def erpnext_row(item, qty, **values):
	row = {"item_code": item, "qty": qty, "uom": "Nos", "delivery_date": IN_A_MONTH, "rate": 2.5, **values}
	return frappe._dict(row, name=frappe.generate_hash(length=10))


def erpnext_order(*rows, **values):
	for number, row in enumerate(rows, 1):
		row.idx = number
	order = {
		"name": unique("SAL-ORD"),
		"customer": unique("Nordwind"),
		"transaction_date": today(),
		"delivery_date": IN_A_MONTH,
		"items": list(rows),
	}
	return frappe._dict(order | values)


def fire(order, event):
	"""What hooks.py of this app does on the event, as ERPNext's document would."""
	for path in frappe.get_hooks("doc_events", app_name="sbk_mes")["Sales Order"][event]:
		frappe.get_attr(path)(order, event)


def arrive(*rows, **values):
	"""An ERPNext order that was just submitted, and its mirror."""
	order = erpnext_order(*rows, **values)
	fire(order, "on_submit")
	return order, mirror_of(order)


def mirror_of(order):
	name = find_mirror(order.name)
	return name and frappe.get_doc("MES Sales Order", name)


def convert_first_line(mirror):
	convert([{"sales_order": mirror.name, "line": 1}], frappe.generate_hash(length=20))


def convert_and_release(mirror):
	work_order = convert_lines(mirror)["results"][0]["work_order"]
	actions.act(work_order, "Release")
	return work_order


def comments_on(mirror):
	return frappe.get_all(
		"Comment",
		filters={"reference_name": mirror.name, "comment_type": "Comment"},
		pluck="content",
		order_by="creation asc",
	)


class TestERPNext(FrappeTestCase):
	def setUp(self):
		self.planner = make_user("MES Planner")
		self.item = make_item().name
		self.told_before = set(self.logs())

	def logs(self):
		return frappe.get_all(
			"Notification Log", filters={"for_user": self.planner}, pluck="name", order_by="name asc"
		)

	def told(self):
		"""What planners were told in this test."""
		return sorted(
			frappe.db.get_value("Notification Log", name, "subject")
			for name in self.logs()
			if name not in self.told_before
		)

	def test_a_submitted_order_has_a_submitted_mirror(self):
		order, mirror = arrive(
			erpnext_row(self.item, 5), erpnext_row(self.item, 7, delivery_date=LATER, base_rate=3)
		)
		self.assertEqual((mirror.docstatus, mirror.status, mirror.customer), (1, "Open", order.customer))
		self.assertEqual(getdate(mirror.due_on), getdate(IN_A_MONTH))
		self.assertEqual(
			[
				(row.item, row.qty, row.uom, getdate(row.due_on), row.is_promised, row.rate, row.external_row)
				for row in mirror.items
			],
			[
				(self.item, 5, "Nos", getdate(IN_A_MONTH), 1, 2.5, order["items"][0].name),
				(self.item, 7, "Nos", getdate(LATER), 1, 3, order["items"][1].name),
			],
		)
		self.assertFalse(self.told())

	def test_an_order_has_one_mirror(self):
		order, _mirror = arrive(erpnext_row(self.item, 5))
		fire(order, "on_submit")
		self.assertEqual(frappe.db.count("MES Sales Order", {"external_reference": order.name}), 1)

	def test_an_order_that_came_by_another_way_is_not_doubled(self):
		made = make_sales_order([{"item": self.item, "qty": 5}], external_reference=unique("SAL-ORD"))
		order = erpnext_order(erpnext_row(self.item, 5), name=made.external_reference)
		for event in ("on_submit", "on_update_after_submit"):
			fire(order, event)
		self.assertEqual(find_mirror(order.name), made.name)
		self.assertEqual(len(mirror_of(order).items), 1)

	def test_a_known_customer_and_project_are_taken(self):
		customer, project = make_customer(), make_project()
		_order, mirror = arrive(erpnext_row(self.item, 5), customer=customer, project=project)
		self.assertEqual((mirror.customer, mirror.project), (customer, project))

	def test_whoever_submits_in_erpnext_needs_no_role_here(self):
		with as_user():
			order, mirror = arrive(erpnext_row(self.item, 5))
			fire(order, "on_cancel")
		mirror.reload()
		self.assertEqual(mirror.docstatus, 2)

	def test_the_setting_switches_it_off(self):
		with change_settings("MES Settings", {"mirror_erpnext_orders": 0}):
			order, mirror = arrive(erpnext_row(self.item, 5))
		self.assertIsNone(mirror)
		fire(order, "on_update_after_submit")
		fire(order, "on_cancel")
		self.assertIsNone(mirror_of(order))

	def test_a_new_site_mirrors_and_one_that_is_older_than_the_setting(self):
		self.assertEqual(int(frappe.get_single("MES Settings").mirror_erpnext_orders), 1)
		switch = {"doctype": "MES Settings", "field": "mirror_erpnext_orders"}
		for stored, after in ((None, 1), (0, 0)):
			frappe.db.delete("Singles", switch)
			if stored is not None:
				frappe.db.set_single_value("MES Settings", "mirror_erpnext_orders", stored)
			install.after_migrate()
			self.assertEqual(int(frappe.get_single("MES Settings").mirror_erpnext_orders), after)
		frappe.db.set_single_value("MES Settings", "mirror_erpnext_orders", 1)

	def test_the_mirror_is_converted_as_its_policy_says(self):
		settings = frappe.get_doc("MES Settings")
		for row in settings.order_types:
			row.convert_on_submit = int(row.order_type == "MTO")
		settings.save()
		product = make_product().name
		_order, mirror = arrive(erpnext_row(product, 5))
		self.assertEqual(frappe.db.count("MES Work Order", {"sales_order": mirror.name}), 1)

	def test_what_is_not_made_here_is_left_out_and_named(self):
		bought, style = make_material(), make_item(is_style=1).name
		_order, mirror = arrive(
			erpnext_row(bought, 1),
			erpnext_row("Freight", 1),
			erpnext_row(self.item, 5),
			erpnext_row(style, 1),
			erpnext_row(make_item(disabled=1).name, 1),
			erpnext_row(self.item, 1, delivered_by_supplier=1),
		)
		self.assertEqual([(row.item, row.qty) for row in mirror.items], [(self.item, 5)])
		comment = comments_on(mirror)[0]
		for text in (f"1. {bought} (not", "2. Freight (not known", f"4. {style} (never", "5. ", "6. "):
			self.assertIn(text, comment)
		self.assertNotIn("3. ", comment)

	def test_planners_are_told_of_an_order_with_nothing_to_make(self):
		order, mirror = arrive(erpnext_row("Freight", 1))
		self.assertIsNone(mirror)
		self.assertEqual(len(self.told()), 1)
		self.assertIn(order.name, self.told()[0])
		self.assertIn("1. Freight (not known here)", self.told()[0])

	def test_a_unit_that_means_the_same_is_kept(self):
		item = make_item(uoms={"Box": 12}).name
		_order, mirror = arrive(erpnext_row(item, 3, **BOX))
		row = mirror.items[0]
		self.assertEqual((row.qty, row.uom, row.stock_qty, row.rate), (3, "Box", 36, 24))

	def test_a_unit_that_means_something_else_is_counted_in_stock_units(self):
		for uoms in ({}, {"Box": 10}):
			_order, mirror = arrive(erpnext_row(make_item(uoms=uoms).name, 3, **BOX))
			row = mirror.items[0]
			self.assertEqual((row.qty, row.uom, row.stock_qty, row.rate), (36, "Nos", 36, 2))

	def test_a_unit_nobody_can_convert_leaves_the_line_out(self):
		pallet = erpnext_row(self.item, 3, uom="Pallet")
		_order, mirror = arrive(pallet, erpnext_row(self.item, 5))
		self.assertEqual([row.qty for row in mirror.items], [5])
		self.assertIn("no factor from Pallet to Nos", comments_on(mirror)[0])

	def test_what_cannot_be_taken_over_never_blocks_and_leaves_nothing(self):
		customer = unique("Nordwind")
		order = erpnext_order(erpnext_row(self.item, 2.5), customer=customer)
		errors = frappe.db.count("Error Log")
		with as_user():
			said = len(frappe.local.message_log)
			fire(order, "on_submit")
		self.assertIsNone(mirror_of(order))
		self.assertFalse(frappe.db.exists("MES Customer", customer))
		self.assertEqual(frappe.db.count("Error Log"), errors + 1)
		self.assertEqual(frappe.local.message_log[said:], [])
		self.assertEqual(len(self.told()), 1)
		for text in (f"{order.name} could not be taken over", "Row 1: 2.5"):
			self.assertIn(text, self.told()[0])

	def test_a_cancelled_order_cancels_its_mirror(self):
		order, mirror = arrive(erpnext_row(self.item, 5))
		fire(order, "on_cancel")
		mirror.reload()
		self.assertEqual((mirror.docstatus, mirror.status), (2, "Cancelled"))
		self.assertFalse(self.told())

	def test_draft_work_orders_of_a_cancelled_order_are_named(self):
		order, mirror = arrive(erpnext_row(make_product().name, 5))
		work_order = convert_lines(mirror)["results"][0]["work_order"]
		fire(order, "on_cancel")
		self.assertIsNone(mirror_of(order))
		self.assertIn(work_order, self.told()[0])

	def test_a_cancelled_order_in_production_is_held_and_told(self):
		order, mirror = arrive(erpnext_row(make_product().name, 5))
		work_order = convert_and_release(mirror)
		with as_user():
			fire(order, "on_cancel")
		mirror.reload()
		self.assertEqual((mirror.docstatus, mirror.status), (1, "On Hold"))
		self.assertIn(order.name, self.told()[0])
		self.assertIn(work_order, self.told()[0])

	def test_the_successor_of_a_cancelled_order_is_mirrored_anew(self):
		order, mirror = arrive(erpnext_row(self.item, 5))
		fire(order, "on_cancel")
		_successor, second = arrive(erpnext_row(self.item, 6), amended_from=order.name)
		self.assertEqual((second.docstatus, second.items[0].qty), (1, 6))
		self.assertNotEqual(second.name, mirror.name)

	def test_the_successor_of_an_order_in_production_waits_as_a_draft(self):
		order, mirror = arrive(erpnext_row(make_product().name, 5))
		convert_and_release(mirror)
		fire(order, "on_cancel")
		successor, second = arrive(erpnext_row(self.item, 6), amended_from=order.name)
		self.assertEqual(second.docstatus, 0)
		self.assertTrue(any(second.name in text and mirror.name in text for text in self.told()))
		successor["items"][0].qty = 8
		fire(successor, "on_update_after_submit")
		self.assertEqual(mirror_of(successor).items[0].stock_qty, 8)
		fire(successor, "on_cancel")
		self.assertFalse(frappe.db.exists("MES Sales Order", second.name))

	def test_changes_of_unconverted_lines_are_carried_over(self):
		order, mirror = arrive(erpnext_row(self.item, 5), erpnext_row(self.item, 7))
		order["items"][0].qty = 9
		order["items"][1].update(delivery_date=LATER, rate=4)
		order.delivery_date = LATER
		with as_user():
			fire(order, "on_update_after_submit")
		mirror.reload()
		self.assertEqual([(row.qty, row.stock_qty) for row in mirror.items], [(9, 9), (7, 7)])
		self.assertEqual([getdate(row.due_on) for row in mirror.items], [getdate(IN_A_MONTH), getdate(LATER)])
		self.assertEqual((getdate(mirror.due_on), mirror.items[1].rate), (getdate(LATER), 4))
		self.assertEqual((mirror.docstatus, mirror.status), (1, "Open"))
		self.assertFalse(self.told())

	def test_a_change_of_a_converted_line_is_told_and_not_made(self):
		order, mirror = arrive(erpnext_row(make_product().name, 5), erpnext_row(self.item, 7))
		convert_first_line(mirror)
		order["items"][0].update(qty=9, delivery_date=LATER)
		order["items"][1].qty = 8
		fire(order, "on_update_after_submit")
		self.assertEqual([row.qty for row in mirror_of(order).items], [5, 8])
		self.assertEqual(len(self.told()), 1)
		for text in (f"{mirror.name}, row 1", f"5 Nos, {IN_A_MONTH}", f"9 Nos, {LATER}"):
			self.assertIn(text, self.told()[0])

	def test_a_message_is_not_repeated_while_unread(self):
		order, mirror = arrive(erpnext_row(make_product().name, 5))
		convert_lines(mirror)
		order["items"][0].qty = 9
		fire(order, "on_update_after_submit")
		fire(order, "on_update_after_submit")
		self.assertEqual(len(self.told()), 1)

	def test_an_update_that_changes_nothing_writes_nothing(self):
		order, mirror = arrive(erpnext_row(self.item, 5), erpnext_row("Freight", 1))
		fire(order, "on_update_after_submit")
		self.assertEqual(mirror_of(order).modified, mirror.modified)
		self.assertEqual(len(comments_on(mirror)), 1)

	def test_new_and_removed_lines_follow(self):
		order, mirror = arrive(erpnext_row(self.item, 5), erpnext_row(self.item, 7))
		order["items"] = [order["items"][1], erpnext_row(self.item, 11, idx=2)]
		fire(order, "on_update_after_submit")
		rows = mirror_of(order).items
		self.assertEqual([(row.idx, row.stock_qty, row.docstatus) for row in rows], [(1, 7, 1), (2, 11, 1)])
		self.assertEqual(len(self.told()), 1)
		self.assertIn(f"{mirror.name}, row 2", self.told()[0])

	def test_a_removed_line_that_is_converted_stays_and_is_told(self):
		order, mirror = arrive(erpnext_row(make_product().name, 5), erpnext_row(self.item, 7))
		convert_first_line(mirror)
		del order["items"][0]
		fire(order, "on_update_after_submit")
		self.assertEqual([row.qty for row in mirror_of(order).items], [5, 7])
		self.assertIn(f"{mirror.name}, row 1", self.told()[0])

	def test_a_change_that_is_refused_leaves_the_mirror_as_it_was(self):
		order, mirror = arrive(erpnext_row(self.item, 5), erpnext_row(self.item, 7))
		order["items"][0].qty, order["items"][1].qty = 6, 7.5
		fire(order, "on_update_after_submit")
		self.assertEqual([row.qty for row in mirror_of(order).items], [5, 7])
		self.assertIn("Row 2: 7.5", self.told()[0])
		self.assertEqual(mirror_of(order).modified, mirror.modified)
