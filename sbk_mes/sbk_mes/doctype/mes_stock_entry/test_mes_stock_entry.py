from decimal import Decimal

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_to_date, now_datetime

from sbk_mes.exceptions import LedgerError, NegativeStockError, QuantityError, StockError
from sbk_mes.rules.quantities import exact
from sbk_mes.stock import ledger
from sbk_mes.testing import (
	make_item,
	make_material,
	make_stock_entry,
	make_warehouse,
	receive_stock,
	refused,
	unique,
)


def on_hand(item, warehouse):
	return (
		frappe.db.get_value("MES Stock Balance", {"item": item, "warehouse": warehouse}, "on_hand_qty") or 0
	)


def ledger_sum(item, warehouse):
	quantities = frappe.get_all(
		"MES Stock Ledger Entry",
		filters={"item": item, "warehouse": warehouse},
		pluck="qty",
		order_by="creation asc",
	)
	return float(sum((exact(qty) for qty in quantities), Decimal(0)))


class TestMESStockEntry(FrappeTestCase):
	def setUp(self):
		self.item = make_material()
		self.store = make_warehouse()
		self.line = make_warehouse(kind="WIP")

	def test_a_receipt_an_issue_and_a_transfer_move_balances(self):
		receive_stock(self.item, self.store, 10)
		make_stock_entry(
			"Transfer",
			[{"item": self.item, "qty": 4, "from_warehouse": self.store, "to_warehouse": self.line}],
		)
		make_stock_entry("Issue", [{"item": self.item, "qty": 1, "from_warehouse": self.line}])
		self.assertEqual((on_hand(self.item, self.store), on_hand(self.item, self.line)), (6, 3))

	def test_balances_are_the_sums_of_the_ledger(self):
		kilos = make_material(stock_uom="kg")
		for qty in (0.1, 0.2, 0.000000003, 12.7):
			receive_stock(kilos, self.store, qty)
		entry = make_stock_entry(
			"Transfer", [{"item": kilos, "qty": 0.3, "from_warehouse": self.store, "to_warehouse": self.line}]
		)
		entry.cancel()
		make_stock_entry("Adjustment", [{"item": kilos, "qty": 0.000000003, "from_warehouse": self.store}])
		for warehouse in (self.store, self.line):
			self.assertEqual(on_hand(kilos, warehouse), ledger_sum(kilos, warehouse))
		self.assertEqual((on_hand(kilos, self.store), on_hand(kilos, self.line)), (13.0, 0))

	def test_cancelling_posts_the_reverse(self):
		entry = receive_stock(self.item, self.store, 10)
		entry.cancel()
		quantities = frappe.get_all(
			"MES Stock Ledger Entry", filters={"stock_entry": entry.name}, pluck="qty", order_by="qty asc"
		)
		self.assertEqual(quantities, [-10, 10])
		self.assertEqual(on_hand(self.item, self.store), 0)

	def test_stock_never_falls_below_zero(self):
		receipt = receive_stock(self.item, self.store, 10)
		with refused(NegativeStockError) as refusal:
			make_stock_entry("Issue", [{"item": self.item, "qty": 10.0 + 1, "from_warehouse": self.store}])
		for word in (self.item, self.store, "10", "11"):
			self.assertIn(word, refusal.message)
		self.assertEqual(on_hand(self.item, self.store), 10)
		make_stock_entry("Issue", [{"item": self.item, "qty": 1, "from_warehouse": self.store}])
		with refused(NegativeStockError):
			receipt.reload()
			receipt.cancel()

	def test_two_rows_share_what_is_there(self):
		receive_stock(self.item, self.store, 10)
		row = {"item": self.item, "qty": 6, "from_warehouse": self.store}
		with refused(NegativeStockError) as refusal:
			make_stock_entry("Issue", [row, row])
		self.assertIn("12", refusal.message)

	def test_reserved_stock_is_not_taken(self):
		receive_stock(self.item, self.store, 10)
		balance = ledger.lock_balances([(self.item, self.store)])[self.item, self.store]
		frappe.db.set_value("MES Stock Balance", balance.name, "reserved_qty", 8)
		with refused(NegativeStockError) as refusal:
			make_stock_entry("Issue", [{"item": self.item, "qty": 3, "from_warehouse": self.store}])
		self.assertIn("8", refusal.message)
		make_stock_entry("Issue", [{"item": self.item, "qty": 2, "from_warehouse": self.store}])

	def test_a_lot_never_falls_below_zero(self):
		item = make_material(requires_lot=1)
		with refused(StockError):
			receive_stock(item, self.store, 5)
		receive_stock(item, self.store, 5, lot="L1")
		receive_stock(item, self.store, 5, lot="L2")
		with refused(NegativeStockError) as refusal:
			make_stock_entry("Issue", [{"item": item, "qty": 6, "from_warehouse": self.store, "lot": "L1"}])
		self.assertIn("L1", refusal.message)

	def test_each_purpose_has_its_warehouses(self):
		both = {"from_warehouse": self.store, "to_warehouse": self.line}
		for purpose, sides in (
			("Receipt", {"from_warehouse": self.store}),
			("Receipt", both),
			("Issue", {"to_warehouse": self.store}),
			("Transfer", {"to_warehouse": self.store}),
			("Transfer", {"from_warehouse": self.store, "to_warehouse": self.store}),
			("Adjustment", both),
			("Adjustment", {}),
		):
			with self.subTest(purpose=purpose, sides=sides), refused(StockError):
				make_stock_entry(purpose, [{"item": self.item, "qty": 1, **sides}])

	def test_quantities_are_positive_and_whole_where_counted(self):
		for qty in (0, 1.5):
			with refused(QuantityError):
				receive_stock(self.item, self.store, qty)

	def test_the_future_is_not_posted(self):
		with refused(StockError):
			make_stock_entry(
				"Receipt",
				[{"item": self.item, "qty": 1, "to_warehouse": self.store}],
				posted_at=add_to_date(now_datetime(), hours=1),
			)

	def test_styles_and_disabled_warehouses_hold_no_stock(self):
		with refused(StockError):
			receive_stock(make_item(is_style=1).name, self.store, 1)
		with refused(StockError):
			receive_stock(self.item, make_warehouse(disabled=1), 1)

	def test_ledger_and_balances_are_written_by_entries_only(self):
		receive_stock(self.item, self.store, 10)
		for doctype in ("MES Stock Ledger Entry", "MES Stock Balance"):
			row = frappe.get_last_doc(doctype, {"item": self.item})
			with refused(LedgerError):
				row.update({"warehouse": self.line}).save()
			with refused(LedgerError):
				frappe.delete_doc(doctype, row.name)
			with refused(LedgerError):
				frappe.get_doc({"doctype": doctype, "item": self.item, "warehouse": self.line}).insert()

	def test_long_names_have_balances_of_their_own(self):
		item = make_material(item_code=unique("I" * 120))
		stores = [make_warehouse(unique("W" * 120)) for _ in range(2)]
		for store in stores:
			receive_stock(item, store, 1)
		self.assertEqual([on_hand(item, store) for store in stores], [1, 1])
