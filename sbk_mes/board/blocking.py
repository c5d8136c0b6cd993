"""What holds an order up, in words: a freeze, material, an order that makes it, a resource that is down."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from frappe import _
from frappe.utils import cint, format_datetime

from sbk_mes.rules.curing import Batch
from sbk_mes.rules.flow import OpState, available
from sbk_mes.rules.kit import consumption
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.states import CLOSED, COMPLETED, DISPATCHED, FROZEN, IN_PRODUCTION, PICKING

ON_THE_FLOOR = (DISPATCHED, PICKING, IN_PRODUCTION)
MADE = (COMPLETED, CLOSED)
UNIT = Decimal(1)

Row = Mapping[str, Any]


def get_reasons(
	order: Row, current: Row | None, materials: Iterable[Row], children: Mapping[str, str], *, is_down: bool
) -> list[dict[str, Any]]:
	"""Every reason why the order does not go on: {kind, text, reference}; none when it may.

	`current` is the operation at work, `materials` are those of this operation, `children` are the nodes of
	the orders that make some of them.
	"""
	reasons = []
	if order["workflow_state"] == FROZEN:
		why = ": ".join(text for text in (order["freeze_reason"], order["freeze_note"]) if text)
		reasons.append(_reason("frozen", _("Frozen by {0}: {1}").format(order["frozen_by"], why)))
	if current is None:
		return reasons
	node = order["frozen_from"] if order["workflow_state"] == FROZEN else order["workflow_state"]
	planned = exact(order["planned_qty"]) - exact(current["moved_qty"])
	for row in materials:
		if exact(row["short_qty"]) > 0 or (node in ON_THE_FLOOR and is_missing(row, current, planned)):
			reasons.append(_lack(row, children))
	if is_down:
		text = _("Resource {0} is not active").format(current["resource"])
		reasons.append(_reason("resource", text, current["resource"]))
	return reasons


def get_downtime(current: Row | None, until: datetime | None) -> list[dict[str, Any]]:
	"""The reason that the resource of the operation at work is down, when it is."""
	if current is None or until is None:
		return []
	text = _("Resource {0} is down until {1}").format(current["resource"], format_datetime(until))
	return [_reason("resource", text, current["resource"])]


def get_waits(
	ops: Sequence[OpState], op_no: int, planned: Decimal, batches: Mapping[int, Sequence[Batch]]
) -> list[dict[str, Any]]:
	"""Why nothing is ready for an operation although the one before it has made something."""
	place = next(index for index, op in enumerate(ops) if op.op_no == op_no)
	if not place or ops[place].rework > 0 or available(ops, op_no, planned) > 0:
		return []
	before, reasons = ops[place - 1], []
	if before.waiting > 0:
		text = _("{0} wait for a verdict at operation {1}").format(plain(before.waiting), before.op_no)
		reasons.append(_reason("verdict", text, str(before.op_no)))
	return reasons + _get_cure(before, batches)


def get_last_wait(
	last: OpState, accepted: Decimal, received: Decimal, batches: Mapping[int, Sequence[Batch]]
) -> list[dict[str, Any]]:
	"""Why nothing can be received although some of the order is accepted and not received yet."""
	if accepted <= received or last.ready > received:
		return []
	return _get_cure(last, batches)


def _get_cure(op: OpState, batches: Mapping[int, Sequence[Batch]]) -> list[dict[str, Any]]:
	if op.passed <= op.ready:
		return []
	moment = min(batch.ready_at for batch in batches[op.op_no])
	text = _("Operation {0} waits until {1}").format(op.op_no, format_datetime(moment))
	return [_reason("curing", text, str(op.op_no))]


def is_missing(row: Row, operation: Row, planned: Decimal) -> bool:
	"""True when the line lacks this material for one more unit; what is backflushed needs no line."""
	if cint(row["backflush"]):
		return False
	taken = sum((exact(operation[field]) for field in ("good_qty", "scrap_qty", "rework_qty")), Decimal(0))
	needed = consumption(
		exact(row["required_qty"]),
		planned,
		min(taken + UNIT, max(planned, taken)),
		fixed=bool(cint(row["is_fixed_qty"])),
		whole=False,
	)
	return exact(row["issued_qty"]) - exact(row["returned_qty"]) - exact(row["scrapped_qty"]) < needed


def is_to_pick(row: Row) -> bool:
	"""True when less was issued than required, and picking is the way."""
	return not cint(row["backflush"]) and exact(row["issued_qty"]) - exact(row["returned_qty"]) < exact(
		row["required_qty"]
	)


def _lack(row: Row, children: Mapping[str, str]) -> dict[str, Any]:
	maker = row["child_work_order"]
	if maker and children.get(maker, COMPLETED) not in MADE:
		text = _("Waits for {0} from {1} ({2})").format(row["item"], maker, _(children[maker]))
		return _reason("predecessor", text, maker)
	if exact(row["short_qty"]) > 0:
		text = _("{0} {1} of {2} short").format(plain(exact(row["short_qty"])), row["uom"] or "", row["item"])
	else:
		text = _("{0} is not picked").format(row["item"])
	return _reason("material", text, row["item"])


def _reason(kind: str, text: str, reference: str | None = None) -> dict[str, Any]:
	return {"kind": kind, "text": text, "reference": reference}
