import frappe
from frappe.tests.utils import FrappeTestCase

from sbk_mes import testing
from sbk_mes.exceptions import InboundLimitError, PostingError
from sbk_mes.orders import actions
from sbk_mes.shopfloor import report


class TestMESInbound(FrappeTestCase):
	def setUp(self):
		part = testing.make_material(backflush=1)
		store = testing.make_warehouse()
		testing.receive_stock(part, store, 100)
		self.warehouse = testing.make_warehouse(kind="Finished")
		item = testing.make_product(
			[{"item": part, "qty": 1, "source_warehouse": store}],
			[{"operation": "Make", "resource": testing.make_resource()}],
			fg_warehouse=self.warehouse,
		)
		self.order = testing.make_work_order(item=item.name, qty=10).name
		for action in ("Release", "Dispatch"):
			actions.act(self.order, action)
		report.report(self.order, 10, 6)

	def draft(self, qty):
		return testing.make("MES Inbound", work_order=self.order, qty=qty, warehouse=self.warehouse)

	def test_a_draft_of_the_form_has_its_effects_when_submitted(self):
		receipt = self.draft(4)
		self.assertEqual(frappe.db.get_value("MES Work Order", self.order, "inbound_qty"), 0)
		receipt.submit()
		self.assertEqual(frappe.db.get_value("MES Work Order", self.order, "inbound_qty"), 4)
		self.assertEqual(
			frappe.db.get_value("MES Stock Entry", receipt.stock_entry, "work_order"), self.order
		)

	def test_two_drafts_do_not_add_up_to_more_than_there_is(self):
		first, second = self.draft(4), self.draft(4)
		first.submit()
		with testing.refused(InboundLimitError):
			second.submit()

	def test_a_posted_receipt_is_neither_edited_nor_cancelled_nor_reversed_by_hand(self):
		receipt = self.draft(4)
		receipt.submit()
		with testing.refused(frappe.ValidationError):
			frappe.get_doc("MES Inbound", receipt.name).update({"qty": 5}).save()
		with testing.refused((PostingError, frappe.ValidationError)):
			frappe.get_doc("MES Inbound", receipt.name).cancel()
		with testing.refused(PostingError):
			testing.make(
				"MES Inbound",
				work_order=self.order,
				qty=4,
				warehouse=self.warehouse,
				is_reversal=1,
				reverses=receipt.name,
			)

	def test_value_and_stock_entry_are_not_given_by_hand(self):
		receipt = testing.make(
			"MES Inbound",
			work_order=self.order,
			qty=1,
			warehouse=self.warehouse,
			value=999,
			unit_value=999,
			final_value=999,
		)
		receipt.submit()
		stored = frappe.db.get_value("MES Inbound", receipt.name, ["value", "final_value"])
		self.assertEqual(stored, (0, 0))
