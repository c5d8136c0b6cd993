"""The MES Conversion document: what was asked for, how far it is, what came of each line."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, now_datetime

from sbk_mes.conversion.check import duplicates
from sbk_mes.conversion.load import SALES_ORDER, SUGGESTION
from sbk_mes.exceptions import (
	ConversionRequestError,
	DemandError,
	DuplicateError,
	OrderTypeError,
	QuantityError,
	SalesOrderStateError,
)
from sbk_mes.rules.quantities import exact, plain

CONVERSION = "MES Conversion"
LINE = "MES Conversion Line"
QUEUED, RUNNING, COMPLETED, FAILED = "Queued", "Running", "Completed", "Failed"
UNFINISHED = (QUEUED, RUNNING)
PENDING, CREATED, SKIPPED, LINE_FAILED = "Pending", "Created", "Skipped", "Failed"
ORDER_TYPES = ("MTO", "MTS", "ETO", "Trial", "Rework")
MOST_LINES = 20_000
LONGEST_ID = 140
LINE_FIELDS = (
	"name",
	"idx",
	"sales_order",
	"sales_order_item",
	"line_no",
	"suggestion",
	"item",
	"qty",
	"order_type",
	"order_type_reason",
	"status",
	"work_order",
	"work_orders_count",
	"error_code",
	"message",
)


def validate_request(lines: object, request_id: object) -> None:
	"""Raise ConversionRequestError for what is no request at all; lines are judged one by one later."""
	if not isinstance(request_id, str) or not 0 < len(request_id.strip()) <= LONGEST_ID:
		_refuse(_("Give a request id of 1 to {0} characters.").format(LONGEST_ID))
	if any(mark in request_id for mark in "<>"):
		_refuse(_("The request id {0} holds < or >. Choose another one.").format(request_id))
	if not isinstance(lines, list) or not lines:
		_refuse(_("Choose at least one line to convert."))
	if len(lines) > MOST_LINES:
		_refuse(
			_("{0} lines asked for, {1} allowed in one request. Ask in parts.").format(len(lines), MOST_LINES)
		)
	for number, line in enumerate(lines, 1):
		if not isinstance(line, Mapping):
			_refuse(_("Row {0} of the request is not a line. Send sales_order and line.").format(number))


def make_lines(asked: Sequence[Mapping[str, Any]]) -> list[frappe._dict]:
	"""A conversion line for each line asked for; those that name nothing to convert have failed already."""
	asked = [frappe._dict(line) for line in asked]
	rows = _find_rows({str(line.sales_order) for line in asked if line.sales_order})
	suggestions = _find_suggestions({str(line.suggestion) for line in asked if line.suggestion})
	lines = []
	for number, line in enumerate(asked, 1):
		made = frappe._dict(idx=number, status=PENDING, qty=0.0)
		try:
			_fill(made, line, rows, suggestions)
		except DemandError as reason:
			made.update(status=LINE_FAILED, error_code=reason.code, message=str(reason))
		lines.append(made)
	for number, former in duplicates(lines).items():
		line = lines[number - 1]
		reason = DuplicateError(
			_("Row {0} of the request repeats row {1}. Ask for each line once.").format(number, former)
		)
		line.update(status=LINE_FAILED, error_code=reason.code, message=str(reason))
	return lines


def insert(request_id: str, lines: Sequence[frappe._dict], *, all_or_nothing: bool) -> Any:
	"""The conversion is on record with all its lines.

	Raises
	------
	frappe.DuplicateEntryError
		The request id is taken.
	"""
	conversion = frappe.new_doc(CONVERSION)
	conversion.update(
		{
			"request_id": request_id,
			"status": QUEUED,
			"all_or_nothing": int(all_or_nothing),
			"lines_count": len(lines),
			**_counts(lines),
		}
	)
	conversion.insert(ignore_permissions=True)
	now, user = now_datetime(), frappe.session.user
	fields = [field for field in LINE_FIELDS if field != "name"]
	for line in lines:
		line.name = frappe.generate_hash(length=10)
	frappe.db.bulk_insert(
		LINE,
		[
			"name",
			"creation",
			"modified",
			"owner",
			"modified_by",
			"parent",
			"parentfield",
			"parenttype",
			*fields,
		],
		[
			[
				line.name,
				now,
				now,
				user,
				user,
				conversion.name,
				"lines",
				CONVERSION,
				*(
					line.get(field) or (0 if field in ("qty", "line_no", "work_orders_count") else None)
					for field in fields
				),
			]
			for line in lines
		],
	)
	return conversion


def get_lines(conversion: str, *, pending: bool = False, limit: int | None = None) -> list[frappe._dict]:
	"""Lines of a conversion in order. Pending ones are read under lock, so nobody else works on them."""
	line = frappe.qb.DocType(LINE)
	query = (
		frappe.qb.from_(line)
		.select(*(line[field] for field in LINE_FIELDS))
		.where(line.parent == conversion)
		.where(line.parenttype == CONVERSION)
		.orderby(line.idx)
	)
	if pending:
		query = query.where(line.status == PENDING).for_update()
	if limit:
		query = query.limit(limit)
	return query.run(as_dict=True)


def record_failure(request_id: str, lines: Sequence[frappe._dict], error: Exception) -> None:
	"""The conversion is on record as failed, and so is each of its lines."""
	for line in lines:
		line.update(status=LINE_FAILED, error_code=getattr(error, "code", None), message=str(error))
	conversion = insert(request_id, lines, all_or_nothing=False)
	conversion.db_set({"status": FAILED, "error": str(error), "ended_at": now_datetime()})


def record_interruption(conversion: str, error: Exception) -> None:
	"""The conversion says why it stopped; what is pending is taken up when somebody asks for it again."""
	frappe.db.set_value(
		CONVERSION, conversion, {"status": FAILED, "error": str(error) or type(error).__name__}
	)


def save_results(lines: Sequence[frappe._dict]) -> None:
	"""What came of these lines is on record."""
	frappe.db.bulk_update(
		LINE,
		{
			line.name: {
				"status": line.status,
				"work_order": line.work_order or None,
				"work_orders_count": cint(line.work_orders_count),
				"error_code": line.error_code or None,
				"message": line.message or None,
			}
			for line in lines
		},
		chunk_size=len(lines) or 1,
	)


def save_progress(conversion: frappe._dict, lines: Sequence[frappe._dict]) -> None:
	"""The conversion counts `lines` on top of what it had, and is completed with its last one."""
	counts = _counts(lines)
	for field, number in counts.items():
		conversion[field] = cint(conversion[field]) + number
	is_done = conversion.done_count >= conversion.lines_count
	conversion.status = COMPLETED if is_done else RUNNING
	changes: dict[str, Any] = {field: conversion[field] for field in counts}
	changes |= {"status": conversion.status, "error": None}
	if not conversion.started_at:
		conversion.started_at = changes["started_at"] = now_datetime()
	if is_done:
		changes["ended_at"] = now_datetime()
	frappe.db.set_value(CONVERSION, conversion.name, changes)


def lock_conversion(name: str) -> frappe._dict:
	"""The conversion's own row, held until the transaction ends: one worker at a time goes on with it."""
	return frappe.db.get_value(
		CONVERSION,
		name,
		[
			"name",
			"request_id",
			"status",
			"owner",
			"all_or_nothing",
			"lines_count",
			"done_count",
			"created_count",
			"failed_count",
			"started_at",
		],
		as_dict=True,
		for_update=True,
	)


