"""From a wish for a plan to a proposal: runs are asked for here and executed by workers.

A run reads the site, ends its transaction, solves, and writes the proposal in a transaction of its own; its
first plan can be looked at while better ones are sought.
Killed anywhere it leaves the plan in force as it was.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

import frappe
from frappe import _
from frappe.utils import now_datetime

from sbk_mes.exceptions import NothingToPlanError, ScheduleError
from sbk_mes.planning import facts, groups, propose, records
from sbk_mes.planning.facts import SCHEDULE, Asked, Facts
from sbk_mes.planning.groups import Group
from sbk_mes.planning.load import Loaded, load
from sbk_mes.planning.propose import Meaning
from sbk_mes.planning.settings import Settings
from sbk_mes.planning.solving import Found, Solving
from sbk_mes.scheduler import Result

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
	is_queued: bool = True,
) -> list[str]:
	"""Schedules that a worker will propose, one for each part of the plant that stands alone.

	Without workshops, resource or orders it is the whole plant. A run that waits is not asked for twice. Who
	says that they are not `is_queued` executes them.

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
		known_run = None if what_if or asked.preempt else _under_way(group, occasion)
		if known_run:
			names.append(known_run)
			continue
		schedule = records.make(
			occasion,
			reason,
			group.resources,
			group.workshops(open_orders),
			is_what_if=what_if,
			time_limit_s=settings.solver_seconds if time_limit_s is None else time_limit_s,
			workers=settings.workers,
			seed=seed,
			request_id=request_id,
			asked=asked,
		)
		if is_queued:
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
	found = Solving(schedule).run(loaded.problem, partial(show_first, schedule.name, loaded))
	meanings = interpret(loaded, found)  # before anything is locked
	frappe.db.rollback()
	if frappe.db.get_value(SCHEDULE, schedule.name, "stop", for_update=True) == records.CANCEL:
		set_rejected(schedule.name)
		return
	write(schedule, loaded, meanings)


def show_first(name: str, loaded: Loaded, first: Result) -> None:
	"""The first plan can be looked at; the run goes on."""
	propose.show(name, loaded, propose.interpret(loaded, first))
	frappe.db.commit()  # nosemgrep: for others to see; nothing else is open


def interpret(loaded: Loaded, found: Found) -> list[tuple[str, Meaning]]:
	return [(variant, propose.interpret(loaded, result)) for variant, result in found]


def write(schedule: Any, loaded: Loaded, meanings: list[tuple[str, Meaning]]) -> list[str]:
	"""What was found is proposed, each plan as a schedule of its own; their names."""
	_asked, is_what_if = records.get_asked(schedule)
	names = []
	for variant, meaning in meanings:
		target = schedule if not names else records.make_sibling(schedule, variant.capitalize())
		records.set_values(target.name, {"variant": variant.capitalize() or None})
		propose.write(target.name, loaded, meaning, is_what_if=is_what_if, is_told=not names)
		names.append(target.name)
	return names


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
