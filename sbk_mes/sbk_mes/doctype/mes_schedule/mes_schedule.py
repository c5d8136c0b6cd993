import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import ScheduleError


class MESSchedule(Document):
	"""A version of the plan: asked for, solved by a worker, proposed, then confirmed or not.

	It is written by `sbk_mes.planning` only; people decide on it through `sbk_mes.api.schedule`.
	"""

	def validate(self):
		if not self.flags.is_planning:
			frappe.throw(
				_("A schedule is not edited. Request, confirm, reject or undo it with its buttons."),
				ScheduleError,
			)

	def on_trash(self):
		if self.version:
			frappe.throw(_("{0} was in force and stays on record.").format(self.name), ScheduleError)
		frappe.db.delete("MES Schedule Block", {"schedule": self.name})
		frappe.db.delete("MES Schedule Effect", {"schedule": self.name})
