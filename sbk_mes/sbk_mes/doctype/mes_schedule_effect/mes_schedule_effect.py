import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import ScheduleError


class MESScheduleEffect(Document):
	"""What a version of the plan means for one order; written in bulk by `sbk_mes.planning`."""

	def validate(self):
		frappe.throw(_("What a schedule says is not edited."), ScheduleError)
