"""Frappe's workflow inbox for many new work orders at once.

Frappe makes the inbox row of a new document in a hook that needs some thirty queries each. It leaves a
document alone whose row is there already, so the same rows are written here together.
"""

from collections.abc import Sequence

import frappe
from frappe.model.document import Document
from frappe.model.workflow import get_workflow_name, is_transition_condition_satisfied

from sbk_mes.conversion import bulk

ACTION = "Workflow Action"
ROLE = "Workflow Action Permitted Role"


def fill(documents: Sequence[Document]) -> None:
	"""Whoever may move one of the new documents on finds it in his inbox."""
	workflow_name = documents and get_workflow_name(documents[0].doctype)
	if not workflow_name:
		return
	workflow = frappe.get_cached_doc("Workflow", workflow_name)
	optional = {row.state for row in workflow.states if row.is_optional_state}
	roles_of: dict[tuple[str, str, str], list[str]] = {}
	actions = []
	for document in documents:
		kind = (document.workflow_state, document.order_type, document.priority)
		if kind not in roles_of:
			roles_of[kind] = sorted(
				{
					transition.allowed
					for transition in workflow.transitions
					if transition.state == document.workflow_state
					and transition.next_state not in optional
					and is_transition_condition_satisfied(transition, document)
				}
			)
		if roles_of[kind]:
			actions.append(_action(document, roles_of[kind]))
	bulk.store(actions)


def _action(document: Document, roles: Sequence[str]) -> Document:
	return frappe.get_doc(
		{
			"doctype": ACTION,
			"name": frappe.generate_hash(length=10),
			"reference_doctype": document.doctype,
			"reference_name": document.name,
			"workflow_state": document.workflow_state,
			"status": "Open",
			"permitted_roles": [{"role": role} for role in roles],
		}
	)
