import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from sbk_mes.exceptions import DemandError, DuplicateError, QuantityError
from sbk_mes.rules.quantities import exact, is_whole, plain
from sbk_mes.units import is_counted

OPEN, DISMISSED = "Open", "Dismissed"


class MESReplenishmentSuggestion(Document):
	"""A proposal to make stock of an item. An item has one open suggestion at most."""

	def validate(self):
		self.validate_quantity()
		self.validate_dates()
		self.validate_only_open_one()
		self.validate_status_not_edited()

	@frappe.whitelist(methods=["POST"])
	def dismiss(self, reason: str):
		"""Nobody will make this; why is kept."""
		self.check_permission("write")
		if self.status != OPEN:
			frappe.throw(
				_("Suggestion {0} is {1}; only an open one can be dismissed.").format(
					self.name, _(self.status)
				),
				DemandError,
			)
		if not reason.strip():
			frappe.throw(_("Suggestion {0}: say why it is dismissed.").format(self.name), DemandError)
		self.status = DISMISSED
		self.dismissed_because = reason.strip()
		self.flags.status_by_button = True
		self.save()

	def validate_quantity(self):
		if exact(self.qty) <= 0:
			frappe.throw(
				_("Suggestion for {0}: the quantity is {1}; it must be above zero.").format(
					self.item, plain(exact(self.qty))
				),
				QuantityError,
			)
		uom = frappe.db.get_value("MES Item", self.item, "stock_uom")
		if is_counted(uom) and not is_whole(exact(self.qty)):
			frappe.throw(
				_("Suggestion for {0}: {1}, but {2} are counted in whole numbers.").format(
					self.item, plain(exact(self.qty)), uom
				),
				QuantityError,
			)

	def validate_dates(self):
		if self.start_on and self.due_on and getdate(self.start_on) > getdate(self.due_on):
			frappe.throw(
				_("Suggestion for {0}: it starts on {1}, after it is due on {2}.").format(
					self.item, self.start_on, self.due_on
				),
				DemandError,
			)

	def validate_only_open_one(self):
		if self.status != OPEN:
			return
		other = frappe.db.get_value(
			"MES Replenishment Suggestion",
			{"item": self.item, "status": OPEN, "name": ["!=", self.name or ""]},
			"name",
			order_by="name asc",
		)
		if other:
			frappe.throw(
				_("Item {0} already has the open suggestion {1}. Convert or dismiss it first.").format(
					self.item, other
				),
				DuplicateError,
			)

	def validate_status_not_edited(self):
		if not self.is_new() and self.has_value_changed("status") and not self.flags.status_by_button:
			frappe.throw(
				_("Suggestion {0}: its status is changed by Convert and Dismiss only.").format(self.name),
				DemandError,
			)
