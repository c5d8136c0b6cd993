"""What a request that comes a second time is answered with: what its event told."""

from typing import Any

import frappe

from sbk_mes.events.chain import EVENT


def find_told(
	request_id: str | None, event_type: str, *, work_order: str | None = None, locking: bool = False
) -> dict[str, Any] | None:
	"""What an event of the type by this request tells, and its `work_order`; None when there is none.

	Such events have the request id as their correlation id as well, which is the one that has an index: a
	locking look holds the events of the request, not those of everybody.
	"""
	if not request_id:
		return None
	event = frappe.qb.DocType(EVENT)
	query = (
		frappe.qb.from_(event)
		.select(event.after, event.work_order)
		.where(event.correlation_id == request_id)
		.where(event.request_id == request_id)
		.where(event.event_type == event_type)
		.orderby(event.creation, event.work_order)
		.limit(1)
	)
	if work_order:
		query = query.where(event.work_order == work_order)
	rows = (query.for_update() if locking else query).run()
	return {**frappe.parse_json(rows[0][0]), "work_order": rows[0][1]} if rows else None
