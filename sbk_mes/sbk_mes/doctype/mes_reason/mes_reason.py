import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import MasterDataError


class MESReason(Document):
	"""Why something was done, chosen from a list so that it can be counted."""

	def validate(self):
		if self.applies_to != "Freeze":
			self.freeze_kind = None
		elif not self.freeze_kind:
			frappe.throw(
				_("Reason {0}: choose which kind of freeze it stands for.").format(self.name), MasterDataError
			)
