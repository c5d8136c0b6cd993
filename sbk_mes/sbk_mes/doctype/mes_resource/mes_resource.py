import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from sbk_mes.exceptions import MasterDataError


class MESResource(Document):
	"""A machine, line, person, tool or vendor that operations are planned on."""

	def validate(self):
		self.validate_capacity()
		self.set_owner_fields()
		self.validate_user()

	def validate_capacity(self):
		if cint(self.parallel_jobs) < 1:
			frappe.throw(
				_("Resource {0}: parallel jobs must be at least 1, not {1}.").format(
					self.name, cint(self.parallel_jobs)
				),
				MasterDataError,
			)
		if flt(self.efficiency_pct) <= 0:
			frappe.throw(
				_("Resource {0}: the efficiency must be above 0 %.").format(self.name), MasterDataError
			)

	def set_owner_fields(self):
		"""Only a person has a user, only a vendor a supplier."""
		if self.resource_type != "Person":
			self.user = None
		if self.resource_type != "Vendor":
			self.supplier = None

	def validate_user(self):
		if not self.user:
			return
		other = frappe.db.get_value(
			"MES Resource", {"user": self.user, "is_active": 1, "name": ["!=", self.name or ""]}, "name"
		)
		if other and self.is_active:
			frappe.throw(
				_("Resource {0}: user {1} already works as {2}.").format(self.name, self.user, other),
				MasterDataError,
			)
