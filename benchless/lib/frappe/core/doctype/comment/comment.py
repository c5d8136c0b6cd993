from typing import Any

import frappe
from frappe.model.document import Document


class Comment(Document):
	"""What was said about a document or happened to it. Sayings are mirrored in its `_comments`."""

	comment_email: str | None
	content: str | None

	def validate(self) -> None:
		if not self.comment_email:
			self.comment_email = frappe.session.user
		self.content = frappe.utils.sanitize_html(self.content or "", always_sanitize=True)

	def after_insert(self) -> None:
		frappe.publish_realtime(
			"docinfo_update",
			{"doc": self.as_dict(), "key": "comments", "action": "add"},
			doctype=self.reference_doctype,
			docname=self.reference_name,
			after_commit=True,
		)

	def on_update(self) -> None:
		self.mirror()

	def on_trash(self) -> None:
		self.mirror(removed=True)

	def mirror(self, removed: bool = False) -> None:
		"""The list `_comments` of the document has this comment, or has it no longer."""
		if self.comment_type != "Comment" or not self.reference_doctype or not self.reference_name:
			return
		doctype: str = self.reference_doctype
		meta = frappe.get_meta(doctype)
		if meta.issingle or meta.istable or meta.is_virtual or not frappe.db.has_column(doctype, "_comments"):
			return
		stored = frappe.db.get_value(doctype, self.reference_name, "_comments")
		entries: list[dict[str, Any]] = frappe.parse_json(stored or "[]")
		entries = [entry for entry in entries if entry.get("name") != self.name]
		if not removed:
			entries.append(
				{"comment": self.content, "by": self.comment_email or self.owner, "name": self.name}
			)
		frappe.db.set_value(
			doctype,
			self.reference_name,
			"_comments",
			frappe.as_json(entries[-100:], indent=None),
			update_modified=False,
		)
