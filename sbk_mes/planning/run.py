"""From a wish for a plan to a proposal: runs are asked for here and executed by workers.

A run reads the site, ends its transaction, solves, and writes the proposal in a transaction of its own.
Killed anywhere it leaves the plan in force as it was.
"""

import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import frappe
from frappe import _
from frappe.utils import now_datetime

from sbk_mes.exceptions import NothingToPlanError, ScheduleError
from sbk_mes.planning import facts, groups, propose, records
from sbk_mes.planning.facts import SCHEDULE, Asked, Facts
from sbk_mes.planning.groups import Group
from sbk_mes.planning.load import Loaded, Settings, load
from sbk_mes.scheduler import Problem, Progress, Result, Schedule

LOOK_EVERY_S = 0.2
TELL_EVERY_S = 1.0
RUSH = "Rush"
FIRST_LOOK = ("balanced", "calm", "best", "first")
# a second press of the button, or the night, finds a run that is under way good enough
PATIENT = ("Manual", "Nightly")


def request(
	occasion: str,
	reason: str | None = None,
	*,
	workshops: Iterable[str] = (),
	resource: str | None = None,
	work_orders: Iterable[str] = (),
	what_if: bool = False,
	asked: Asked | None = None,
	time_limit_s: int | None = None,
	seed: int = 0,
	request_id: str | None = None,
) -> list[str]:
	"""Schedules that a worker will propose, one for each part of the plant that stands alone.

	Without workshops, resource or orders it is the whole plant. A run that waits is not asked for twice.

	Raises
	------
	NothingToPlanError
		No operation is open there.
	"""
	if request_id:
		known = frappe.get_all(
			SCHEDULE, filters={"request_id": request_id}, pluck="name", order_by="name asc"
		)
		if known:
			return known
	asked = asked or Asked()
	settings = Settings.read()
	open_orders = facts.read_orders(asked)
	wanted = _choose(groups.find(open_orders), open_orders, set(workshops), resource, set(work_orders))
	if not wanted:
		frappe.throw(_("No operation is open there; nothing is to plan."), NothingToPlanError)
	names = []
	for group in wanted:
		known_run = None if what_if else _under_way(group, occasion)
		if known_run:
			names.append(known_run)
			continue
		schedule = records.make(
			occasion,
			reason,
			group.resources,
			group.workshops(open_orders),
			is_what_if=what_if,
			time_limit_s=time_limit_s or settings.solver_seconds,
			workers=settings.workers,
			seed=seed,
			request_id=request_id,
			asked=asked,
		)
		enqueue(schedule.name, settings)
		names.append(schedule.name)
	return names


def job_id(schedule: str) -> str:
	return f"schedule::{schedule}"


def enqueue(schedule: str, settings: Settings) -> None:
	"""A worker has the run once this transaction is committed, unless one has it already."""
	frappe.enqueue(
		"sbk_mes.jobs.run_schedule",
		queue="long",
		timeout=settings.timeout_s,
		job_id=job_id(schedule),
		deduplicate=True,
		enqueue_after_commit=True,
		schedule=schedule,
	)


def execute(name: str) -> None:
	"""The run ends as a proposal, a what-if, rejected or failed. Commits on its way."""
	frappe.db.rollback()
	schedule = records.begin(name)
	frappe.db.commit()  # nosemgrep: others see that it runs; no transaction is open meanwhile
	if not schedule:
		return
	try:
		_propose(schedule)
		frappe.db.commit()  # nosemgrep: the proposal is there before the job's after-hooks
	except BaseException as error:
		# a job that runs out of time is stopped by an exception that may be none of Exception's
		frappe.db.rollback()
		records.fail(name, _what_happened(error, schedule))
		frappe.db.commit()  # nosemgrep: the worker rolls back what it raises from
		raise


def cancel(name: str, *, keep_best: bool = False) -> str:
	"""The run ends: at once when it waits, else when the solver has seen it; its state is returned."""
	row = frappe.db.get_value(SCHEDULE, name, ["status", "stop"], as_dict=True, for_update=True)
	if row.status == records.REQUESTED:
		set_rejected(name)
		return records.REJECTED
	if row.status != records.RUNNING:
		frappe.throw(
			_("{0} is {1}; there is no run to stop.").format(name, _(row.status)),
			ScheduleError,
		)
	records.set_values(name, {"stop": records.KEEP_BEST if keep_best else records.CANCEL})
	return records.RUNNING


def set_rejected(name: str) -> None:
	"""Nothing comes of the schedule."""
	user, now = frappe.session.user, now_datetime()
	records.set_values(name, {"status": records.REJECTED, "rejected_by": user, "rejected_at": now})


