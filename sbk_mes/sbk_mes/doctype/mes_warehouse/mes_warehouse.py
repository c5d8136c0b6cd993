import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import MasterDataError
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.stock import ledger


class MESWarehouse(Document):
	"""A place that holds stock."""

	def validate(self):
		self.validate_empty_when_disabled()

	def on_trash(self):
		ledger.drop_empty_balances({"warehouse": self.name})

	def before_rename(self, old, new, merge=False):
		if merge:
			ledger.refuse_merge("warehouse", old)

	def after_rename(self, old, new, merge=False):
		ledger.rename_balances("warehouse", new)

	def validate_empty_when_disabled(self):
		if not self.disabled or self.is_new():
			return
		held = frappe.db.get_value(
			"MES Stock Balance",
			{"warehouse": self.name, "on_hand_qty": [">", 0]},
			["item", "on_hand_qty"],
			order_by="item asc",
		)
		if held:
			frappe.throw(
				_("Warehouse {0} still holds {1} of {2}. Move it before disabling the warehouse.").format(
					self.name, plain(exact(held[1])), held[0]
				),
				MasterDataError,
			)
