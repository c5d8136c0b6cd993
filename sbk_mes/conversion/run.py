"""The door to conversion: at once in the request for a few lines, chunk by chunk in the background for many.

A MES Conversion document per request id is the record of what was asked, the progress and the point to resume
at. Each chunk is one transaction: it locks the conversion, then the sales orders in name order, and only then
reads, so two planners never convert the same quantity and a chunk that dies leaves nothing behind.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes.conversion import requests
from sbk_mes.conversion.chunk import INFRASTRUCTURE, Chunk
from sbk_mes.conversion.load import load_sources
from sbk_mes.exceptions import ConversionRequestError

CHUNK_LINES = 100
TRIES = 3
BY_SUBMIT = "submit::"
BEFORE_HOOK = "mes_conversion_hook"


def convert(
	lines: Sequence[Mapping[str, Any]],
	request_id: str,
	all_or_nothing: bool = False,
	*,
	begin_anew: bool = False,
) -> dict[str, Any]:
	"""Every line is converted, or will be by a job; the answer has one result per line.

	A line is {sales_order, line, qty?, order_type?, reason?} with `line` the row's name or number, or
	{suggestion}. Asking again with the same request id changes nothing that is done and takes up what is not.

	begin_anew
		Nothing of the running transaction is needed: it is rolled back first, and again after a deadlock.
		Then plain reads see all that is committed; otherwise pegs are read under locks, which other
		planners' conversions may run into.
	"""
	requests.validate_request(lines, request_id)
	request_id = request_id.strip()
	if not begin_anew:
		return _convert(lines, request_id, all_or_nothing, fresh=False)
	for _attempt in range(TRIES - 1):
		frappe.db.rollback()
		try:
			return _convert(lines, request_id, all_or_nothing, fresh=True)
		except frappe.QueryDeadlockError:
			continue
	frappe.db.rollback()
	return _convert(lines, request_id, all_or_nothing, fresh=True)


def look_at(request_id: str) -> dict[str, Any]:
	"""How far the conversion is and what came of its lines, for whoever may read it."""
	conversion = frappe.get_doc(requests.CONVERSION, request_id)
	conversion.check_permission("read")
	return requests.answer(conversion.name)


def lines_in_request() -> int:
	"""So many lines are converted at once; more run in the background."""
	return cint(frappe.db.get_single_value("MES Settings", "lines_in_request")) or 20


def run_next_chunk(conversion: str) -> bool:
	"""The next lines are converted and on record; False when none is left to do here. The caller commits."""
	try:
		record = requests.lock_conversion(conversion)
	except frappe.QueryTimeoutError:
		return False  # another worker has it; should that one have died, cron takes the conversion up
	if not record or record.status == requests.COMPLETED:
		return False
	limit = None if record.all_or_nothing else CHUNK_LINES
	pending = requests.get_lines(conversion, pending=True, limit=limit)
	sources, refused = load_sources(pending, fresh=True)
	Chunk(record, pending).convert(sources, refused)
	_finish(record, pending)
	return record.status != requests.COMPLETED


def enqueue(conversion: str, *, after_lines: int | None = None) -> None:
	"""A job goes on with the conversion once this transaction is committed, unless one waits already.

	after_lines
		Lines done so far when a conversion is taken up again: the job that did them may be dead, though its
		queue does not know yet.
	"""
	frappe.enqueue(
		"sbk_mes.jobs.run_conversion",
		queue="long",
		timeout=cint(frappe.db.get_single_value("MES Settings", "convert_timeout_s")) or 1500,
		job_id=f"convert::{conversion}" + ("" if after_lines is None else f"::{after_lines}"),
		deduplicate=True,
		enqueue_after_commit=True,
		conversion=conversion,
	)


def on_sales_order_submit(doc, method=None):
	"""Lines whose order type is converted on submit become work orders. A failure never holds the submit."""
	lines = _lines_to_convert_on_submit(doc)
	if not lines:
		return
	request_id = f"{BY_SUBMIT}{doc.name}"
	frappe.db.savepoint(BEFORE_HOOK)
	try:
		made = requests.make_lines(lines)
		if len(made) > lines_in_request():
			_begin_in_background(request_id, made, all_or_nothing=False)
		else:
			# no order can be pegged to rows that were a draft's until now, so plain reads tell the truth
			_convert_now(request_id, lines, made, all_or_nothing=False, fresh=True)
	except INFRASTRUCTURE:
		raise
	except Exception as error:
		frappe.db.rollback(save_point=BEFORE_HOOK)
		frappe.log_error(_("Conversion of {0} on submit").format(doc.name))
		requests.record_failure(request_id, requests.make_lines(lines), error)
		doc.add_comment("Comment", _("No work order was made on submit: {0}").format(error))


def _convert(
	lines: Sequence[Mapping[str, Any]], request_id: str, all_or_nothing: bool, *, fresh: bool
) -> dict[str, Any]:
	name = frappe.db.exists(requests.CONVERSION, request_id)
	if name:
		return _take_up(name, lines)
	made = requests.make_lines(lines)
	if len(made) > lines_in_request():
		return _begin_in_background(request_id, made, all_or_nothing)
	if fresh:
		frappe.db.rollback()  # reads before the locks would hide what others commit until we hold them
	return _convert_now(request_id, lines, made, all_or_nothing, fresh=fresh)


def _take_up(conversion: str, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
	if not requests.is_same_request(conversion, lines):
		frappe.throw(
			_("Request id {0} was used for other lines. Choose a new one.").format(conversion),
			ConversionRequestError,
		)
	result = requests.answer(conversion)
	if result["done_count"] < result["lines_count"]:
		enqueue(conversion, after_lines=result["done_count"])
	return result


def _begin_in_background(request_id: str, made: list[frappe._dict], all_or_nothing: bool) -> dict[str, Any]:
	conversion = requests.insert(request_id, made, all_or_nothing=all_or_nothing)
	enqueue(conversion.name)
	return requests.answer(conversion.name)


def _convert_now(
	request_id: str,
	lines: Sequence[Mapping[str, Any]],
	made: list[frappe._dict],
	all_or_nothing: bool,
	*,
	fresh: bool,
) -> dict[str, Any]:
	pending = [line for line in made if line.status == requests.PENDING]
	sources, refused = load_sources(pending, fresh=fresh)
	if frappe.db.exists(requests.CONVERSION, request_id):
		return _take_up(request_id, lines)
	record = requests.lock_conversion(requests.insert(request_id, made, all_or_nothing=all_or_nothing).name)
	Chunk(record, pending).convert(sources, refused)
	_finish(record, pending)
	return requests.answer(record.name)


def _finish(record: frappe._dict, lines: Sequence[frappe._dict]) -> None:
	"""Results and progress are on record; whoever watches the conversion sees them after the commit."""
	requests.save_results(lines)
	requests.save_progress(record, lines)
	if record.request_id.startswith(BY_SUBMIT):
		_comment_on_failures(record, lines)
	progress = {
		"conversion": record.name,
		"done": cint(record.done_count),
		"total": cint(record.lines_count),
		"created": cint(record.created_count),
		"failed": cint(record.failed_count),
		"status": record.status,
	}
	frappe.publish_realtime(
		"mes_conversion_progress",
		progress,
		doctype=requests.CONVERSION,
		docname=record.name,
		after_commit=True,
	)


def _comment_on_failures(record: frappe._dict, lines: Sequence[frappe._dict]) -> None:
	failed = [line.message for line in lines if line.status == requests.LINE_FAILED]
	if failed:
		order = frappe.get_doc("MES Sales Order", record.request_id.removeprefix(BY_SUBMIT))
		order.add_comment("Comment", "<br>".join([_("Not converted on submit:"), *failed]))


def _lines_to_convert_on_submit(doc) -> list[dict[str, Any]]:
	policies = frappe.get_cached_doc("MES Settings").order_types
	converted = {row.order_type for row in policies if cint(row.convert_on_submit)}
	if not converted:
		return []
	types = dict(
		frappe.get_all(
			"MES Item",
			filters={"name": ["in", sorted({row.item for row in doc.items})]},
			fields=["name", "default_order_type"],
			order_by="name asc",
			as_list=True,
		)
	)
	return [
		{"sales_order": doc.name, "line": row.name}
		for row in doc.items
		if (row.order_type or types.get(row.item) or "MTO") in converted
	]
