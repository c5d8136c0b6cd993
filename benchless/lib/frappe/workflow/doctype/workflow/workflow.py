from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint


class Workflow(Document):
	"""The states of a DocType and who may move a document between them. One per DocType is active."""

	def validate(self) -> None:
		self.validate_docstatus()
		self.set_active()
		self.create_custom_field_for_workflow_state()
		self.update_default_workflow_status()

	def on_update(self) -> None:
		frappe.clear_cache(doctype=self.document_type)

	def on_trash(self) -> None:
		frappe.clear_cache(doctype=self.document_type)

	def validate_docstatus(self) -> None:
		"""Each transition joins two known states and goes 0→0, 0→1, 1→1 or 1→2."""
		for transition in self.transitions:
			start = self._docstatus_of(transition.state)
			end = self._docstatus_of(transition.next_state)
			if start == 2:
				frappe.throw(
					_("Nothing leads out of the cancelled state {0}").format(frappe.bold(transition.state))
				)
			if (start, end) == (1, 0):
				frappe.throw(
					_("From the submitted state {0} no way leads back to the draft state {1}").format(
						frappe.bold(transition.state), frappe.bold(transition.next_state)
					)
				)
			if (start, end) == (0, 2):
				frappe.throw(
					_("From the draft state {0} no way leads to the cancelled state {1}").format(
						frappe.bold(transition.state), frappe.bold(transition.next_state)
					)
				)

	def _docstatus_of(self, state: str) -> int:
		for row in self.states:
			if row.state == state:
				return cint(row.doc_status)
		frappe.throw(_("{0} is no state of this workflow").format(frappe.bold(state)))
		raise AssertionError

	def set_active(self) -> None:
		"""Saving an active workflow switches the DocType's others off."""
		if not cint(self.is_active):
			return
		others = frappe.get_all(
			"Workflow", {"document_type": self.document_type, "name": ["!=", self.name]}, pluck="name"
		)
		for name in others:
			frappe.db.set_value("Workflow", name, "is_active", 0)

	def create_custom_field_for_workflow_state(self) -> None:
		"""The DocType has the Link field that holds the state."""
		if frappe.get_meta(self.document_type).get_field(self.workflow_state_field):
			return
		frappe.get_doc(
			{
				"doctype": "Custom Field",
				"dt": self.document_type,
				"fieldname": self.workflow_state_field,
				"label": self.workflow_state_field.replace("_", " ").title(),
				"hidden": 1,
				"allow_on_submit": 1,
				"no_copy": 1,
				"fieldtype": "Link",
				"options": "Workflow State",
				"owner": "Administrator",
			}
		).save()
		frappe.msgprint(
			_("{1} has a new field {0} for its state").format(
				frappe.bold(self.workflow_state_field), frappe.bold(self.document_type)
			)
		)

	def update_default_workflow_status(self) -> None:
		"""Existing documents without a state are in the first state of their docstatus."""
		seen: set[int] = set()
		field = self.workflow_state_field
		for row in self.states:
			docstatus = cint(row.doc_status)
			if docstatus in seen:
				continue
			seen.add(docstatus)
			frappe.db.sql(
				f"update `tab{self.document_type}` set `{field}` = %s"
				f" where coalesce(`{field}`, '') = '' and docstatus = %s",
				(row.state, docstatus),
			)


@frappe.whitelist()
def get_workflow_state_count(doctype: str, workflow_state_field: str, states: Any) -> list[Any]:
	"""Documents per state that is none of `states`. Needs the read right on Workflow."""
	frappe.has_permission(doctype=doctype, ptype="read", throw=True)
	known = frappe.parse_json(states) or []
	if not frappe.get_meta(doctype).has_field(workflow_state_field):
		return []
	found: list[Any] = frappe.get_all(
		doctype,
		fields=[workflow_state_field, "count(name) as count"],
		filters={workflow_state_field: ["not in", known], "docstatus": ["in", [0, 1, 2]]},
		group_by=workflow_state_field,
		order_by=f"{workflow_state_field} asc",
	)
	return [row for row in found if row[workflow_state_field]]
