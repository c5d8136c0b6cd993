import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import MasterDataError


class MESChangeover(Document):
	"""Minutes from one family to another; one row for each pair, resource and workshop."""

	def validate(self):
		self.set_trimmed_families()
		self.validate_place()
		self.validate_unique()

	def set_trimmed_families(self):
		self.from_family = (self.from_family or "").strip()
		self.to_family = (self.to_family or "").strip()

	def validate_place(self):
		if not (self.resource and self.workshop):
			return
		home = frappe.db.get_value("MES Resource", self.resource, "workshop")
		if home != self.workshop:
			frappe.throw(
				_("Changeover {0} to {1}: resource {2} belongs to workshop {3}, not to {4}.").format(
					self.from_family, self.to_family, self.resource, home or "-", self.workshop
				),
				MasterDataError,
			)

	def validate_unique(self):
		twins = frappe.get_all(
			"MES Changeover",
			filters={
				"from_family": self.from_family,
				"to_family": self.to_family,
				"name": ["!=", self.name or ""],
			},
			fields=["name", "resource", "workshop", "mins"],
			order_by="name asc",
		)
		for twin in twins:
			if (twin.resource or "", twin.workshop or "") == (self.resource or "", self.workshop or ""):
				frappe.throw(
					_("From {0} to {1} there are {2} minutes already ({3}). Change that one.").format(
						self.from_family, self.to_family, twin.mins, twin.name
					),
					MasterDataError,
				)
