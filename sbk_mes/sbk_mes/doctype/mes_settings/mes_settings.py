import re

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, formatdate, getdate, nowdate

from sbk_mes.exceptions import MasterDataError

ORDER_TYPES = ("MTO", "MTS", "ETO", "Trial", "Rework")
OWN_SERIES = ("Trial", "Rework")


class MESSettings(Document):
	"""How this plant names, converts and releases its orders: one policy for each order type."""

	def validate(self):
		self.validate_policies()
		self.validate_series()
		self.validate_limits()
		self.validate_books()

	def validate_policies(self):
		given = [row.order_type for row in self.order_types]
		for order_type in ORDER_TYPES:
			if given.count(order_type) != 1:
				frappe.throw(
					_("Order types: {0} stands {1} times; it must stand once.").format(
						_(order_type), given.count(order_type)
					),
					MasterDataError,
				)

	def validate_series(self):
		"""A series counts, and trials and rework each have their own."""
		users = {}
		for row in self.order_types:
			row.naming_series = (row.naming_series or "").strip()
			if not re.fullmatch(r"[^#<>]*\.#+", row.naming_series):
				frappe.throw(
					_("Row {0}: series {1} must end in a dot and number signs, like WO-.####.").format(
						row.idx, row.naming_series or "-"
					),
					MasterDataError,
				)
			users.setdefault(row.naming_series.rstrip("#"), []).append(row.order_type)
		for series, order_types in users.items():
			for own in OWN_SERIES:
				if own in order_types and len(order_types) > 1:
					frappe.throw(
						_("Series {0} serves {1}; {2} needs a series of its own.").format(
							series, ", ".join(_(order_type) for order_type in order_types), _(own)
						),
						MasterDataError,
					)

	def validate_books(self):
		"""Today is always open: what happens now can be posted."""
		if self.books_closed_until and getdate(self.books_closed_until) >= getdate(nowdate()):
			frappe.throw(
				_("Books are closed until yesterday at the latest, not until {0}.").format(
					formatdate(self.books_closed_until)
				),
				MasterDataError,
			)

	def validate_limits(self):
		for field in ("lines_in_request", "convert_timeout_s"):
			if cint(self.get(field)) < 1:
				frappe.throw(
					_("{0} must be at least 1, not {1}.").format(
						_(self.meta.get_label(field)), cint(self.get(field))
					),
					MasterDataError,
				)
