"""Verdicts on what an order has made: accepted, to be reworked, scrap, in one save."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import events
from sbk_mes.exceptions import VerdictError
from sbk_mes.orders import rework as reworking
from sbk_mes.orders.progress import is_inspected
from sbk_mes.rules import flow
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.states import COMPLETED, IN_PRODUCTION, INSPECTION, RUNNING
from sbk_mes.shopfloor import post, quantities
from sbk_mes.shopfloor.report import get_event

VERDICT = "MES Inspection"
PARTS = ("accepted_qty", "rework_qty", "scrap_qty")
INSPECTING = (IN_PRODUCTION, INSPECTION)
REVERSING = (*RUNNING, COMPLETED)


def inspect(
	work_order: str,
	accepted: float = 0,
	rework: float = 0,
	scrap: float = 0,
	*,
	request_id: str | None = None,
	**fields: Any,
):
	"""A verdict is given on quantities that wait for one; the stored inspection is returned.

	What is to be reworked becomes a rework order, or waits at the last operation again with
	`is_rework_here`. Further fields are those of MES Inspection: reasons, lot, inspector, note.

	Raises
	------
	VerdictError
		More than waits for a verdict, or nothing.
	ReasonError
		Scrap or rework without a reason.
	"""
	doc = frappe.new_doc(VERDICT)
	doc.update(
		{
			**fields,
			"work_order": work_order,
			"accepted_qty": accepted,
			"rework_qty": rework,
			"scrap_qty": scrap,
			"request_id": request_id or None,
		}
	)
	return post.submit(doc)


def get_nodes(doc) -> tuple[str, ...]:
	return REVERSING if doc.is_reversal else INSPECTING


def check(doc, order) -> None:
	"""The verdict is complete and on no more than waits for one, or its error is raised."""
	if doc.is_reversal:
		return
	if not is_inspected(order):
		frappe.throw(
			_("{0} has no operation that is inspected; its good quantity is accepted as it is.").format(
				order.name
			),
			VerdictError,
		)
	doc.op_no = order.operations[-1].op_no
	doc.inspector = doc.inspector or frappe.session.user
	doc.lot = doc.lot or order.name
	quantities.validate_parts(doc, order, PARTS)
	asked = sum((exact(doc.get(field)) for field in PARTS), exact(0))
	waiting = exact(order.good_qty) - exact(order.accepted_qty)
	if asked <= 0:
		frappe.throw(
			_("{0}: a verdict needs a quantity. {1} wait for one.").format(order.name, plain(waiting)),
			VerdictError,
		)
	if asked > waiting:
		frappe.throw(
			_("{0}: {1} wait for a verdict, this one is on {2}. Report them first or judge less.").format(
				order.name, plain(waiting), plain(asked)
			),
			VerdictError,
		)
	doc.inspected_qty = float(asked)


def apply(doc, order) -> None:
	"""The order has what the verdict decided, rework has its place, the event is told, the node follows."""
	before = _figures(order)
	post.set_correlation(order, doc)
	_post(doc, order)
	events.record(
		order.name,
		"inspect",
		before=before,
		after={**_figures(order), **_told(doc)},
		op_no=cint(doc.op_no),
		qty=doc.inspected_qty,
		lots=doc.lot,
		correlation_id=order.flags.correlation_id,
		request_id=doc.request_id,
		reference=(doc.doctype, doc.name),
		reverses=get_event(doc.doctype, doc.reverses) if doc.is_reversal else None,
	)
	post.store(order)
	if not exact(doc.rework_qty) or cint(doc.is_rework_here):
		return
	if doc.is_reversal:
		reworking.take_back(doc.rework_order)
	else:
		name = reworking.make_rework_order(order, exact(doc.rework_qty), doc.rework_reason, doc.name)
		doc.db_set("rework_order", name, update_modified=False)


def _post(doc, order) -> None:
	sign = -1 if doc.is_reversal else 1
	accepted, rework, scrap = (sign * exact(doc.get(field)) for field in PARTS)
	quantities.add(order, "accepted_qty", accepted)
	quantities.add(order, "scrap_qty", scrap)
	quantities.add(order, "good_qty", -scrap)
	if cint(doc.is_rework_here):
		ops = quantities.get_ops(order)
		last = cint(order.operations[-1].op_no)
		quantities.set_ops(
			order,
			quantities.by_the_rules(order, lambda: flow.moved(ops, last, good=-rework, rework=rework)),
		)
	else:
		quantities.add(order, "good_qty", -rework)
		quantities.add(order, "rework_qty", rework)
	quantities.refuse_below_later(order)


def _figures(order) -> dict[str, float]:
	fields = ("good_qty", "accepted_qty", "scrap_qty", "rework_qty")
	return {field: order.get(field) or 0 for field in fields}


def _told(doc) -> dict[str, Any]:
	fields = ("inspector", "scrap_reason", "rework_reason", "is_rework_here", "rework_order", "note")
	return {f"verdict_{field}": doc.get(field) for field in PARTS} | {
		field: doc.get(field) for field in fields if doc.get(field)
	}
