"""Verdicts on what an order has made: accepted, to be reworked, scrap, in one save."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import events
from sbk_mes.exceptions import VerdictError
from sbk_mes.orders import holds
from sbk_mes.orders import rework as reworking
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
	op_no: int | None = None,
	request_id: str | None = None,
	**fields: Any,
):
	"""A verdict is given on quantities that wait for one; the stored inspection is returned.

	Without `op_no` it is on the last operation at which something waits. What is to be reworked becomes a
	rework order, or waits at its operation again with `is_rework_here`. Further fields are those of MES
	Inspection: reasons, lot, inspector, note.

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
			"op_no": op_no,
			"accepted_qty": accepted,
			"rework_qty": rework,
			"scrap_qty": scrap,
			"request_id": request_id or None,
		}
	)
	return post.submit(doc)


def get_nodes(doc) -> tuple[str, ...]:
	return REVERSING if doc.is_reversal else INSPECTING


def get_policy(doc) -> str | None:
	"""By which policy of a freeze the posting is possible nevertheless."""
	return None if doc.is_reversal else "allows_verdicts"


def check(doc, order) -> None:
	"""The verdict is complete and on no more than waits for one, or its error is raised."""
	if doc.is_reversal:
		holds.refuse(order, op_no=cint(doc.op_no), lots=[doc.lot])
		return
	op = _get_op(doc, order)
	doc.op_no = op.op_no
	doc.inspector = doc.inspector or frappe.session.user
	doc.lot = doc.lot or order.name
	holds.refuse(order, op_no=op.op_no, lots=[doc.lot], allowed_by="allows_verdicts")
	quantities.validate_parts(doc, order, PARTS)
	asked = sum((exact(doc.get(field)) for field in PARTS), exact(0))
	if asked <= 0:
		frappe.throw(
			_("{0}, operation {1}: a verdict needs a quantity. {2} wait for one.").format(
				order.name, op.op_no, plain(op.waiting)
			),
			VerdictError,
		)
	if asked > op.waiting:
		frappe.throw(
			_(
				"{0}, operation {1}: {2} wait for a verdict, this one is on {3}. Report first, or judge less."
			).format(order.name, op.op_no, plain(op.waiting), plain(asked)),
			VerdictError,
		)
	doc.inspected_qty = float(asked)


def apply(doc, order) -> None:
	"""The order has what the verdict decided, rework has its place, the event is told, the node follows."""
	before = _figures(order, doc)
	post.set_correlation(order, doc)
	_post(doc, order)
	events.record(
		order.name,
		"inspect",
		before=before,
		after={**_figures(order, doc), **_told(doc)},
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
		name = reworking.make_rework_order(
			order, exact(doc.rework_qty), doc.rework_reason, doc.name, op_no=cint(doc.op_no)
		)
		doc.db_set("rework_order", name, update_modified=False)


def _post(doc, order) -> None:
	sign = -1 if doc.is_reversal else 1
	accepted, rework, scrap = (sign * exact(doc.get(field)) for field in PARTS)
	here, out = (rework, exact(0)) if cint(doc.is_rework_here) else (exact(0), rework)
	ops, op_no = quantities.get_ops(order), cint(doc.op_no)
	quantities.add(order, "scrap_qty", scrap)
	quantities.add(order, "rework_qty", out)
	if op_no == ops[-1].op_no:
		quantities.add(order, "accepted_qty", accepted)
		quantities.add(order, "good_qty", -scrap - out)
		quantities.refuse_below_later(order)
	quantities.set_ops(
		order,
		quantities.by_the_rules(
			order,
			lambda: flow.judged(ops, op_no, accepted=accepted, scrap=scrap, rework=out, rework_here=here),
		),
	)
	quantities.refuse_below_later(order)


def _get_op(doc, order) -> flow.OpState:
	"""The operation that the verdict is on; VerdictError when it is not inspected."""
	ops = [op for op in quantities.get_ops(order) if op.is_inspected]
	if not ops:
		frappe.throw(
			_("{0} has no operation that is inspected; its good quantity is accepted as it is.").format(
				order.name
			),
			VerdictError,
		)
	if not cint(doc.op_no):
		return next((op for op in reversed(ops) if op.waiting > 0), ops[-1])
	found = next((op for op in ops if op.op_no == cint(doc.op_no)), None)
	if not found:
		frappe.throw(
			_("{0}: operation {1} is not inspected. Verdicts are given at {2}.").format(
				order.name, doc.op_no, ", ".join(str(op.op_no) for op in ops)
			),
			VerdictError,
		)
	return found


def _figures(order, doc) -> dict[str, float]:
	"""Of the order, and of the operation where the verdict holds the next one up."""
	fields = ("good_qty", "accepted_qty", "scrap_qty", "rework_qty")
	figures = {field: order.get(field) or 0 for field in fields}
	if cint(doc.op_no) == cint(order.operations[-1].op_no):
		return figures
	row = quantities.get_operation(order, doc.op_no)
	return figures | {f"op_{field}": row.get(field) or 0 for field in (*fields, "rejected_qty")}


def _told(doc) -> dict[str, Any]:
	fields = ("inspector", "scrap_reason", "rework_reason", "is_rework_here", "rework_order", "note")
	return {f"verdict_{field}": doc.get(field) for field in PARTS} | {
		field: doc.get(field) for field in fields if doc.get(field)
	}
