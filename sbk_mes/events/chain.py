"""Appending to the event stream. Nothing else writes a MES Event."""

from collections.abc import Iterable, Mapping
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, get_datetime, now_datetime

from sbk_mes.events import push
from sbk_mes.exceptions import EventError
from sbk_mes.rules.snapshot import canonical, digest, native

EVENT = "MES Event"
WORK_ORDER = "MES Work Order"

CONTENT = (
	"work_order",
	"seq",
	"event_type",
	"actor",
	"occurred_at",
	"device",
	"op_no",
	"qty",
	"lots",
	"before",
	"after",
	"reference_doctype",
	"reference_name",
	"correlation_id",
	"request_id",
	"reverses",
)
STAMPS = ("name", "owner", "creation", "modified", "modified_by", "docstatus", "idx")
CHAIN = ("chain_key", "previous_hash", "hash")


def record(
	work_order: str,
	event_type: str,
	*,
	before: Mapping[str, Any] | None = None,
	after: Mapping[str, Any] | None = None,
	op_no: int | None = None,
	qty: float | None = None,
	lots: str | None = None,
	correlation_id: str | None = None,
	request_id: str | None = None,
	reference: tuple[str, str] | None = None,
	reverses: str | None = None,
):
	"""The event is the last of the order's chain, in this transaction; the order's row stays locked.

	Raises
	------
	EventError
		The order or its operation does not exist.
	"""
	head = frappe.db.get_value(
		WORK_ORDER, work_order, ["name", "event_seq", "event_hash"], as_dict=True, for_update=True
	)
	if not head:
		frappe.throw(_("There is no work order {0} to record an event of.").format(work_order), EventError)
	if op_no and not frappe.db.exists("MES Work Order Operation", {"parent": head.name, "op_no": op_no}):
		frappe.throw(_("Work order {0} has no operation {1}.").format(head.name, op_no), EventError)
	reference_doctype, reference_name = reference or (None, None)
	row = _next_row(
		head,
		{
			"event_type": event_type,
			"before": before,
			"after": after,
			"op_no": op_no,
			"qty": qty,
			"lots": lots,
			"correlation_id": correlation_id,
			"request_id": request_id,
			"reference_doctype": reference_doctype,
			"reference_name": reference_name,
			"reverses": reverses,
		},
	)
	event = frappe.new_doc(EVENT)
	event.update({**row, **_stored_json(row)})
	event.flags.is_recorded = True
	event.insert(ignore_permissions=True, ignore_links=True)
	frappe.db.set_value(
		WORK_ORDER,
		head.name,
		{"event_seq": head.event_seq, "event_hash": head.event_hash},
		update_modified=False,
	)
	push.tell_boards([head.name])
	return event


def record_many(rows: Iterable[Mapping[str, Any]]) -> int:
	"""Each row (work_order, event_type and what `record` takes) is appended to its order's chain; how many.

	One locking read, one write of events and one of heads, however many orders there are.
	"""
	rows = list(rows)
	if not rows:
		return 0
	heads = _locked_heads({row["work_order"] for row in rows})
	values = []
	for row in rows:
		head = heads.get(row["work_order"])
		if not head:
			frappe.throw(
				_("There is no work order {0} to record an event of.").format(row["work_order"]), EventError
			)
		reference_doctype, reference_name = row.get("reference") or (None, None)
		event = _next_row(
			head, {**row, "reference_doctype": reference_doctype, "reference_name": reference_name}
		)
		stamps = (
			frappe.generate_hash(length=10),
			frappe.session.user,
			event["occurred_at"],
			event["occurred_at"],
			frappe.session.user,
			0,
			0,
		)
		event = {**event, **_stored_json(event)}
		values.append((*stamps, *(event[field] for field in (*CONTENT, *CHAIN))))
	if values:
		frappe.db.bulk_insert(EVENT, fields=[*STAMPS, *CONTENT, *CHAIN], values=values)
		frappe.db.bulk_update(
			WORK_ORDER,
			{
				head.name: {"event_seq": head.event_seq, "event_hash": head.event_hash}
				for head in heads.values()
			},
			update_modified=False,
		)
		push.tell_boards(heads.keys())
	return len(values)


def content_of(event: Mapping[str, Any]) -> dict[str, Any]:
	"""What the hash of a stored event covers, in types that do not depend on the database."""
	return {
		**{field: event.get(field) or None for field in CONTENT},
		"seq": cint(event.get("seq")),
		"qty": native(float(event.get("qty") or 0)),
		"op_no": cint(event.get("op_no")),
		"occurred_at": native(get_datetime(event.get("occurred_at"))),
		"before": native(frappe.parse_json(event.get("before") or None)),
		"after": native(frappe.parse_json(event.get("after") or None)),
	}


def hash_of(event: Mapping[str, Any]) -> str:
	"""sha256 over the previous event's hash and the content of this one."""
	return digest(event.get("previous_hash") or "", canonical(content_of(event)))


def _locked_heads(work_orders: set[str]) -> dict[str, frappe._dict]:
	order = frappe.qb.DocType(WORK_ORDER)
	found = (
		frappe.qb.from_(order)
		.select(order.name, order.event_seq, order.event_hash)
		.where(order.name.isin(sorted(work_orders)))
		.orderby(order.name)
		.for_update()
	).run(as_dict=True)
	return {row.name: row for row in found}


def _next_row(head: frappe._dict, values: Mapping[str, Any]) -> dict[str, Any]:
	"""The next event after `head`; the head moves on to it."""
	seq = cint(head.event_seq) + 1
	row = {
		**{field: values.get(field) for field in CONTENT},
		"work_order": head.name,
		"seq": seq,
		"actor": frappe.session.user,
		"occurred_at": now_datetime(),
		"device": getattr(frappe.local, "request_ip", None),
		"qty": float(values.get("qty") or 0),
		"op_no": cint(values.get("op_no")),
		"before": native(values.get("before")),
		"after": native(values.get("after")),
		"chain_key": f"{head.name}:{seq}",
		"previous_hash": head.event_hash or None,
	}
	row["hash"] = hash_of(row)
	head.event_seq, head.event_hash = seq, row["hash"]
	return row


def _stored_json(row: Mapping[str, Any]) -> dict[str, str | None]:
	return {field: canonical(row[field]) if row[field] else None for field in ("before", "after")}
