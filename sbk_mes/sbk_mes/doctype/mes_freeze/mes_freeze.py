import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import GuardedFieldError
from sbk_mes.orders import holds

REVIEW = ("responsible", "review_at")


class MESFreeze(Document):
	"""What was frozen, by whom, why, and how it was resolved. Only its review is arranged anew by hand."""

	def validate(self):
		if self.is_new():
			self.validate_is_recorded()
		else:
			self.validate_only_the_review_differs()

	def on_update(self):
		if self.scope == holds.ORDER and not self.flags.in_insert:
			values = {"freeze_responsible": self.responsible, "freeze_review_at": self.review_at}
			frappe.db.set_value("MES Work Order", self.work_order, values)

	def before_rename(self, old, new, merge=False):
		self.refuse()

	def on_trash(self):
		self.refuse()

	def validate_is_recorded(self):
		if not self.flags.is_recorded:
			frappe.throw(
				_("A freeze is recorded by the action Freeze of a work order; it is not written by hand."),
				GuardedFieldError,
			)

	def validate_only_the_review_differs(self):
		stored = self.get_doc_before_save()
		changed = [
			field.fieldname
			for field in self.meta.get("fields")
			if self.has_value_changed(field.fieldname) and field.fieldname not in REVIEW
		]
		if changed or stored.status != holds.ACTIVE:
			self.refuse()

	def refuse(self):
		frappe.throw(
			_("{0} is part of the record of {1}; only an open review is arranged anew.").format(
				self.name, self.work_order
			),
			GuardedFieldError,
		)
