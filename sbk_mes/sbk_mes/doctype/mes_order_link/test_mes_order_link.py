import frappe
from frappe.tests.utils import FrappeTestCase

from sbk_mes import testing
from sbk_mes.exceptions import TreeError


class TestOrderLink(FrappeTestCase):
	def make_link(self, child, parent):
		link = frappe.new_doc("MES Order Link")
		link.update({"link_type": "child-of", "from_order": child, "to_order": parent, "qty": 5})
		return link.insert()

	def test_is_part_of_the_record(self):
		parent, child = testing.make_work_order().name, testing.make_work_order().name
		link = self.make_link(child, parent)
		link.qty = 6
		with self.assertRaises(TreeError):
			link.save()

	def test_an_order_does_not_come_from_itself(self):
		order = testing.make_work_order().name
		with self.assertRaises(TreeError):
			self.make_link(order, order)

	def test_goes_with_a_draft_that_is_deleted(self):
		parent, child = testing.make_work_order().name, testing.make_work_order().name
		link = self.make_link(child, parent).name
		frappe.delete_doc("MES Work Order", child)
		self.assertFalse(frappe.db.exists("MES Order Link", link))
