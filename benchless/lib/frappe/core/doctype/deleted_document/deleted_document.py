import json

import frappe
from frappe import _
from frappe.exceptions import DocumentAlreadyRestored
from frappe.model.document import Document


class DeletedDocument(Document):
	"""A copy of a document that was deleted."""


@frappe.whitelist(methods=["POST"])
def restore(name: str, alert: bool = True) -> str:
	"""The deleted document is inserted again as a draft; returns its new name."""
	deleted = frappe.get_doc("Deleted Document", name)
	deleted.check_permission("read")
	if deleted.restored:
		frappe.throw(_("Document {0} Already Restored").format(name), DocumentAlreadyRestored)
	doc = frappe.get_doc(json.loads(deleted.data))
	doc.docstatus = 0
	doc.insert()
	doc.add_comment("Edit", _("restored {0} as {1}").format(deleted.deleted_name, doc.name))
	deleted.db_set({"new_name": doc.name, "restored": 1})
	if alert:
		frappe.msgprint(_("Document Restored"))
	return str(doc.name)
