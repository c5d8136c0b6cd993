"""Proof that a work order's events are those that were recorded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes.events.chain import CHAIN, CONTENT, EVENT, WORK_ORDER, hash_of
from sbk_mes.rules.states import DRAFT


@dataclass(frozen=True)
class Verdict:
	"""Whether a chain is whole; if not, the first event that does not fit and why."""

	work_order: str
	is_intact: bool
	events_count: int
	broken_at: int | None = None
	reason: str = ""

	def as_dict(self) -> dict[str, Any]:
		return asdict(self)


def verify(work_order: str) -> Verdict:
	"""Read the whole chain of an order again; compare it with its hashes, the order's head and its state."""
	events = frappe.get_all(
		EVENT,
		filters={"work_order": work_order},
		fields=["name", *CONTENT, *CHAIN],
		order_by="seq asc, creation asc",
	)
	head = frappe.db.get_value(
		WORK_ORDER, work_order, ["event_seq", "event_hash", "workflow_state"], as_dict=True
	)
	broken_at, reason = _first_break(work_order, events, head)
	return Verdict(work_order, broken_at is None, len(events), broken_at, reason)


def _first_break(
	work_order: str, events: Sequence[Mapping[str, Any]], head: Mapping[str, Any] | None
) -> tuple[int | None, str]:
	seq, last_hash = 0, ""
	for event in events:
		seq += 1
		if cint(event["seq"]) != seq:
			return seq, _("Event {0} of {1} is missing.").format(seq, work_order)
		if (event["previous_hash"] or "") != last_hash:
			return seq, _("Event {0} of {1} does not follow the one before it.").format(seq, work_order)
		if hash_of(event) != event["hash"]:
			return seq, _("Event {0} of {1} was altered after it was recorded.").format(seq, work_order)
		last_hash = event["hash"]
	if head and cint(head["event_seq"]) != seq:
		return seq + 1, _("{0} has {1} events, {2} were recorded.").format(
			work_order, seq, cint(head["event_seq"])
		)
	if head and (head["event_hash"] or "") != last_hash:
		return seq, _("The last event of {0} is not the one that was recorded.").format(work_order)
	told = fold(events)
	if head and head["workflow_state"] != told:
		return seq, _("{0} is {1}, its events lead to {2}.").format(
			work_order, _(head["workflow_state"] or "?"), _(told)
		)
	return None, ""


def fold(events: Iterable[Mapping[str, Any]]) -> str:
	"""The state that a chain of events leads to, from the first state on."""
	state = DRAFT
	for event in events:
		after = frappe.parse_json(event["after"] or None) or {}
		state = after.get("state") or state
	return state
