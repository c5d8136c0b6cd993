import frappe
from frappe.tests.utils import FrappeTestCase

from sbk_mes.exceptions import MasterDataError
from sbk_mes.testing import make_material, make_warehouse, make_workshop, receive_stock, refused


class TestMESWarehouse(FrappeTestCase):
	def test_a_warehouse_with_stock_is_not_disabled(self):
		warehouse, item = frappe.get_doc("MES Warehouse", make_warehouse()), make_material()
		receive_stock(item, warehouse.name, 4)
		warehouse.disabled = 1
		with refused(MasterDataError) as refusal:
			warehouse.save()
		self.assertIn(item, refusal.message)

	def test_an_unused_warehouse_can_be_deleted(self):
		warehouse = make_warehouse()
		frappe.delete_doc("MES Warehouse", warehouse)
		self.assertFalse(frappe.db.exists("MES Warehouse", warehouse))

	def test_a_workshop_uses_its_own_open_warehouses(self):
		closed = make_warehouse(disabled=1)
		elsewhere = make_warehouse(workshop=make_workshop())
		for warehouse in (closed, elsewhere):
			with refused(MasterDataError):
				make_workshop(wip_warehouse=warehouse)
