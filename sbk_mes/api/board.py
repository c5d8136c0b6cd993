"""Read models for boards: pages of what the user may see."""

import frappe

from sbk_mes import events as stream
from sbk_mes.api import given
from sbk_mes.board import next_up, saved
from sbk_mes.board import progress as progress_board
from sbk_mes.board import timeline as timelines
from sbk_mes.events import export, names
from sbk_mes.orders import listing

FORMATS = {"csv": export.to_csv, "jsonl": export.to_json_lines}


@frappe.whitelist(methods=["GET"])
@given.checked
def orders(filters: dict | str | None = None, start: int = 0, page_length: int = 50) -> dict:
	"""Work orders, due first: {rows, next_start}."""
	frappe.has_permission("MES Work Order", "read", throw=True)
	return listing.get_orders(given.mapping(filters, "filters"), start, page_length)


@frappe.whitelist(methods=["GET"])
@given.checked
def progress(filters: dict | str | None = None, start: int = 0, page_length: int = 100) -> dict:
	"""How far orders are and when they end, open ones unless the filters choose: {rows, next_start, as_of}.

	A row without `forecast_at` ends at a time that nobody knows: it is frozen, or over.
	"""
	frappe.has_permission("MES Work Order", "read", throw=True)
	return progress_board.get_rows(given.mapping(filters, "filters"), start, page_length)


@frappe.whitelist(methods=["GET"])
@given.checked
def machines(filters: dict | str | None = None, start: int = 0, page_length: int = 100) -> dict:
	"""What runs on each resource, what it may start next, what waits for it: {rows, next_start, as_of}."""
	frappe.has_permission("MES Resource", "read", throw=True)
	frappe.has_permission("MES Work Order", "read", throw=True)
	return next_up.get_rows(given.mapping(filters, "filters"), start, page_length)


@frappe.whitelist(methods=["GET"])
@given.checked
def saved_filters(board: str) -> dict:
	"""Filters that the user left at a board (orders, progress, machines)."""
	return saved.get(board)


@frappe.whitelist(methods=["POST"])
@given.checked
def save_filters(board: str, filters: dict | str | None = None) -> dict:
	"""Keep filters for the user; none forgets them. The answer is what is kept."""
	return saved.save(board, given.mapping(filters, "filters"))


@frappe.whitelist(methods=["GET"])
@given.checked
def timeline(work_order: str, start: int = 0, page_length: int = 100) -> dict:
	"""What happened to an order, newest first, events with their postings: {rows, next_start}."""
	frappe.get_doc("MES Work Order", work_order).check_permission("read")
	return timelines.get_rows(work_order, start, page_length)


@frappe.whitelist(methods=["GET"])
@given.checked
def events(filters: dict | str | None = None, start: int = 0, page_length: int = 50) -> dict:
	"""Events, newest first: {rows, next_start, names}; `names` are of the fields that they tell of."""
	frappe.has_permission("MES Event", "read", throw=True)
	return names.name_all(listing.get_events(given.mapping(filters, "filters"), start, page_length))


@frappe.whitelist(methods=["GET"])
@given.checked
def export_events(filters: dict | str | None = None, file_format: str = "csv") -> None:
	"""A file of events in the order of their chains, as CSV or JSON lines."""
	frappe.has_permission("MES Event", "export", throw=True)
	if file_format not in FORMATS:
		frappe.throw(
			frappe._("Events are exported as {0}.").format(", ".join(FORMATS)), frappe.ValidationError
		)
	rows = listing.get_events_to_export(given.mapping(filters, "filters"))
	frappe.local.response.filename = f"events.{file_format}"
	frappe.local.response.filecontent = FORMATS[file_format](rows)
	frappe.local.response.type = "download"


@frappe.whitelist(methods=["GET"])
@given.checked
def verify_events(work_order: str) -> dict:
	"""Whether the events of an order are those that were recorded."""
	if frappe.db.exists("MES Work Order", work_order):
		frappe.get_doc("MES Work Order", work_order).check_permission("read")
	else:
		frappe.has_permission("MES Event", "read", throw=True)
	return stream.verify(work_order).as_dict()
