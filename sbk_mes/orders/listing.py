"""Pages of work orders and events for boards, by filters that are known, within what the user may see."""

from collections.abc import Mapping, Sequence
from typing import Any

import frappe
from frappe import _

from sbk_mes.events.chain import CHAIN, CONTENT, EVENT
from sbk_mes.exceptions import ListError

WORK_ORDER = "MES Work Order"
PAGE_CAP = 500
EXPORT_CAP = 50_000

ORDER_FIELDS = (
	"name",
	"order_type",
	"item",
	"item_name",
	"planned_qty",
	"stock_uom",
	"due_at",
	"workflow_state",
	"coarse_state",
	"customer",
	"sales_order",
	"project",
	"priority",
	"production_order",
	"parent_work_order",
	"workshop",
	"has_shortage",
	"shortage_note",
	"planned_start_at",
	"planned_end_at",
	"good_qty",
	"scrap_qty",
	"inbound_qty",
	"frozen_by",
	"freeze_reason",
	"modified",
)
ORDER_FILTERS = (
	"name",
	"order_type",
	"item",
	"workflow_state",
	"coarse_state",
	"customer",
	"sales_order",
	"project",
	"priority",
	"production_order",
	"parent_work_order",
	"root_work_order",
	"workshop",
	"has_shortage",
)
ORDER_SEARCHES = ("due_from", "due_to", "search")
EVENT_FILTERS = (
	"work_order",
	"event_type",
	"actor",
	"op_no",
	"correlation_id",
	"reference_doctype",
	"reference_name",
)


def get_orders(
	filters: Mapping[str, Any], start: int, page_length: int, fields: Sequence[str] = ORDER_FIELDS
) -> dict[str, Any]:
	"""A page of work orders, due first. `due_from`, `due_to` bound the date, `search` looks into names."""
	conditions, rest = split(filters, ORDER_FILTERS, ORDER_SEARCHES)
	conditions += _between("due_at", rest.get("due_from"), rest.get("due_to"))
	words = f"%{rest['search']}%" if rest.get("search") else None
	return get_page(
		WORK_ORDER,
		fields=fields,
		filters=conditions,
		or_filters=[[field, "like", words] for field in ("name", "item", "item_name", "customer")]
		if words
		else None,
		order_by="due_at asc, name asc",
		start=start,
		page_length=page_length,
	)


def get_events(filters: Mapping[str, Any], start: int, page_length: int) -> dict[str, Any]:
	"""A page of events, newest first. `from` and `to` bound the time, `lot` looks into the lots."""
	return get_page(
		EVENT,
		fields=("name", *CONTENT, *CHAIN),
		filters=_event_conditions(filters),
		order_by="occurred_at desc, work_order asc, seq desc",
		start=start,
		page_length=page_length,
	)


def get_events_to_export(filters: Mapping[str, Any]) -> list[dict[str, Any]]:
	"""All events of the filters in the order of their chains; ListError when they are too many."""
	rows = frappe.get_list(
		EVENT,
		fields=["name", *CONTENT, *CHAIN],
		filters=_event_conditions(filters),
		order_by="work_order asc, seq asc",
		limit_page_length=EXPORT_CAP + 1,
	)
	if len(rows) > EXPORT_CAP:
		frappe.throw(
			_("More than {0} events. Narrow the export by order, time, type or user.").format(EXPORT_CAP),
			ListError,
		)
	return rows


def _event_conditions(filters: Mapping[str, Any]) -> list[list[Any]]:
	conditions, rest = split(filters, EVENT_FILTERS, ("from", "to", "lot"))
	conditions += _between("occurred_at", rest.get("from"), rest.get("to"))
	if rest.get("lot"):
		conditions.append(["lots", "like", f"%{rest['lot']}%"])
	return conditions


def split(
	filters: Mapping[str, Any], known: tuple[str, ...], special: tuple[str, ...] = ()
) -> tuple[list[list[Any]], dict[str, Any]]:
	"""Filters on fields as conditions, the special ones by name; ListError for a name nobody knows."""
	conditions: list[list[Any]] = []
	rest: dict[str, Any] = {}
	for name, value in (filters or {}).items():
		if value in (None, "", []):
			continue
		if name in special:
			rest[name] = value
		elif name in known:
			conditions.append([name, "in", value] if isinstance(value, list) else [name, "=", value])
		else:
			frappe.throw(
				_("There is no filter {0}. Known: {1}.").format(name, ", ".join((*known, *special))),
				ListError,
			)
	return conditions, rest


def _between(field: str, start: Any, end: Any) -> list[list[Any]]:
	bounds = []
	if start:
		bounds.append([field, ">=", frappe.utils.get_datetime(start)])
	if end:
		bounds.append([field, "<=", frappe.utils.get_datetime(end)])
	return bounds


def get_page(doctype: str, *, start: int, page_length: int, **query: Any) -> dict[str, Any]:
	"""Rows from `start`; `next_start` is None on the last page."""
	check_page(start, page_length)
	query["fields"] = list(query["fields"])
	rows = frappe.get_list(doctype, limit_start=start, limit_page_length=page_length + 1, **query)
	more = len(rows) > page_length
	return {"rows": rows[:page_length], "next_start": start + page_length if more else None}


def check_page(start: int, page_length: int) -> None:
	"""ListError for a page that is empty, too long, or begins before the first row."""
	if not 0 < page_length <= PAGE_CAP or start < 0:
		frappe.throw(
			_("A page has 1 to {0} rows from row 0 on; {1} from {2} were asked for.").format(
				PAGE_CAP, page_length, start
			),
			ListError,
		)
