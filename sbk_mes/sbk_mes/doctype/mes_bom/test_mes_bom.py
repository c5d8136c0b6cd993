import frappe
from frappe.tests.utils import FrappeTestCase

from sbk_mes import testing
from sbk_mes.exceptions import BOMCycleError, BOMError, QuantityError, UOMError
from sbk_mes.testing import make_item, make_material, make_routing, refused


def make_bom(item, components, **fields):
	rows = [row if isinstance(row, dict) else {"item": row[0], "qty": row[1]} for row in components]
	return frappe.get_doc("MES BOM", testing.make_bom(item, rows, **fields))


class TestMESBOM(FrappeTestCase):
	def setUp(self):
		self.item = make_item()
		self.material = make_material()

	def test_the_whole_circle_is_printed(self):
		a, b, c = (make_item().name for _ in range(3))
		make_bom(a, [(b, 1)])
		make_bom(b, [(self.material, 1), (c, 2)])
		with refused(BOMCycleError) as refusal:
			make_bom(c, [(a, 1)])
		self.assertEqual(refusal.code, "E-BOM")
		self.assertIn(f"{c} → {a} → {b} → {c}", refusal.message)

	def test_a_circle_through_a_bom_that_is_not_the_default_is_found(self):
		a, b = make_item().name, make_item().name
		make_bom(a, [(self.material, 1)])
		make_bom(a, [(b, 1)])
		with refused(BOMCycleError):
			make_bom(b, [(a, 1)])

	def test_an_inactive_bom_closes_no_circle_until_it_is_activated(self):
		a, b = make_item().name, make_item().name
		make_bom(a, [(b, 1)])
		bom = make_bom(b, [(a, 1)], is_active=0)
		bom.is_active = 1
		with refused(BOMCycleError):
			bom.save()

	def test_changing_a_bom_forgets_its_former_components(self):
		a, b = make_item().name, make_item().name
		bom = make_bom(a, [(b, 1)])
		bom.items[0].item = self.material
		bom.save()
		make_bom(b, [(a, 1)])

	def test_an_item_is_no_component_of_itself(self):
		with refused(BOMCycleError):
			make_bom(self.item.name, [(self.item.name, 1)])

	def test_base_quantity_and_components_are_above_zero(self):
		with refused(BOMError):
			make_bom(self.item.name, [(self.material, 1)], base_qty=0)
		with refused(QuantityError):
			make_bom(self.item.name, [(self.material, 0)])
		with refused(BOMError):
			frappe.new_doc("MES BOM").update({"item": self.item.name}).insert()

	def test_a_component_stands_once_per_operation_and_position(self):
		row = {"item": self.material, "qty": 1, "op_no": 10}
		with refused(BOMError) as refusal:
			make_bom(self.item.name, [row, row])
		self.assertIn(self.material, refusal.message)
		make_bom(self.item.name, [row, {**row, "op_no": 20}, {**row, "position": "R1"}])

	def test_components_name_operations_of_the_routing(self):
		routing = make_routing()
		row = {"item": self.material, "qty": 1, "op_no": 30}
		with refused(BOMError) as refusal:
			make_bom(self.item.name, [row], routing=routing)
		self.assertIn("10, 20", refusal.message)
		make_bom(self.item.name, [{**row, "op_no": 20}], routing=routing)

	def test_the_routing_makes_this_item(self):
		routing = make_routing(item=make_item().name)
		with refused(BOMError):
			make_bom(self.item.name, [(self.material, 1)], routing=routing)

	def test_a_component_in_another_unit_needs_its_factor(self):
		boxed = make_item(supply="Buy", uoms={"Box": 12})
		make_bom(self.item.name, [{"item": boxed.name, "qty": 1, "uom": "Box"}])
		with refused(UOMError):
			make_bom(self.item.name, [{"item": self.material, "qty": 1, "uom": "Box"}])

	def test_a_style_is_no_component(self):
		with refused(BOMError):
			make_bom(self.item.name, [(make_item(is_style=1).name, 1)])

	def test_a_sub_bom_makes_its_component(self):
		other = make_bom(make_item().name, [(self.material, 1)])
		with refused(BOMError):
			make_bom(self.item.name, [{"item": make_item().name, "qty": 1, "sub_bom": other.name}])

	def test_validity_ends_after_it_begins(self):
		with refused(BOMError):
			make_bom(self.item.name, [(self.material, 1)], valid_from="2026-02-01", valid_to="2026-01-31")

	def test_scrap_stays_below_all_of_it(self):
		with refused(BOMError):
			make_bom(self.item.name, [{"item": self.material, "qty": 1, "scrap_pct": 100}])

	def test_an_item_has_one_default_bom(self):
		first = make_bom(self.item.name, [(self.material, 1)])
		second = make_bom(self.item.name, [(self.material, 2)])
		self.assertEqual((first.is_default, second.is_default), (1, 0))
		second.is_default = 1
		second.save()
		self.assertEqual(frappe.db.get_value("MES BOM", first.name, "is_default"), 0)
		self.assertEqual(frappe.db.get_value("MES Item", self.item.name, "default_bom"), second.name)

	def test_an_inactive_bom_is_no_default(self):
		bom = make_bom(self.item.name, [(self.material, 1)])
		bom.is_active = 0
		bom.save()
		self.assertEqual(bom.is_default, 0)
		self.assertFalse(frappe.db.get_value("MES Item", self.item.name, "default_bom"))

	def test_a_default_bom_can_be_deleted(self):
		bom = make_bom(self.item.name, [(self.material, 1)])
		frappe.delete_doc("MES BOM", bom.name)
		self.assertFalse(frappe.db.get_value("MES Item", self.item.name, "default_bom"))
