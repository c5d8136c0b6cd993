from typing import Any

import frappe
from frappe.model.document import Document
from frappe.model.workflow import get_workflow, get_workflow_name, is_transition_condition_satisfied
from frappe.utils import cint


class WorkflowAction(Document):
	"""A document that waits for someone to act. Open ones of a user's roles are his inbox."""


def get_permission_query_conditions(user: str | None, doctype: str | None = None) -> str:
	"""SQL: open actions of the user's roles; nothing for Administrator."""
	user = user or frappe.session.user
	if user == "Administrator":
		return ""
	roles = ", ".join(frappe.db.escape(role, percent=False) for role in frappe.get_roles(user))
	return (
		"`tabWorkflow Action`.`status` = 'Open' and `tabWorkflow Action`.`name` in ("
		"select `parent` from `tabWorkflow Action Permitted Role`"
		f" where `parenttype` = 'Workflow Action' and `role` in ({roles}))"
	)


def has_permission(doc: Any, user: str, ptype: str | None = None) -> bool:
	"""True for Administrator and for holders of one of the permitted roles."""
	if user == "Administrator":
		return True
	permitted = {row.role for row in doc.get("permitted_roles") or []}
	return not permitted.isdisjoint(frappe.get_roles(user))


def process_workflow_actions(doc: Any, state: str | None = None, *args: Any) -> None:
	"""After a move, the action it answered is completed and the next one is open.

	Nothing happens when an action, open or not, exists for this document and state: a document that comes
	back to an earlier state gets no second one. `state` is the event the hook was called for.
	"""
	doctype = doc.doctype
	if frappe.flags.in_install == "frappe" or not get_workflow_name(doctype):
		return
	if state == "on_trash":
		clear_workflow_actions(doctype, doc.name)
		return
	workflow: Any = get_workflow(doctype)
	current = doc.get(workflow.workflow_state_field)
	if is_workflow_action_already_created(doc, current):
		return
	update_completed_workflow_actions(doc, workflow, current)
	roles = sorted(
		{transition.allowed for transition in get_next_possible_transitions(workflow, current, doc)}
	)
	if roles:
		create_workflow_actions_for_roles(roles, doc, current)


def is_workflow_action_already_created(doc: Any, state: str | None) -> bool:
	return bool(
		frappe.db.exists(
			"Workflow Action",
			{"reference_doctype": doc.doctype, "reference_name": doc.name, "workflow_state": state},
		)
	)


def update_completed_workflow_actions(
	doc: Any, workflow: Any, state: str | None, user: str | None = None
) -> None:
	"""One open action the user's move answers is completed by him."""
	user = user or frappe.session.user
	held = set(frappe.get_roles(user))
	answering = [t.allowed for t in workflow.transitions if t.next_state == state and t.allowed in held]
	if not answering:
		return
	open_action = frappe.db.sql(
		"select a.name from `tabWorkflow Action` a"
		" join `tabWorkflow Action Permitted Role` r on r.parent = a.name"
		" where a.reference_doctype = %s and a.reference_name = %s and a.status = 'Open' and r.role in %s"
		" order by a.creation, a.name limit 1",
		(doc.doctype, doc.name, tuple(set(answering))),
	)
	if open_action:
		frappe.db.set_value(
			"Workflow Action",
			open_action[0][0],
			{"status": "Completed", "completed_by": user, "completed_by_role": answering[0]},
			update_modified=False,
		)


def get_next_possible_transitions(workflow: Any, state: str | None, doc: Any = None) -> list[Any]:
	"""Transitions out of the state that lead to no optional one and whose condition the document meets."""
	optional = {row.state for row in workflow.states if cint(row.is_optional_state)}
	return [
		transition
		for transition in workflow.transitions
		if transition.state == state
		and transition.next_state not in optional
		and (doc is None or is_transition_condition_satisfied(transition, doc))
	]


def create_workflow_actions_for_roles(roles: list[str], doc: Any, state: str | None) -> None:
	"""An open action for holders of the roles."""
	frappe.get_doc(
		{
			"doctype": "Workflow Action",
			"reference_doctype": doc.doctype,
			"reference_name": doc.name,
			"workflow_state": state,
			"status": "Open",
			"permitted_roles": [{"role": role} for role in roles],
		}
	).insert(ignore_permissions=True)


def clear_workflow_actions(doctype: str, name: str) -> None:
	"""No action of the document is left."""
	if not (doctype and name):
		return
	actions = frappe.get_all(
		"Workflow Action", {"reference_doctype": doctype, "reference_name": name}, pluck="name"
	)
	if actions:
		frappe.db.delete("Workflow Action Permitted Role", {"parent": ["in", actions]})
		frappe.db.delete("Workflow Action", {"name": ["in", actions]})
