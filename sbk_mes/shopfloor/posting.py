"""What every posting of the floor has in common as a document."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

from sbk_mes.costing import periods
from sbk_mes.exceptions import PostingError
from sbk_mes.shopfloor import reversing


class Posting(Document):
	"""Inserted and submitted in one go; a mistake is reversed by another posting, never edited or cancelled.

	A controller says in `get_order` what is locked, in `check` what must hold, in `apply` what follows.
	"""

	def before_insert(self):
		"""The order is locked before a number is drawn: whoever holds a number waits for no order."""
		self.validate_reversal()
		if self.docstatus == 1:
			self.flags.order = self.flags.order or self.get_order()

	def validate(self):
		if self.docstatus == 0:
			self.validate_reversal()

	def before_submit(self):
		self.posted_at = now_datetime()
		self.flags.order = self.flags.order or self.get_order()
		self.posted_on = periods.check(_(self.doctype), self.posted_on)
		if self.is_reversal:
			reversing.check(self)
		self.check(self.flags.order)

	def on_submit(self):
		if self.is_reversal:
			reversing.mark(self)
		self.apply(self.flags.order)

	def before_update_after_submit(self):
		self.refuse_change()

	def before_cancel(self):
		self.refuse_change()

	def validate_reversal(self):
		"""Only `sbk_mes.shopfloor.reversing` makes a reversal."""
		if (cint(self.is_reversal) or self.reverses or self.reversed_by) and not self.flags.is_reversing:
			frappe.throw(
				_("{0}: a reversal is made with the action Reverse of what it reverses.").format(
					_(self.doctype)
				),
				PostingError,
			)

	def refuse_change(self):
		frappe.throw(
			_("{0} {1} is posted and stays as it is. Reverse it and post it again.").format(
				_(self.doctype), self.name
			),
			PostingError,
		)

	def get_order(self):
		raise NotImplementedError

	def check(self, order):
		raise NotImplementedError

	def apply(self, order):
		raise NotImplementedError
