"""The queue of a resource as the rules see it: what runs there next, in which setup, due when."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import frappe
from frappe.utils import cint, get_datetime

from sbk_mes.campaigns.bound import CAMPAIGN, OPEN
from sbk_mes.campaigns.members import get_items, get_traits
from sbk_mes.planning.changeovers import get_matrix
from sbk_mes.planning.facts import Facts, is_begun, whole_mins
from sbk_mes.planning.horizon import Horizon
from sbk_mes.planning.places import Places
from sbk_mes.rules.calendars import BeyondHorizon, WorkingTime
from sbk_mes.rules.campaigns import Job, SetupMins, setup_from
from sbk_mes.rules.families import key_of
from sbk_mes.rules.quantities import exact

HUNDRED = Decimal(100)
AFTER_THE_LAST_DAYS = 365


@dataclass
class Queue:
	"""Operations that wait at a resource, in their planned order; minutes are open minutes from now.

	A job is named by its operation row. What has begun runs first; it is in `start`, not among the jobs.
	"""

	resource: str
	now: datetime
	horizon: Horizon
	time: WorkingTime | None
	setup: SetupMins
	jobs: list[Job] = field(default_factory=list)
	rows: dict[str, frappe._dict] = field(default_factory=dict)
	orders: dict[str, frappe._dict] = field(default_factory=dict)
	start: int = 0

	def mins_until(self, moment: datetime) -> int:
		end = self.horizon.floor(moment)
		if self.time is None:
			return max(end - self.horizon.now, 0)
		return self.time.open_mins_between(self.horizon.now, end)

	def moment_of(self, mins: int) -> datetime | None:
		"""When so many open minutes have passed; None beyond what the calendar is known for."""
		try:
			end = self.time.forward(self.horizon.now, mins) if self.time else self.horizon.now + mins
		except BeyondHorizon:
			return None
		return self.horizon.moment(end)


def read_queue(
	facts: Facts,
	resource: str,
	basis: str,
	now: datetime,
	*,
	further: Collection[str] = (),
	apart: str | None = None,
) -> Queue:
	"""What waits at the resource, members of campaigns together; those of `apart` as if it were none.

	`further` are rows of operations that could run there too.
	"""
	due = [get_datetime(order.due_at) for order in facts.orders.values() if order.due_at]
	days = max((max(due, default=now) - now).days, 0) + AFTER_THE_LAST_DAYS
	horizon = Horizon(now, days)
	spans = Places(facts, horizon).open_spans(resource)
	queue = Queue(
		resource,
		now,
		horizon,
		None if spans is None else WorkingTime(spans),
		setup_from(get_matrix(facts, resource)[1]),
	)
	found = [
		(order, place)
		for name, order in facts.orders.items()
		for place, row in enumerate(facts.operations[name])
		if row.resource == resource or row.name in further
	]
	_fill(queue, facts, basis, found, _get_open_campaigns(facts) - {apart})
	return queue


def _fill(
	queue: Queue, facts: Facts, basis: str, found: list[tuple[frappe._dict, int]], taken: set[str]
) -> None:
	items = get_items([order.item for order, _place in found])
	mixes_sides = bool(cint(frappe.get_cached_doc("MES Settings").campaign_mixes_sides))
	waiting: list[tuple[tuple[str, str, str], Job]] = []
	for order, place in found:
		row = facts.operations[order.name][place]
		left = facts.left[order.name].get(cint(row.op_no))
		if not left or facts.is_outsourced(row):
			continue
		efficiency = exact(facts.resources[queue.resource].efficiency_pct) or HUNDRED
		run_mins = whole_mins(exact(row.run_mins) * left.qty * HUNDRED / efficiency)
		if is_begun(row):
			queue.start += run_mins
			continue
		item = items[order.item]
		traits = get_traits(order, item)
		key = key_of(traits, basis, mixes_sides=mixes_sides)
		campaign = row.campaign if row.campaign in taken else ""
		job = Job(
			row.name,
			(CAMPAIGN, campaign) if campaign else key or ("", row.name),
			run_mins,
			whole_mins(exact(row.setup_mins)),
			queue.mins_until(_due(facts, order, place)),
			_ready(queue, facts, order, place),
			traits.feeders,
			traits.owner,
		)
		queue.rows[row.name], queue.orders[row.name] = row, order
		waiting.append(((str(row.planned_start_at or "9999"), str(order.due_at or "9999"), row.name), job))
	queue.jobs = _with_campaigns_together([job for _when, job in sorted(waiting, key=lambda one: one[0])])


def _with_campaigns_together(jobs: list[Job]) -> list[Job]:
	"""Members of a campaign stand where the first of them does."""
	first: dict[tuple[str, ...], int] = {}
	for place, job in enumerate(jobs):
		first.setdefault(_company(job), place)
	return sorted(jobs, key=lambda job: first[_company(job)])


def _company(job: Job) -> tuple[str, ...]:
	return job.program if job.program[0] == CAMPAIGN else (job.order,)


def _get_open_campaigns(facts: Facts) -> set[str]:
	names = {row.campaign for rows in facts.operations.values() for row in rows if row.campaign}
	filters = {"name": ["in", sorted(names) or [""]], "status": ["in", OPEN]}
	return set(frappe.get_all(CAMPAIGN, filters=filters, pluck="name"))


def _due(facts: Facts, order: frappe._dict, place: int) -> datetime:
	"""When the operation has to end, for the rest of the order to be in time."""
	if not order.due_at:
		return datetime.max
	left = facts.left[order.name]
	later = [left.get(cint(row.op_no)) for row in facts.operations[order.name][place + 1 :]]
	mins = sum((rest.work_mins + rest.wait_mins for rest in later if rest), Decimal(0))
	return get_datetime(order.due_at) - timedelta(minutes=whole_mins(mins))


def _ready(queue: Queue, facts: Facts, order: frappe._dict, place: int) -> int:
	"""When what the operation before makes is planned to be there."""
	before = facts.operations[order.name][place - 1] if place else None
	if not before or cint(before.op_no) not in facts.left[order.name] or not before.planned_end_at:
		return 0
	return queue.mins_until(get_datetime(before.planned_end_at))
