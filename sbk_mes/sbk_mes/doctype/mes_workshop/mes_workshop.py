import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import MasterDataError


class MESWorkshop(Document):
	"""A part of the plant with one calendar and its own warehouses."""

	def validate(self):
		self.validate_warehouses()

	def validate_warehouses(self):
		for field in ("source_warehouse", "wip_warehouse", "fg_warehouse"):
			if not self.get(field):
				continue
			warehouse = frappe.db.get_value(
				"MES Warehouse", self.get(field), ["disabled", "workshop"], as_dict=True
			)
			if warehouse and warehouse.disabled:
				frappe.throw(
					_("Workshop {0}: warehouse {1} is disabled.").format(self.name, self.get(field)),
					MasterDataError,
				)
			if warehouse and warehouse.workshop and warehouse.workshop != self.name:
				frappe.throw(
					_("Workshop {0}: warehouse {1} belongs to workshop {2}.").format(
						self.name, self.get(field), warehouse.workshop
					),
					MasterDataError,
				)
