"""Why an order moves or has no place: the scheduler finds it, here it is said in words people use."""

from typing import TYPE_CHECKING

from frappe import _

from sbk_mes.planning.load import POOL, Loaded
from sbk_mes.scheduler import Assignment, Result, Schedule
from sbk_mes.scheduler.effects import Cause, effects

if TYPE_CHECKING:
	from sbk_mes.planning.propose import Effect

HOUR_MINS, DAY_MINS = 60, 1440


def explain(loaded: Loaded, result: Result, found: "list[Effect]") -> None:
	"""Every effect that is worth a word has its cause."""
	old = Schedule(loaded.planned)
	causes = {each.order: each.cause for each in effects(loaded.problem, old, result.schedule)}
	planned = old.by_operation()
	for effect in found:
		if effect.reason:
			effect.cause = _why_unplaced(loaded, effect)
		elif effect.old and effect.is_moved and (cause := causes.get(effect.order.name)):
			why = _why_moved(loaded, cause, planned.get(cause.operation))
			effect.cause = _later(effect.moved_mins, why)


def _later(mins: int, why: str) -> str:
	if not mins:
		return why
	text = _("{0} later: {1}") if mins > 0 else _("{0} earlier: {1}")
	return text.format(duration(abs(mins)), why)


def _why_unplaced(loaded: Loaded, effect: "Effect") -> str:
	reason = effect.reason
	row = loaded.rows.get(reason.operation)
	what = f"{row.op_no} {row.operation}" if row else effect.order.name
	texts = {
		"no-resource": _("Operation {0} has no resource that is active."),
		"no-calendar": _("Operation {0}: its resource has no open time."),
		"never-fits": _("Operation {0} is longer than any open time of its resource, or larger than it."),
		"beyond-horizon": _("Operation {0} finds no time within {1} days; {2} are missing."),
		"after-unscheduled": _("Operation {0} waits for one that has no place."),
	}
	text = texts.get(reason.code)
	if not text:
		return reason.message
	return text.format(what, loaded.horizon.days, duration(reason.shortage_mins))


def _why_moved(loaded: Loaded, cause: Cause, place: Assignment | None) -> str:
	"""`place` is where the plan in force has the operation that decides it."""
	resource = loaded.resource_of.get(cause.resource, cause.resource.removesuffix(POOL))
	former = loaded.resource_of.get(cause.old_resource, cause.old_resource)
	texts = {
		"taken": _("{0} taken by {1}").format(resource, cause.by_order),
		"waits": _("waits for {0}").format(cause.by_order),
		"closed": _is_closed(loaded, place, resource),
		"released": _("it did not begin in time"),
		"setup": _("{0} is set up first").format(resource),
		"pinned": _("pinned to its new place"),
		"swapped": _("{0} instead of {1}").format(resource, former),
		"earlier": _("{0} is free earlier").format(resource),
		"chosen": _("makes room for others"),
	}
	return texts[cause.kind]


def _is_closed(loaded: Loaded, place: Assignment | None, resource: str) -> str:
	"""A machine that is down is closed, too; people want to hear which it is."""
	for start, end, _kind in loaded.facts.downtimes.get(resource, ()):
		down = loaded.horizon.floor(start), loaded.horizon.ceil(end)
		if place and down[0] < place.end and place.start < down[1]:
			return _("{0} is down").format(resource)
	return _("{0} is closed").format(resource)


def duration(mins: int) -> str:
	"""Minutes as people say them: 45 min, 3 h, 2 d 4 h."""
	days, rest = divmod(int(mins), DAY_MINS)
	hours, minutes = divmod(rest, HOUR_MINS)
	parts = [
		_("{0} d").format(days) if days else "",
		_("{0} h").format(hours) if hours else "",
		_("{0} min").format(minutes) if minutes and not days else "",
	]
	return " ".join(part for part in parts if part) or _("{0} min").format(0)
