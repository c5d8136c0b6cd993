import re

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint


class SystemSettings(Document):
	"""Switches and formats that hold for the whole site; also kept as the site's defaults."""

	def validate(self) -> None:
		if self.session_expiry and not re.fullmatch(r"\d+:\d{2}", self.session_expiry):
			frappe.throw(_("Session Expiry must be in format {0}").format("hh:mm"))
		if cint(self.allow_consecutive_login_attempts) < 0 or cint(self.allow_login_after_fail) < 0:
			frappe.throw(_("Login limits must not be negative"))

	def on_update(self) -> None:
		for df in self.meta.get("fields"):
			if df.fieldtype in ("Select", "Data"):
				frappe.db.set_default(df.fieldname, self.get(df.fieldname))
		frappe.local.system_settings = frappe._dict()
		frappe.clear_cache()
