import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import EventError


class MESEvent(Document):
	"""One thing that happened to a work order. Recorded once, never changed, never deleted, by nobody."""

	def before_insert(self):
		if not self.flags.is_recorded:
			frappe.throw(
				_("Events are recorded by what happens to an order; they cannot be written by hand."),
				EventError,
			)

	def validate(self):
		if not self.is_new():
			self.refuse()

	def before_change(self):
		self.refuse()

	def before_rename(self, old, new, merge=False):
		self.refuse()

	def on_trash(self):
		self.refuse()

	def refuse(self):
		frappe.throw(
			_("Event {0} of {1} is part of the record. It cannot be changed or deleted; reverse it.").format(
				self.seq, self.work_order
			),
			EventError,
		)