def is_same_request(conversion: str, asked: Sequence[Mapping[str, Any]]) -> bool:
	"""True when the lines on record are the ones asked for now."""
	stored = get_lines(conversion)
	if len(stored) != len(asked):
		return False
	for line, wanted in zip(stored, asked, strict=True):
		names = wanted.get("sales_order") or "", wanted.get("suggestion") or ""
		if names != (line.sales_order or "", line.suggestion or ""):
			return False
		if line.status != LINE_FAILED and exact(wanted.get("qty")) != exact(line.qty):
			return False
		row = wanted.get("line")
		if (
			row is not None
			and line.sales_order_item
			and str(row) not in (line.sales_order_item, str(line.line_no))
		):
			return False
	return True


def answer(conversion: str) -> dict[str, Any]:
	"""The conversion as clients see it: status and one result per line, in the order asked."""
	record = frappe.db.get_value(
		CONVERSION, conversion, ["status", "lines_count", "done_count", "error"], as_dict=True
	)
	return {
		"conversion": conversion,
		"status": record.status,
		"lines_count": cint(record.lines_count),
		"done_count": cint(record.done_count),
		"error": record.error or None,
		"results": [result_of(line) for line in get_lines(conversion)],
	}


def result_of(line: frappe._dict) -> dict[str, Any]:
	result = {
		"sales_order": line.sales_order or None,
		"line": line.sales_order_item or None,
		"status": line.status,
		"work_order": line.work_order or None,
		"orders_count": cint(line.work_orders_count),
		"code": line.error_code or None,
		"message": line.message or None,
	}
	if line.suggestion:
		result["suggestion"] = line.suggestion
	return result


