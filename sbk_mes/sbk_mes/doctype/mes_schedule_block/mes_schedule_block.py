import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import ScheduleError


class MESScheduleBlock(Document):
	"""Where and when a version of the plan puts one operation; written in bulk by `sbk_mes.planning`."""

	def validate(self):
		frappe.throw(_("What a schedule says is not edited."), ScheduleError)
