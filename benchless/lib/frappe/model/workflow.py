"""The workflow engine: which moves a document may make, and making them."""

import json
from typing import TYPE_CHECKING, Any, cast

import frappe
from frappe import _
from frappe.utils import cint

if TYPE_CHECKING:
	from frappe.model.document import Document

BULK_INLINE_BELOW = 20
BULK_LIMIT = 500
BULK_JOB_TIMEOUT_S = 1000


class WorkflowStateError(frappe.ValidationError):
	"""The document is in no state of its workflow."""


class WorkflowTransitionError(frappe.ValidationError):
	"""The action does not lead on from the document's state, for this user."""


class WorkflowPermissionError(frappe.ValidationError):
	"""The state was changed in a way the user's transitions do not offer."""


def get_workflow_name(doctype: str) -> str:
	"""Name of the DocType's active workflow, or ''."""
	meta = frappe.get_meta(doctype)
	name: str | None = meta.__dict__.get("_workflow_name")
	if name is None:
		name = (
			frappe.db.get_value("Workflow", {"document_type": doctype, "is_active": 1}, "name")
			if frappe.db.table_exists("Workflow")
			else None
		) or ""
		# The DocType's meta is dropped when one of its workflows changes, and this with it.
		meta.__dict__["_workflow_name"] = name
	return name


def get_workflow(doctype: str) -> "Document":
	"""The DocType's active workflow; DoesNotExistError without one."""
	meta = frappe.get_meta(doctype)
	workflow = meta.__dict__.get("_workflow")
	if workflow is None:
		workflow = meta.__dict__["_workflow"] = frappe.get_doc("Workflow", get_workflow_name(doctype))
	return cast("Document", workflow)


@frappe.whitelist()
def get_transitions(doc: Any, workflow: Any = None, raise_exception: bool = False) -> list["frappe._dict"]:
	"""Transitions open to the session's user from the document's state.

	A transition is open when the user holds its role and its condition is true. Who owns the document is not
	looked at. A Document counts as it is in memory; a dict or JSON only names one, which is read. Without a
	state: WorkflowStateError; without the read right: PermissionError.
	"""
	from frappe.model.document import Document

	if not isinstance(doc, Document):
		doc = frappe.get_doc(frappe.parse_json(doc))
		doc.load_from_db()
	if doc.is_new():
		return []
	doc.check_permission("read")
	workflow = workflow or get_workflow(doc.doctype)
	state = doc.get(workflow.workflow_state_field)
	if not state:
		if raise_exception:
			raise WorkflowStateError
		frappe.throw(_("Workflow State not set"), WorkflowStateError)
	return _open_transitions(doc, workflow, state)


def _open_transitions(doc: "Document", workflow: Any, state: str) -> list["frappe._dict"]:
	roles = set(frappe.get_roles())
	return [
		transition.as_dict()
		for transition in workflow.transitions
		if transition.state == state
		and transition.allowed in roles
		and is_transition_condition_satisfied(transition, doc)
	]


def get_workflow_safe_globals() -> dict[str, Any]:
	"""Names a transition's condition may use beside `doc`."""
	return {
		"frappe": frappe._dict(
			db=frappe._dict(get_value=frappe.db.get_value, get_list=frappe.db.get_list),
			session=frappe.session,
			utils=frappe._dict(
				now_datetime=frappe.utils.now_datetime,
				add_to_date=frappe.utils.add_to_date,
				get_datetime=frappe.utils.get_datetime,
				now=frappe.utils.now,
			),
		)
	}


def is_transition_condition_satisfied(transition: Any, doc: "Document") -> bool:
	"""True without a condition, or when it is true of the document."""
	if not transition.condition:
		return True
	return bool(frappe.safe_eval(transition.condition, get_workflow_safe_globals(), {"doc": doc.as_dict()}))


@frappe.whitelist()
def apply_workflow(doc: Any, action: str) -> Any:
	"""The stored document has made the move `action`, with everything that goes with the new state.

	What the caller sends beside DocType and name is ignored. Not open from here: WorkflowTransitionError.
	"""
	doc = frappe.get_doc(frappe.parse_json(doc))
	doc.load_from_db()
	workflow = get_workflow(doc.doctype)
	transition = None
	for candidate in get_transitions(doc, workflow):
		if candidate.action == action:
			transition = candidate
	if transition is None:
		frappe.throw(_("Not a valid Workflow Action"), WorkflowTransitionError)
	if not has_approval_access(frappe.session.user, doc, transition):
		frappe.throw(_("Self approval is not allowed"))

	next_state = next(row for row in workflow.states if row.state == transition.next_state)
	doc.set(workflow.workflow_state_field, transition.next_state)
	if next_state.update_field:
		doc.set(next_state.update_field, next_state.update_value)
	_move(doc, cint(next_state.doc_status))
	doc.add_comment("Workflow", _(next_state.state))
	return doc


def _move(doc: "Document", docstatus: int) -> None:
	move = (cint(doc.docstatus), docstatus)
	if move in ((0, 0), (1, 1)):
		doc.save()
	elif move == (0, 1):
		if doc.meta.queue_in_background:
			doc.queue_action("submit")
		else:
			doc.submit()
	elif move == (1, 2):
		doc.cancel()
	else:
		frappe.throw(_("{0}: this action cannot change the document status that way").format(_(doc.doctype)))


