import frappe
from frappe.tests.utils import FrappeTestCase

from sbk_mes.exceptions import LedgerError
from sbk_mes.testing import make_material, make_work_order, refused


class TestMESLotTrace(FrappeTestCase):
	def test_is_written_by_reports_only(self):
		trace = frappe.new_doc("MES Lot Trace")
		trace.update({"work_order": make_work_order().name, "item": make_material(), "lot": "A", "qty": 1})
		with refused(LedgerError) as refusal:
			trace.insert()
		self.assertIn("Reverse the report", refusal.message)
		trace.flags.is_posting = True
		trace.insert()
		for change in (lambda: trace.update({"qty": 2}).save(), trace.delete):
			with refused(LedgerError):
				change()
