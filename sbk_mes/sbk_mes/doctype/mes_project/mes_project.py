import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import MasterDataError


class MESProject(Document):
	"""A customer's undertaking that work orders and their cost hang under."""

	def validate(self):
		self.validate_nothing_open_when_closed()

	def validate_nothing_open_when_closed(self):
		if self.status != "Closed" or self.is_new() or not self.has_value_changed("status"):
			return
		running = frappe.db.get_value(
			"MES Work Order",
			{"project": self.name, "coarse_state": ["in", ["DRAFT", "SCHEDULED", "IN_PROCESS"]]},
			"name",
			order_by="name asc",
		)
		if running:
			frappe.throw(
				_("Project {0} cannot be closed: work order {1} is still open.").format(self.name, running),
				MasterDataError,
			)
