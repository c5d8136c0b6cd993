import frappe
from frappe import _
from frappe.model.document import Document

from sbk_mes.exceptions import CampaignError


class MESCampaign(Document):
	"""Orders that run one after another on a resource under one setup, each with its own documents.

	It is written by `sbk_mes.campaigns` only; people change it through `sbk_mes.api.campaigns`.
	"""

	def validate(self):
		if not self.flags.is_acting:
			frappe.throw(
				_("A campaign is not edited. Add, remove, release or cancel with its buttons."), CampaignError
			)

	def before_rename(self, old, new, merge=False):
		self.refuse()

	def on_trash(self):
		self.refuse()

	def refuse(self):
		frappe.throw(_("{0} stays on record. Cancel it instead.").format(self.name), CampaignError)