@frappe.whitelist()
def can_cancel_document(doctype: str) -> bool:
	"""False when the workflow has its own way to a cancelled state: plain cancel is not offered then."""
	workflow = get_workflow(doctype)
	cancelled = {row.state for row in workflow.states if cint(row.doc_status) == 2}
	return not any(transition.next_state in cancelled for transition in workflow.transitions)


def validate_workflow(doc: "Document") -> None:
	"""The document's state fits: the first when it was empty, else unchanged or moved by an open transition.

	A plain submit moves it to the first state with that docstatus, past all transitions.
	"""
	workflow: Any = get_workflow(doc.doctype)
	field = workflow.workflow_state_field
	first = workflow.states[0].state
	before = doc.get_doc_before_save()
	current = (before.get(field) if before else None) or first
	if not doc.get(field):
		doc.set(field, first)
	wanted = doc.get(field)
	if not any(row.state == current for row in workflow.states):
		frappe.throw(
			_("{0} is no state of the workflow any more; add it to the workflow again").format(
				frappe.bold(current)
			)
		)
	if wanted != current and not any(
		transition.next_state == wanted
		for transition in (get_transitions(before, workflow) if before else [])
	):
		frappe.throw(
			_("Workflow State transition not allowed from {0} to {1}").format(
				frappe.bold(current), frappe.bold(wanted)
			),
			WorkflowPermissionError,
		)
	set_workflow_state_on_action(doc, workflow.name, doc._action)


def set_workflow_state_on_action(doc: "Document", workflow_name: str, action: str) -> None:
	"""The state has the docstatus of a plain submit or cancel: if not, it becomes the first that has."""
	workflow: Any = get_workflow(doc.doctype)
	docstatus = {"update_after_submit": "1", "submit": "1", "cancel": "2"}.get(action)
	if docstatus is None:
		return
	field = workflow.workflow_state_field
	fitting = [row.state for row in workflow.states if row.doc_status == docstatus]
	if fitting and doc.get(field) not in fitting:
		doc.set(field, fitting[0])


def has_approval_access(user: str, doc: Any, transition: Any) -> bool:
	"""False for the owner's own document, unless the transition allows it or the user is Administrator."""
	return bool(user == "Administrator" or transition.get("allow_self_approval") or user != doc.get("owner"))


@frappe.whitelist()
def bulk_workflow_approval(docnames: str, doctype: str, action: str) -> None:
	"""Each named document has made the move, or has an Error Log saying why not. Commits per document."""
	names = json.loads(docnames)
	if len(names) < BULK_INLINE_BELOW:
		_bulk_workflow_action(docnames, doctype, action)
	elif len(names) <= BULK_LIMIT:
		frappe.msgprint(_("{0} runs in the background").format(action), alert=True)
		frappe.enqueue(
			_bulk_workflow_action,
			docnames=docnames,
			doctype=doctype,
			action=action,
			queue="short",
			timeout=BULK_JOB_TIMEOUT_S,
		)
	else:
		frappe.throw(
			_("At most {0} documents can be moved at once").format(BULK_LIMIT), title=_("Too Many Documents")
		)


def _bulk_workflow_action(docnames: str, doctype: str, action: str) -> None:
	names = json.loads(docnames)
	failed, done = [], []
	for index, name in enumerate(names, 1):
		frappe.clear_messages()
		try:
			show_progress(names, _("Applying: {0}").format(action), index, name)
			apply_workflow(frappe.get_doc(doctype, name), action)
			frappe.db.commit()
			done.append(name)
		except Exception:
			frappe.db.rollback()
			frappe.log_error(
				title=f"Workflow {action} threw an error for {doctype} {name}",
				reference_doctype="Workflow",
				reference_name=action,
			)
			frappe.db.commit()
			failed.append(name)
	frappe.clear_messages()
	for title, those, indicator in (
		(_("Not moved"), failed, "red"),
		(_("Moved"), done, "green"),
	):
		if those:
			frappe.publish_realtime(
				"msgprint",
				{"title": title, "message": ", ".join(map(str, those)), "indicator": indicator},
				user=frappe.session.user,
			)


def show_progress(docnames: list[str], message: str, i: int, description: str) -> None:
	"""A progress bar in the caller's browser, when there is enough to wait for."""
	if len(docnames) >= 5:
		frappe.publish_progress(float(i) * 100 / len(docnames), title=message, description=description)


@frappe.whitelist()
def get_common_transition_actions(docs: str | list[Any], doctype: str) -> list[str]:
	"""Actions open on every one of the documents; [] when one has no state.

	Self approval is only considered for rows that carry `owner`.
	"""
	rows = json.loads(docs) if isinstance(docs, str) else docs
	common: set[str] | None = None
	try:
		for row in rows:
			actions = {
				transition.action
				for transition in get_transitions({**row, "doctype": doctype}, raise_exception=True)
				if has_approval_access(frappe.session.user, row, transition)
			}
			common = actions if common is None else common & actions
			if not common:
				return []
	except WorkflowStateError:
		return []
	return sorted(common or ())
