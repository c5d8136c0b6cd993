"""The events that the life of a work order leaves behind."""

from typing import Any

from sbk_mes import events
from sbk_mes.orders import ahead
from sbk_mes.orders.fields import changed_values, plan_values
from sbk_mes.orders.progress import get_progress
from sbk_mes.rules.quantities import plain
from sbk_mes.rules.states import EVENT_OF_ACTION
from sbk_mes.workflow_guard import Move

CREATED = (
	"order_type",
	"item",
	"planned_qty",
	"due_at",
	"customer",
	"sales_order",
	"project",
	"parent_work_order",
)
CREATED_ROWS = ("bom", "routing", "production_order", "amended_from", "conversion")


def get_created(order) -> dict[str, Any]:
	"""What the event `created` says of a new order."""
	return {"state": order.workflow_state, **{field: order.get(field) for field in (*CREATED, *CREATED_ROWS)}}


def tell_created(order) -> None:
	"""A conversion records for all its orders at once."""
	if not order.flags.is_converted:
		events.record(order.name, "created", after=get_created(order), qty=order.planned_qty)


def tell_moved(order, move: Move) -> None:
	"""One event per workflow action, with the nodes and what else the action changed."""
	told: dict[str, Any] = {"state": move.target, "action": move.action, **(order.flags.told or {})}
	if move.action == "Release":
		told["snapshot_hash"] = order.snapshot_hash
		told["shortage"] = order.shortage_note
	if move.action == "Freeze":
		told["freeze_reason"], told["freeze_note"] = order.freeze_reason, order.freeze_note
	if EVENT_OF_ACTION[move.action] in ("stage", "force-complete"):
		progress = get_progress(order)
		told["to_report"] = plain(progress.to_report)
		told["to_inbound"] = plain(progress.to_inbound)
	event = {
		"work_order": order.name,
		"event_type": EVENT_OF_ACTION[move.action],
		"before": {"state": move.source},
		"after": told,
		"qty": order.planned_qty,
		"correlation_id": order.flags.correlation_id,
		"request_id": order.flags.request_id,
	}
	if known := ahead.current():
		known.moves.append(event)
	else:
		events.record(**event)


def tell_changed(order) -> None:
	"""A plan that was edited has an event with what differs; a save that changed nothing has none."""
	stored = order.get_doc_before_save()
	if stored is None:
		return
	before, after = changed_values(plan_values(stored), plan_values(order))
	if after:
		events.record(
			order.name, "change", before=before, after=after, correlation_id=order.flags.correlation_id
		)


def tell_deleted(order) -> None:
	"""The tombstone; the number is never used again."""
	events.record(order.name, "deleted", before=plan_values(order), after={"state": "Deleted"})
