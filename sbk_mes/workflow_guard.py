"""Holds Frappe's Workflow to be the only mover of a document's state.

Frappe accepts a plain submit, cancel or a state written along a legal arrow. These functions tell such
a write from a real workflow action and repeat, inside the save, what the action promised: arrow and role.
"""

import inspect
import sys
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.workflow import apply_workflow
from frappe.utils import cint

from sbk_mes.exceptions import BypassError, StateError
from sbk_mes.rules.states import Arrow, Machine


@dataclass(frozen=True)
class Move:
	"""A workflow action under way on a document."""

	action: str
	source: str
	target: str
	arrows: tuple[Arrow, ...]


def moving_action(doc) -> str | None:
	"""The action that Frappe's `apply_workflow` is performing on this very object, None outside of one.

	The engine leaves no mark on the document that a client could not set; its frame on the stack is one.
	"""
	engine = inspect.unwrap(apply_workflow).__code__
	frame = sys._getframe(1)
	while frame:
		if frame.f_code is engine and frame.f_locals.get("doc") is doc:
			return frame.f_locals.get("action")
		frame = frame.f_back
	return None


def check(doc, machine: Machine) -> Move | None:
	"""The move that the running save makes, None when state and docstatus stay.

	Raises
	------
	BypassError
		State or docstatus change without a workflow action, or a new document starts elsewhere.
	StateError
		The workflow on this site offers a move that the product does not know, or to other roles.
	"""
	stored = doc.get_doc_before_save()
	if stored is None:
		_check_beginning(doc, machine)
		return None
	source, target = stored.workflow_state or machine.first, doc.workflow_state
	if source == target and cint(stored.docstatus) == cint(doc.docstatus):
		return None
	action = moving_action(doc)
	if not action:
		frappe.throw(
			_("{0} {1} leaves {2} by a workflow action only: {3}.").format(
				_(doc.doctype),
				doc.name,
				_(source),
				", ".join(_(name) for name in machine.actions_from(source)) or _("there is none"),
			),
			BypassError,
		)
	arrows = machine.along(source, action, target)
	if not arrows:
		frappe.throw(no_such_move(doc, machine, action), StateError)
	roles = {role for arrow in arrows for role in arrow.roles}
	if not roles & set(frappe.get_roles()):
		frappe.throw(
			_("{0} of {1} {2} is for {3}.").format(
				_(action), _(doc.doctype), doc.name, ", ".join(_(role) for role in sorted(roles))
			),
			frappe.PermissionError,
		)
	return Move(action, source, target, arrows)


def no_such_move(doc, machine: Machine, action: str) -> str:
	"""What to tell who asks for an action that does not lead out of the document's state."""
	source = doc.workflow_state or machine.first
	possible = machine.actions_from(source)
	if not possible:
		return _("{0} {1} is {2}; nothing can be done with it any more.").format(
			_(doc.doctype), doc.name, _(source)
		)
	return _("{0} is not possible for {1} {2}, which is {3}. Possible: {4}.").format(
		_(action), _(doc.doctype), doc.name, _(source), ", ".join(_(name) for name in possible)
	)


def _check_beginning(doc, machine: Machine) -> None:
	if cint(doc.docstatus) or (doc.workflow_state or machine.first) != machine.first:
		frappe.throw(
			_("A new {0} starts as {1}. Save it first, then use the workflow actions.").format(
				_(doc.doctype), _(machine.first)
			),
			BypassError,
		)
