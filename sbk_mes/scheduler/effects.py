"""What a new plan does to each order, and why, as values and as a plain sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sbk_mes.scheduler.problem import MOVED_MINS, Assignment, Problem
from sbk_mes.scheduler.schedule import Schedule
from sbk_mes.scheduler.waiting import Waits

CauseKind = Literal["taken", "waits", "closed", "released", "setup", "pinned", "swapped", "earlier", "chosen"]

SENTENCES: dict[CauseKind, str] = {
	"taken": "{moved}: {resource} taken by {by_order}",
	"waits": "{moved}: waits for {by_order}",
	"closed": "{moved}: {resource} is closed",
	"released": "{moved}: may not start before",
	"setup": "{moved}: {resource} is set up first",
	"pinned": "{moved}: pinned to its new place",
	"swapped": "{moved}: {resource} instead of {old_resource}",
	"earlier": "{moved}",
	"chosen": "{moved}: makes room for others",
}


@dataclass(frozen=True, slots=True)
class Cause:
	"""Why an order moves: the operation that decides it, and what that one waits for now."""

	kind: CauseKind
	operation: str
	resource: str = ""
	old_resource: str = ""
	by: str = ""
	by_order: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
	"""An order before and after. Minutes are None where it has no plan, or not all of one."""

	order: str
	due: int | None
	old_start: int | None
	old_finish: int | None
	new_start: int | None
	new_finish: int | None
	moved: tuple[str, ...] = ()
	swapped: tuple[tuple[str, str, str], ...] = ()
	cause: Cause | None = None

	@property
	def late_before_mins(self) -> int:
		return _late(self.old_finish, self.due)

	@property
	def late_after_mins(self) -> int:
		return _late(self.new_finish, self.due)

	@property
	def is_newly_late(self) -> bool:
		return self.late_after_mins > 0 and self.late_before_mins == 0

	@property
	def moved_mins(self) -> int:
		"""Minutes by which it finishes later; negative when it finishes earlier, 0 when either is unknown."""
		if self.old_finish is None or self.new_finish is None:
			return 0
		return self.new_finish - self.old_finish

	def sentence(self) -> str:
		"""In English, such as "moved 3 h: CNC-2 taken by WO-1099"; empty for an order that stays."""
		if self.new_finish is None:
			return "has no complete plan"
		if self.old_finish is None:
			return "newly planned"
		if self.cause is None:
			return ""
		return SENTENCES[self.cause.kind].format(
			moved=_moved(self.moved_mins),
			resource=self.cause.resource,
			old_resource=self.cause.old_resource,
			by_order=self.cause.by_order,
		)


def effects(problem: Problem, old: Schedule, new: Schedule) -> tuple[Effect, ...]:
	"""What replacing `old` by `new` does to every order of `problem` that has operations."""
	waits = Waits(problem, new)
	places: dict[str, list[tuple[Assignment | None, Assignment | None]]] = {}
	before, after = old.by_operation(), new.by_operation()
	for operation in problem.operations:
		pair = (before.get(operation.id), after.get(operation.id))
		places.setdefault(operation.order, []).append(pair)
	return tuple(
		_effect(problem, waits, order.id, order.due, places[order.id])
		for order in problem.orders
		if order.id in places
	)


def duration(mins: int) -> str:
	"""Minutes as people say them: 45 min, 3 h, 2 d 4 h."""
	days, rest = divmod(mins, 1440)
	hours, minutes = divmod(rest, 60)
	parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
	return " ".join(part for part in parts[: 2 if days else 3] if part) or "0 min"


def _effect(
	problem: Problem,
	waits: Waits,
	order: str,
	due: int | None,
	pairs: list[tuple[Assignment | None, Assignment | None]],
) -> Effect:
	old_start, old_finish = _span(problem, [old for old, _ in pairs])
	new_start, new_finish = _span(problem, [new for _, new in pairs])
	known = [(old, new) for old, new in pairs if old and new]
	swapped = tuple(
		(new.operation, old.resource, new.resource) for old, new in known if old.resource != new.resource
	)
	moved = [
		(old, new)
		for old, new in sorted(known, key=lambda pair: pair[1].start)
		if old.resource != new.resource or abs(old.start - new.start) > MOVED_MINS
	]
	return Effect(
		order,
		due,
		old_start,
		old_finish,
		new_start,
		new_finish,
		tuple(new.operation for _, new in moved),
		swapped,
		_cause(problem, waits, moved) if moved else None,
	)


def _span(problem: Problem, places: list[Assignment | None]) -> tuple[int | None, int | None]:
	known = [each for each in places if each]
	if not known:
		return None, None
	start = min(each.start for each in known)
	if len(known) < len(places):
		return start, None
	return start, max(each.end + problem.operation[each.operation].trailing_wait_mins for each in known)


def _cause(problem: Problem, waits: Waits, moved: list[tuple[Assignment, Assignment]]) -> Cause:
	"""The first operation of an order that moved tells why the rest did."""
	old, new = next(((old, new) for old, new in moved if new.start - old.start > MOVED_MINS), moved[0])
	changed = old.resource if old.resource != new.resource else ""
	if new.start - old.start <= MOVED_MINS:
		return Cause("swapped" if changed else "earlier", new.operation, new.resource, changed)
	wait = waits.of(new.operation)
	own = problem.operation[new.operation].order
	kind: CauseKind = "chosen"
	if wait.kind == "fixed":
		kind = "pinned"
	elif wait.kind in ("resource", "pool"):
		kind = "taken" if wait.by_order not in ("", own) else "setup" if wait.setup_mins else "closed"
	elif wait.kind == "predecessor":
		kind = "waits" if wait.by_order != own else "closed" if wait.closed_mins else "chosen"
	elif wait.kind == "release":
		kind = "closed" if wait.closed_mins else "released"
	resource = wait.resource or new.resource
	return Cause(kind, new.operation, resource, changed, wait.by, wait.by_order)


def _late(finish: int | None, due: int | None) -> int:
	return 0 if finish is None or due is None else max(finish - due, 0)


def _moved(mins: int) -> str:
	if not mins:
		return "moved within its time"
	return f"moved {duration(mins)}" if mins > 0 else f"moved {duration(-mins)} earlier"
