"""Verbs of the floor. Each posts one document; the same request id never posts twice."""

import frappe

from sbk_mes.api import given, retry
from sbk_mes.board import demand
from sbk_mes.orders import actions
from sbk_mes.shopfloor import inbound as receipts
from sbk_mes.shopfloor import inspect as verdicts
from sbk_mes.shopfloor import report as reports
from sbk_mes.shopfloor import reversing, timers
from sbk_mes.shopfloor import ship as shipments
from sbk_mes.stock import pick as picks
from sbk_mes.stock import returns

WORK_ORDER = "MES Work Order"


@frappe.whitelist(methods=["GET"])
@given.checked
def reportable(work_order: str) -> dict:
	"""What may be reported now: {work_order, workflow_state, to_inspect_qty, operations: [...], running}."""
	order = frappe.get_doc(WORK_ORDER, work_order)
	order.check_permission("read")
	operations = reports.get_reportable(order)
	return {
		"work_order": order.name,
		"workflow_state": order.workflow_state,
		"to_inspect_qty": sum(row["to_inspect_qty"] for row in operations),
		"operations": operations,
		"running": timers.running(order.name),
	}


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def dispatch(work_orders: list | str) -> dict:
	"""Hand orders to the floor: {results: [{work_order, status, workflow_state | code, message}]}."""
	names = given.names(work_orders, "work_orders")
	return {"results": actions.each(names, lambda name: actions.act(name, "Dispatch"))}


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def report(
	work_order: str,
	op_no: int,
	good_qty: float | None = None,
	scrap_qty: float = 0,
	rework_qty: float = 0,
	scrap_reason: str | None = None,
	rework_reason: str | None = None,
	is_from_rework: bool = False,
	output_lot: str | None = None,
	labour_mins: float = 0,
	machine_mins: float = 0,
	operator: str | None = None,
	resource: str | None = None,
	note: str | None = None,
	request_id: str | None = None,
	posted_on: str | None = None,
) -> dict:
	"""Report quantities at an operation; without any, all that waits there is good."""
	return _answer(
		reports.report(
			work_order,
			op_no,
			good_qty,
			scrap_qty,
			rework_qty,
			request_id=request_id,
			scrap_reason=scrap_reason,
			rework_reason=rework_reason,
			is_from_rework=int(is_from_rework),
			output_lot=output_lot,
			labour_mins=labour_mins,
			machine_mins=machine_mins,
			operator=operator,
			resource=resource,
			note=note,
			posted_on=posted_on,
		)
	)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def start(
	work_order: str,
	op_no: int,
	operator: str | None = None,
	resource: str | None = None,
	request_id: str | None = None,
) -> dict:
	"""Start an operator's clock at an operation."""
	return _press("Start", work_order, op_no, operator, request_id, resource=resource)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def pause(
	work_order: str,
	op_no: int,
	operator: str | None = None,
	note: str | None = None,
	request_id: str | None = None,
) -> dict:
	"""Stop an operator's clock for a while; `note` says why."""
	return _press("Pause", work_order, op_no, operator, request_id, note=note)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def resume(work_order: str, op_no: int, operator: str | None = None, request_id: str | None = None) -> dict:
	"""Let a paused clock run again."""
	return _press("Resume", work_order, op_no, operator, request_id)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def finish(work_order: str, op_no: int, operator: str | None = None, request_id: str | None = None) -> dict:
	"""Stop an operator's clock for good."""
	return _press("Finish", work_order, op_no, operator, request_id)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def inspect(
	work_order: str,
	accepted: float = 0,
	rework: float = 0,
	scrap: float = 0,
	op_no: int | None = None,
	rework_reason: str | None = None,
	scrap_reason: str | None = None,
	is_rework_here: bool = False,
	lot: str | None = None,
	note: str | None = None,
	request_id: str | None = None,
	posted_on: str | None = None,
) -> dict:
	"""Give a verdict on what waits for one; rejected pieces become a rework order unless reworked here.

	Without an operation it is on the last one at which something waits.
	"""
	return _answer(
		verdicts.inspect(
			work_order,
			accepted,
			rework,
			scrap,
			op_no=op_no,
			request_id=request_id,
			rework_reason=rework_reason,
			scrap_reason=scrap_reason,
			is_rework_here=int(is_rework_here),
			lot=lot,
			note=note,
			posted_on=posted_on,
		)
	)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def pick(
	pick_lists: list | str | None = None, lines: list | str | None = None, request_id: str | None = None
) -> dict:
	"""Take material of lists to the line, as far as it is there, or the given lines: {issues, left}.

	A line is {pick_list, line, qty?, lot?, warehouse?}. Lists of several orders make one issue per order.
	"""
	asked = given.rows(lines, "lines", needed=["pick_list", "line"], numbers=["qty"])
	return picks.pick(given.names(pick_lists, "pick_lists"), asked, request_id=request_id)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def return_material(
	work_order: str,
	rows: list | str | None = None,
	reason: str | None = None,
	request_id: str | None = None,
) -> dict:
	"""Take unused material back to stock; a row is {item, qty?, lot?, warehouse?}, none means all."""
	frappe.has_permission("MES Stock Entry", "create", throw=True)
	asked = given.rows(rows, "rows", needed=["item"], numbers=["qty"])
	return returns.return_material(work_order, asked, reason=reason, request_id=request_id)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def scrap_material(work_order: str, rows: list | str, reason: str, request_id: str | None = None) -> dict:
	"""Material was spoilt at the line; a row is {item, qty?, lot?}."""
	asked = given.rows(rows, "rows", needed=["item"], numbers=["qty"])
	return returns.scrap_material(work_order, asked, reason=reason, request_id=request_id)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def inbound(
	work_order: str,
	qty: float | None = None,
	warehouse: str | None = None,
	lot: str | None = None,
	serials: str | None = None,
	expires_on: str | None = None,
	note: str | None = None,
	request_id: str | None = None,
	posted_on: str | None = None,
	by_products: list | str | None = None,
) -> dict:
	"""Receive finished goods; without a quantity all that is accepted. Serial numbers stand one per line.

	By-products come in proportion unless a list of {item, qty, lot?, warehouse?} is given.
	"""
	return _answer(
		receipts.inbound(
			work_order,
			qty,
			request_id=request_id,
			warehouse=warehouse,
			lot=lot,
			serials=serials,
			expires_on=expires_on,
			note=note,
			posted_on=posted_on,
			by_products=given.rows(by_products, "by_products", numbers=["qty"]) if by_products else None,
		)
	)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def ship(
	sales_order: str,
	line: str,
	qty: float | None = None,
	warehouse: str | None = None,
	lot: str | None = None,
	note: str | None = None,
	request_id: str | None = None,
	posted_on: str | None = None,
) -> dict:
	"""Ship goods for a line of a sales order, named or by number: {posting, lines: [numbers]}."""
	shipment = shipments.ship(
		sales_order,
		line,
		qty,
		request_id=request_id,
		warehouse=warehouse,
		lot=lot,
		note=note,
		posted_on=posted_on,
	)
	return {**_answer(shipment), "lines": demand.get_lines(sales_order)}


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def reverse(doctype: str, name: str, reason: str, request_id: str | None = None) -> dict:
	"""Take a posting back by a second one."""
	return _answer(reversing.reverse(doctype, name, reason, request_id=request_id))


def _press(
	kind: str,
	work_order: str,
	op_no: int,
	operator: str | None,
	request_id: str | None,
	resource: str | None = None,
	note: str | None = None,
) -> dict:
	return _answer(
		reports.press(
			kind, work_order, op_no, request_id=request_id, operator=operator, resource=resource, note=note
		)
	)


def _answer(posting) -> dict:
	"""The posting and where its order stands now."""
	answer = {"posting": posting.as_dict(no_nulls=True)}
	if posting.get("work_order"):
		answer["work_order"] = frappe.db.get_value(
			WORK_ORDER,
			posting.work_order,
			["name", "workflow_state", "good_qty", "scrap_qty", "rework_qty", "accepted_qty", "inbound_qty"],
			as_dict=True,
		)
	return answer