def solve(problem: Problem, **options: Any) -> Result:
	"""The scheduler is loaded here and nowhere else: who does not solve never has OR-Tools in memory."""
	from sbk_mes.scheduler.serial import fill_up
	from sbk_mes.scheduler.solve import solve as search

	# to begin with the plan in force, what is new in its gaps, finds plans that move less
	in_force = fill_up(problem, Schedule(problem.base)) if problem.base else None
	return search(problem, start=in_force, **options)


def mend(problem: Problem, **options: Any) -> list[tuple[str, Result]]:
	"""Named proposals that work what is new into the plan in force, the one to look at first in front."""
	from sbk_mes.scheduler.rush import repair

	options.pop("on_progress")
	found = {each.name: each.result for each in repair(problem, **options)}
	return sorted(found.items(), key=lambda each: FIRST_LOOK.index(each[0]))


@dataclass
class Solving:
	"""A solver at work in a thread of its own; this thread keeps the site and looks after it."""

	schedule: Any
	stop: threading.Event = field(default_factory=threading.Event)
	history: list[Progress] = field(default_factory=list)

	def run(self, problem: Problem) -> list[tuple[str, Result]]:
		"""The best plan, or several by name, when the time is over or when somebody said stop."""
		pool = ThreadPoolExecutor(1, thread_name_prefix="solver")
		is_rush = self.schedule.occasion == RUSH and bool(problem.base)
		work = pool.submit(
			mend if is_rush else solve,
			problem,
			time_limit_s=self.schedule.time_limit_s,
			workers=self.schedule.workers,
			seed=self.schedule.seed,
			on_progress=self.history.append,
			should_stop=self.stop.is_set,
		)
		try:
			found = self._wait(work)
			return found if isinstance(found, list) else [("", found)]
		finally:
			self.stop.set()
			pool.shutdown(wait=False)

	def _wait(self, work: "Future[Any]") -> Any:
		began = told = monotonic()
		while True:
			try:
				return work.result(timeout=LOOK_EVERY_S)
			except NotYet:
				if work.done():
					raise
			if monotonic() - told >= TELL_EVERY_S:
				told = monotonic()
				self._look_up(told - began)

	def _look_up(self, seconds: float) -> None:
		"""Tell how far it is, and see whether it is to stop, in a transaction as short as can be."""
		name = self.schedule.name
		share = min(seconds / max(self.schedule.time_limit_s, 1), 0.99)
		records.set_values(
			name, {"progress": round(100 * share, 1), "history": records.history_of(self.history)}
		)
		if frappe.db.get_value(SCHEDULE, name, "stop"):
			self.stop.set()
		frappe.db.commit()  # nosemgrep: progress is for others to see; nothing else is open


def load_for(schedule: Any) -> Loaded:
	"""The problem of a run as the site is now: all groups that its resources belong to, taken together."""
	asked, _is_what_if = records.get_asked(schedule)
	known = facts.read(asked)
	resources = records.get_resources(schedule)
	mine = [group for group in groups.find(known) if group.resources & resources]
	group = Group(
		frozenset().union(*(each.orders for each in mine)),
		frozenset().union(*(each.resources for each in mine)) | (resources & known.resources.keys()),
	)
	return load(group, known, Settings.read())


def _propose(schedule: Any) -> None:
	loaded = load_for(schedule)
	frappe.db.rollback()  # the read is over: nobody waits for a transaction of ours while the solver works
	found = Solving(schedule).run(loaded.problem)
	frappe.db.rollback()
	if frappe.db.get_value(SCHEDULE, schedule.name, "stop", for_update=True) == records.CANCEL:
		set_rejected(schedule.name)
		return
	_asked, is_what_if = records.get_asked(schedule)
	(variant, result), *others = found
	records.set_values(schedule.name, {"variant": variant.capitalize() or None})
	propose.write(schedule.name, loaded, result, is_what_if=is_what_if)
	for variant, result in others:
		sibling = records.make_sibling(schedule, variant.capitalize())
		propose.write(sibling.name, loaded, result, is_what_if=is_what_if, is_told=False)


def _choose(
	found: list[Group], open_orders: Facts, workshops: set[str], resource: str | None, orders: set[str]
) -> list[Group]:
	if not workshops and not resource and not orders:
		return found
	return [
		group
		for group in found
		if workshops & set(group.workshops(open_orders))
		or resource in group.resources
		or orders & group.orders
	]


def _under_way(group: Group, occasion: str) -> str | None:
	"""A run of the group that has not read the site yet; for who is in no hurry, any run of it."""
	statuses = records.UNFINISHED if occasion in PATIENT else (records.REQUESTED,)
	for row in records.overlapping(statuses, set(group.resources)):
		if not records.get_asked(row)[1]:
			return str(row.name)
	return None


def _what_happened(error: BaseException, schedule: Any) -> str:
	if "Timeout" in type(error).__name__:
		return _("It took longer than {0} seconds and was stopped.").format(Settings.read().timeout_s)
	return _("It stopped with an error: {0}").format(str(error) or type(error).__name__)
