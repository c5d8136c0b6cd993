import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime

from sbk_mes import jobs
from sbk_mes.exceptions import MasterDataError

BREAKDOWN = "Breakdown"


class MESDowntime(Document):
	"""Time in which a resource does not work: maintenance that is planned, a breakdown that is not."""

	def validate(self):
		if get_datetime(self.ends_at) <= get_datetime(self.starts_at):
			frappe.throw(
				_("Downtime of {0}: it ends at {1}, which is not after its start.").format(
					self.resource, self.ends_at
				),
				MasterDataError,
			)

	def on_update(self):
		if self.kind == BREAKDOWN:
			jobs.request_replan("Breakdown", _("{0} broke down").format(self.resource), self.resource)
