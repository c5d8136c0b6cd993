import frappe
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase

from sbk_mes import testing
from sbk_mes.exceptions import GuardedFieldError, StateError

WORK_ORDER, PICK_LIST = "MES Work Order", "MES Pick List"


def make_picked_order():
	warehouse = testing.make_warehouse()
	part = testing.make_item(supply="Buy", source_warehouse=warehouse)
	item = testing.make_product([{"item": part.name, "qty": 2}])
	order = apply_workflow(testing.make_work_order(item=item.name), "Release")
	return order, frappe.get_doc(PICK_LIST, {"work_order": order.name})


class TestPickList(FrappeTestCase):
	def test_holds_the_materials_of_its_order(self):
		order, pick_list = make_picked_order()
		line = pick_list.items[0]
		self.assertEqual(
			(line.item, line.required_qty, line.material_row),
			(order.materials[0].item, 200, order.materials[0].name),
		)
		self.assertEqual((pick_list.status, pick_list.op_no), ("Open", 10))

	def test_only_the_lot_is_chosen_by_hand(self):
		_order, pick_list = make_picked_order()
		pick_list.items[0].lot = "L1"
		pick_list.save()
		for field, value in (("required_qty", 5), ("picked_qty", 5)):
			pick_list.reload()
			pick_list.items[0].set(field, value)
			with self.assertRaises(GuardedFieldError):
				pick_list.save()
		pick_list.reload()
		pick_list.status = "Picked"
		with self.assertRaises(GuardedFieldError):
			pick_list.save()

	def test_status_follows_what_is_picked(self):
		_order, pick_list = make_picked_order()
		for picked, status in ((5, "Partly Picked"), (200, "Picked"), (0, "Open")):
			pick_list.flags.is_posting = True
			pick_list.items[0].picked_qty = picked
			self.assertEqual(pick_list.save().status, status)

	def test_is_not_deleted_once_picked_from(self):
		_order, pick_list = make_picked_order()
		pick_list.flags.is_posting = True
		pick_list.items[0].picked_qty = 5
		pick_list.save()
		with self.assertRaises(StateError):
			frappe.delete_doc(PICK_LIST, pick_list.name)

	def test_an_order_that_was_called_off_has_nothing_to_pick(self):
		order = apply_workflow(testing.make_work_order(), "Cancel")
		pick_list = frappe.new_doc(PICK_LIST)
		pick_list.update({"work_order": order.name})
		pick_list.append("items", {"item": order.materials[0].item, "required_qty": 1})
		with self.assertRaises(StateError):
			pick_list.insert()

	def test_drafts_made_before_release_are_opened_when_they_still_fit(self):
		warehouse = testing.make_warehouse()
		part = testing.make_item(supply="Buy", source_warehouse=warehouse)
		order = testing.make_work_order(item=testing.make_product([{"item": part.name, "qty": 1}]).name)
		drafts = [self.make_draft(order, warehouse, qty) for qty in (100, 70)]
		apply_workflow(order, "Release")
		left = frappe.get_all(
			PICK_LIST, filters={"work_order": order.name}, fields=["name", "status"], order_by="name asc"
		)
		self.assertEqual([(row.name, row.status) for row in left], [(drafts[0], "Open")])

	def make_draft(self, order, warehouse, qty):
		pick_list = frappe.new_doc(PICK_LIST)
		pick_list.update({"work_order": order.name, "op_no": 10, "warehouse": warehouse})
		row = order.materials[0]
		pick_list.append(
			"items",
			{"item": row.item, "required_qty": qty, "uom": row.uom, "material_row": row.name},
		)
		return pick_list.insert().name
