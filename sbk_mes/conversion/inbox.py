"""Frappe's workflow inbox for many work orders at once.

Frappe keeps the inbox in a hook that needs some thirty queries for each document. It leaves a document alone
whose row for its state is there already, so the same rows are written here, with what was read together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.model.workflow import get_workflow_name, is_transition_condition_satisfied
from frappe.utils import cint

from sbk_mes.conversion import bulk

ACTION = "Workflow Action"
ROLE = "Workflow Action Permitted Role"
OPEN, COMPLETED = "Open", "Completed"


@dataclass
class _Row:
	name: str
	roles: set[str]


@dataclass(frozen=True)
class _Answer:
	document: str
	row: str
	role: str


class Inbox:
	"""Open rows of documents of one DocType, and those of their next states."""

	def __init__(self, doctype: str, names: Sequence[str] = ()):
		name = get_workflow_name(doctype)
		self._workflow: Any = frappe.get_cached_doc("Workflow", name) if name else None
		# a site that wants mail leaves the rows to Frappe, which sends it with them
		self.is_kept_here = bool(name) and not cint(self._workflow.send_email_alert)
		self._roles_of: dict[tuple[str, str, str], list[str]] = {}
		self._open = _open_rows(doctype, names) if names and self.is_kept_here else {}
		self._expected: dict[tuple[str, str], str] = {}
		self.answers: list[_Answer] = []
		self.arrived: list[tuple[str, str]] = []

	def fill(self, documents: Sequence[Document]) -> None:
		"""Whoever may move one of the documents on from its state finds it in his inbox."""
		if self.is_kept_here:
			self._store(documents)

	def expect(self, documents: Sequence[Document]) -> None:
		"""The rows of the states that the documents in memory are about to reach are there already."""
		if not self.is_kept_here:
			return
		rows = self._store([document for document in documents if document.name in self._open])
		self._expected = {(row["reference_name"], row["workflow_state"]): row["name"] for row in rows}

	def move_on(self, document: Document) -> None:
		"""The user's move answers the open row, see `write`; the rows of the new state are there."""
		if not self.is_kept_here:
			return
		if document.name not in self._open:
			self._write_answers(document.name)
			return
		answered = self._open.pop(document.name)
		answering = answered.roles & self._roles_into(document.workflow_state) & set(frappe.get_roles())
		if answering:
			self.answers.append(_Answer(document.name, answered.name, min(answering)))
		place = document.name, document.workflow_state
		self.arrived.append(place)
		if place not in self._expected:
			self.fill([document])

	def write(self) -> None:
		"""Rows that the user's moves answered are completed by him; none is left of a state not reached."""
		self._write_answers()
		missed = sorted(self._expected[place] for place in self._expected.keys() - set(self.arrived))
		if missed:
			frappe.db.delete(ROLE, {"parent": ["in", missed]})
			frappe.db.delete(ACTION, {"name": ["in", missed]})

	def _write_answers(self, document: str | None = None) -> None:
		rows: dict[str, list[str]] = {}
		for answer in self.answers:
			if document in (None, answer.document):
				rows.setdefault(answer.role, []).append(answer.row)
		for role, names in sorted(rows.items()):
			frappe.db.set_value(
				ACTION,
				{"name": ["in", names]},
				{"status": COMPLETED, "completed_by": frappe.session.user, "completed_by_role": role},
				update_modified=False,
			)

	def _store(self, documents: Sequence[Document]) -> list[dict[str, Any]]:
		rows: list[dict[str, Any]] = []
		permitted: list[dict[str, Any]] = []
		for document in documents:
			if roles := self._next_roles(document):
				rows.append(_open_row(document))
				permitted += _permitted_rows(rows[-1]["name"], roles)
		bulk.insert_rows(ACTION, rows)
		bulk.insert_rows(ROLE, permitted)
		return rows

	def _roles_into(self, state: str) -> set[str]:
		return {row.allowed for row in self._workflow.transitions if row.next_state == state}

	def _next_roles(self, document: Any) -> list[str]:
		kind = (document.workflow_state, document.order_type, document.priority)
		if kind not in self._roles_of:
			optional = {row.state for row in self._workflow.states if row.is_optional_state}
			self._roles_of[kind] = sorted(
				{
					transition.allowed
					for transition in self._workflow.transitions
					if transition.state == document.workflow_state
					and transition.next_state not in optional
					and is_transition_condition_satisfied(transition, document)
				}
			)
		return self._roles_of[kind]


def fill(documents: Sequence[Document]) -> None:
	"""Whoever may move one of the new documents, all of one DocType, finds it in his inbox."""
	if documents:
		Inbox(documents[0].doctype).fill(documents)


def _open_rows(doctype: str, names: Sequence[str]) -> dict[str, _Row]:
	"""The one open row of each document, with the roles it is for."""
	action, role = frappe.qb.DocType(ACTION), frappe.qb.DocType(ROLE)
	rows = (
		frappe.qb.from_(action)
		.join(role)
		.on(role.parent == action.name)
		.select(action.reference_name, action.name, role.role)
		.where(action.reference_doctype == doctype)
		.where(action.reference_name.isin(list(names)))
		.where(action.status == OPEN)
	).run()
	found: dict[str, _Row] = {}
	for document, name, permitted in rows:
		found.setdefault(document, _Row(name, set())).roles.add(permitted)
	return found


def _open_row(document: Any) -> dict[str, Any]:
	return {
		"name": frappe.generate_hash(length=10),
		"reference_doctype": document.doctype,
		"reference_name": document.name,
		"workflow_state": document.workflow_state,
		"status": OPEN,
	}


def _permitted_rows(parent: str, roles: Sequence[str]) -> list[dict[str, Any]]:
	return [
		{
			"parent": parent,
			"parentfield": "permitted_roles",
			"parenttype": ACTION,
			"idx": index,
			"role": role,
		}
		for index, role in enumerate(roles, 1)
	]