def _counts(lines: Iterable[frappe._dict]) -> dict[str, int]:
	statuses = [line.status for line in lines]
	return {
		"done_count": sum(status != PENDING for status in statuses),
		"created_count": statuses.count(CREATED),
		"failed_count": statuses.count(LINE_FAILED),
	}


def _fill(
	made: frappe._dict,
	asked: frappe._dict,
	rows: dict[tuple[str, str], frappe._dict],
	suggestions: dict[str, frappe._dict],
) -> None:
	made.order_type = asked.order_type or None
	made.order_type_reason = asked.order_type_reason or asked.reason or None
	if asked.suggestion:
		made.suggestion = str(asked.suggestion)
		offer = suggestions.get(made.suggestion)
		if not offer:
			raise SalesOrderStateError(
				_("There is no suggestion {0} for you to convert. Reload the list.").format(made.suggestion)
			)
		made.item = offer.item
	else:
		made.sales_order = str(asked.sales_order or "")
		row = rows.get((made.sales_order, str(asked.line if asked.line is not None else "")))
		if not row:
			raise SalesOrderStateError(
				_("There is no row {0} in a sales order {1} for you to convert. Reload the list.").format(
					"-" if asked.line is None else asked.line, made.sales_order or "-"
				)
			)
		made.update(sales_order=row.parent, sales_order_item=row.name, line_no=row.idx, item=row.item)
	if made.order_type and made.order_type not in ORDER_TYPES:
		wrong, made.order_type = made.order_type, None
		raise OrderTypeError(
			_("Row {0} of the request ({1}): {2} is no order type. Choose one of {3}.").format(
				made.idx, made.item, wrong, ", ".join(ORDER_TYPES)
			)
		)
	made.qty = _asked_qty(made, asked)


def _asked_qty(made: frappe._dict, asked: frappe._dict) -> float:
	if asked.qty is None or asked.qty == "":
		return 0.0
	try:
		qty = exact(asked.qty)
	except ArithmeticError:
		raise QuantityError(
			_("Row {0} of the request ({1}): {2} is not a quantity. Send a number.").format(
				made.idx, made.item, asked.qty
			)
		) from None
	if qty <= 0:
		raise QuantityError(
			_("Row {0} of the request: {1} of {2} asked for. Ask for more than zero.").format(
				made.idx, plain(qty), made.item
			)
		)
	return float(qty)


def _find_rows(sales_orders: set[str]) -> dict[tuple[str, str], frappe._dict]:
	"""Rows by (sales order, row name) and by (sales order, row number), of orders the user may read."""
	if not sales_orders:
		return {}
	readable = frappe.get_list(
		SALES_ORDER, filters={"name": ["in", sorted(sales_orders)]}, pluck="name", order_by="name asc"
	)
	found = frappe.get_all(
		"MES Sales Order Item",
		filters={"parent": ["in", readable], "parenttype": SALES_ORDER},
		fields=["name", "parent", "idx", "item"],
		order_by="parent asc, idx asc",
	)
	rows = {(row.parent, str(row.idx)): row for row in found}
	rows.update({(row.parent, row.name): row for row in found})
	return rows


def _find_suggestions(names: set[str]) -> dict[str, frappe._dict]:
	if not names:
		return {}
	found = frappe.get_list(
		SUGGESTION, filters={"name": ["in", sorted(names)]}, fields=["name", "item"], order_by="name asc"
	)
	return {offer.name: offer for offer in found}


def _refuse(message: str) -> None:
	frappe.throw(message, ConversionRequestError)
