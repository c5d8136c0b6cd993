import frappe
from frappe.tests.utils import FrappeTestCase

from sbk_mes.exceptions import ItemError, MasterDataError, QuantityError, UOMError
from sbk_mes.testing import (
	make_bom,
	make_item,
	make_material,
	make_routing,
	make_uom,
	make_warehouse,
	receive_stock,
	refused,
	unique,
)


class TestMESItem(FrappeTestCase):
	def test_a_variant_names_a_style(self):
		plain_item = make_item()
		with refused(ItemError) as refusal:
			make_item(style=plain_item.name, colour="Red")
		self.assertIn(plain_item.name, refusal.message)

	def test_a_variant_has_a_colour_or_a_size(self):
		style = make_item(is_style=1)
		with refused(ItemError):
			make_item(style=style.name)
		make_item(style=style.name, size="M")

	def test_a_style_has_each_colour_and_size_once(self):
		style = make_item(is_style=1)
		first = make_item(style=style.name, colour="Red", size="M")
		make_item(style=style.name, colour="Red", size="L")
		with refused(ItemError) as refusal:
			make_item(style=style.name, colour=" red", size="m")
		self.assertIn(first.name, refusal.message)

	def test_a_style_with_variants_stays_a_style(self):
		style = make_item(is_style=1)
		make_item(style=style.name, colour="Red")
		style.is_style = 0
		with refused(ItemError):
			style.save()

	def test_a_style_is_no_variant(self):
		style = make_item(is_style=1)
		with refused(ItemError):
			make_item(is_style=1, style=style.name, colour="Red")

	def test_only_made_items_are_phantoms(self):
		with refused(ItemError):
			make_item(supply="Buy", is_phantom=1)

	def test_unit_factors_are_positive_and_unique(self):
		with refused(UOMError):
			make_item(uoms={"Box": 0})
		with refused(UOMError):
			make_item(uoms={"Nos": 2})
		item = make_item(uoms={"Box": 12})
		item.append("uoms", {"uom": "Box", "factor": 10})
		with refused(UOMError):
			item.save()

	def test_counted_items_are_planned_in_whole_numbers(self):
		with refused(QuantityError) as refusal:
			make_item(safety_stock_qty=2.5)
		self.assertIn("2.5", refusal.message)
		make_item(stock_uom=make_uom(unique("kg"), whole=False), safety_stock_qty=2.5)

	def test_order_up_to_covers_the_safety_stock(self):
		with refused(ItemError):
			make_item(safety_stock_qty=100, order_up_to_qty=99)
		make_item(safety_stock_qty=100, order_up_to_qty=300)

	def test_lot_sizes_leave_a_quantity_to_make(self):
		with refused(ItemError):
			make_item(lot_min_qty=60, lot_max_qty=50)
		with refused(ItemError):
			make_item(lot_min_qty=60, lot_max_qty=90, lot_multiple_qty=50)
		with refused(ItemError):
			make_item(lot_max_qty=40, lot_multiple_qty=50)
		make_item(lot_min_qty=50, lot_max_qty=120, lot_multiple_qty=50)

	def test_default_bom_and_routing_make_this_item(self):
		other = make_item()
		bom = make_bom(other.name, [{"item": make_material(), "qty": 1}])
		routing = make_routing(item=other.name)
		item = make_item()
		item.default_bom = bom
		with refused(ItemError):
			item.save()
		item.reload()
		item.default_routing = routing
		with refused(ItemError):
			item.save()

	def test_choosing_a_default_bom_moves_the_flag(self):
		item, material = make_item(), make_material()
		first = make_bom(item.name, [{"item": material, "qty": 1}])
		second = make_bom(item.name, [{"item": material, "qty": 2}])
		item.reload()
		self.assertEqual(item.default_bom, first)
		item.default_bom = second
		item.save()
		flags = {bom: frappe.db.get_value("MES BOM", bom, "is_default") for bom in (first, second)}
		self.assertEqual(flags, {first: 0, second: 1})

	def test_without_a_default_no_bom_carries_the_flag(self):
		item = make_item()
		bom = make_bom(item.name)
		item.reload()
		item.default_bom = None
		item.save()
		self.assertEqual(frappe.db.get_value("MES BOM", bom, "is_default"), 0)

	def test_the_stock_unit_stays_once_stock_was_counted(self):
		item, warehouse = make_item(), make_warehouse()
		item.stock_uom = make_uom("Set")
		item.save()
		receive_stock(item.name, warehouse, 1)
		item.stock_uom = "Nos"
		with refused(UOMError):
			item.save()

	def test_renaming_takes_the_balances_along(self):
		item, warehouse = make_material(), make_warehouse()
		receive_stock(item, warehouse, 3)
		new = unique("ITEM")
		frappe.rename_doc("MES Item", item, new)
		balance = frappe.get_last_doc("MES Stock Balance", {"item": new})
		self.assertEqual((balance.name, balance.on_hand_qty), (f"{new} @ {warehouse}", 3))
		receive_stock(new, warehouse, 2)
		self.assertEqual(frappe.db.get_value("MES Stock Balance", balance.name, "on_hand_qty"), 5)

	def test_items_with_stock_are_not_merged(self):
		item, other = make_material(), make_material()
		receive_stock(item, make_warehouse(), 3)
		with refused(MasterDataError):
			frappe.rename_doc("MES Item", item, other, merge=True)
