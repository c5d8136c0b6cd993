"""The MES Schedule document: asked for, running, decided. Everybody else reads it."""

import os
import socket
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_datetime, now_datetime

from sbk_mes.planning.facts import SCHEDULE, Asked
from sbk_mes.scheduler import Progress

REQUESTED, RUNNING, PROPOSED, IN_FORCE = "Requested", "Running", "Proposed", "In Force"
SUPERSEDED, REJECTED, STALE, FAILED, WHAT_IF = "Superseded", "Rejected", "Stale", "Failed", "What-if"
UNFINISHED = (REQUESTED, RUNNING)
CANCEL, KEEP_BEST = "Cancel", "Keep Best"
EVENT = "mes_schedule"
TOLD = ("status", "progress", "outcome")


def make(
	occasion: str,
	reason: str | None,
	resources: Iterable[str],
	workshops: Iterable[str],
	*,
	is_what_if: bool,
	time_limit_s: int,
	workers: int,
	seed: int,
	request_id: str | None,
	asked: Asked,
	variant: str | None = None,
) -> Any:
	"""A run is on record as asked for."""
	schedule = frappe.new_doc(SCHEDULE)
	schedule.update(
		{
			"status": REQUESTED,
			"occasion": occasion,
			"reason": reason,
			"variant": variant,
			"scope": ", ".join(workshops),
			"resources": frappe.as_json(sorted(resources), indent=None),
			"requested_by": frappe.session.user,
			"requested_at": now_datetime(),
			"time_limit_s": time_limit_s,
			"workers": workers,
			"seed": seed,
			"request_id": request_id,
			"asked": to_json(asked, is_what_if),
		}
	)
	return save(schedule)


def make_sibling(schedule: Any, variant: str) -> Any:
	"""Another proposal of the same run is on record; both have one request id."""
	request_id = schedule.request_id or frappe.generate_hash(length=20)
	if not schedule.request_id:
		schedule.request_id = request_id
		set_values(schedule.name, {"request_id": request_id})
	sibling = frappe.copy_doc(schedule)
	sibling.update({"status": REQUESTED, "variant": variant, "request_id": request_id})
	return save(sibling)


def save(schedule: Any) -> Any:
	schedule.flags.is_planning = True
	return schedule.save(ignore_permissions=True)


def to_json(asked: Asked, is_what_if: bool) -> str:
	return frappe.as_json(
		{
			"what_if": is_what_if,
			"orders": list(asked.orders),
			"preempt": list(asked.preempt),
			"downtimes": [
				{"resource": resource, "starts_at": start, "ends_at": end}
				for resource, start, end in asked.downtimes
			],
		},
		indent=None,
	)


def get_asked(schedule: Any) -> tuple[Asked, bool]:
	"""What was asked beside the site as it is, and whether the run is a what-if."""
	stored = frappe.parse_json(schedule.asked or "{}")
	asked = make_asked(stored.get("orders"), stored.get("downtimes"), stored.get("preempt"))
	return asked, bool(stored.get("what_if"))


def make_asked(
	orders: Iterable[str] | None,
	downtimes: Iterable[dict[str, Any]] | None,
	preempt: Iterable[str] | None = None,
) -> Asked:
	return Asked(
		tuple(orders or ()),
		tuple(
			(row["resource"], get_datetime(row["starts_at"]), get_datetime(row["ends_at"]))
			for row in downtimes or ()
		),
		tuple(preempt or ()),
	)


def get_resources(schedule: Any) -> set[str]:
	return set(frappe.parse_json(schedule.resources or "[]"))


def begin(name: str) -> Any | None:
	"""The run belongs to this process; None when it was called off or somebody else has it."""
	status = frappe.db.get_value(SCHEDULE, name, "status", for_update=True)
	if status != REQUESTED:
		return None
	process = f"{socket.gethostname()}:{os.getpid()}"
	set_values(name, {"status": RUNNING, "started_at": now_datetime(), "run_by": process, "error": None})
	return frappe.get_doc(SCHEDULE, name)


def fail(name: str, why: str) -> None:
	"""The run has failed, unless it ended meanwhile; its requester is told."""
	row = frappe.db.get_value(SCHEDULE, name, ["status", "requested_by"], as_dict=True, for_update=True)
	if not row or row.status not in UNFINISHED:
		return
	set_values(name, {"status": FAILED, "error": why, "ended_at": now_datetime()})
	from sbk_mes.planning import alerts

	alerts.tell(
		[row.requested_by], name, _("{0}: no plan was made. {1} The plan in force stays.").format(name, why)
	)


def set_values(name: str, values: dict[str, Any]) -> None:
	"""The fields are stored, and whoever looks at the schedule sees them after the commit."""
	frappe.db.set_value(SCHEDULE, name, values)
	frappe.publish_realtime(
		EVENT,
		{"schedule": name, **{field: values[field] for field in TOLD if field in values}},
		doctype=SCHEDULE,
		docname=name,
		after_commit=True,
	)


def overlapping(statuses: Iterable[str], resources: set[str], **filters: Any) -> list[frappe._dict]:
	"""Schedules in one of the states that have a resource in common with these."""
	rows = frappe.get_all(
		SCHEDULE,
		filters={"status": ["in", list(statuses)], **filters},
		fields=["name", "status", "version", "resources", "asked", "occasion"],
		order_by="name asc",
	)
	return [row for row in rows if resources & get_resources(row)]


def history_of(found: Iterable[Progress]) -> str:
	rows = [
		{"wall_s": round(row.wall_s, 3), "cpu_s": round(row.cpu_s, 3), "total": row.total, "bound": row.bound}
		for row in found
	]
	return frappe.as_json(rows, indent=None)


def is_process_dead(run_by: str | None) -> bool:
	"""True when the process was one of this machine and is there no more."""
	host, _colon, pid = (run_by or "").rpartition(":")
	if host != socket.gethostname() or not pid.isdigit():
		return False
	try:
		os.kill(int(pid), 0)
	except ProcessLookupError:
		return True
	except PermissionError:
		return False
	return False


def is_older(moment: Any, than: datetime) -> bool:
	return bool(moment) and get_datetime(moment) < than
