"""Documents become a Problem: resources with their open time, operations with what is left of them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import frappe
from frappe.utils import cint, get_datetime, now_datetime

from sbk_mes.planning import facts as site
from sbk_mes.planning.changeovers import get_family, get_matrix
from sbk_mes.planning.drift import push
from sbk_mes.planning.facts import Facts, whole_mins
from sbk_mes.planning.groups import Group
from sbk_mes.planning.horizon import Horizon
from sbk_mes.planning.places import Places
from sbk_mes.planning.settings import Settings
from sbk_mes.rules.progress import Left
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import FROZEN, SCHEDULED
from sbk_mes.scheduler import (
	Assignment,
	Fixed,
	Link,
	Mode,
	Need,
	Objective,
	Operation,
	Order,
	Problem,
	Resource,
)
from sbk_mes.scheduler.errors import ObjectiveTooLarge
from sbk_mes.scheduler.problem import WHOLE

WEIGHTS = {"Normal": 1, "High": 5, "Urgent": 50}
WEEK = 7 * 1440
CLASSES = {"Normal": 0, "High": 1, "Urgent": 2}
# nothing is planned yet: lateness decides, the rest breaks ties
FIRST_TIME = Objective(mode="lexicographic", tardiness=1, flow=1, changeover=1)
# a plan is in force: an operation moves to save 24 minutes of lateness or a week of flow, or it stays
FROM_THEN_ON = Objective(mode="weighted", tardiness=WEEK // 24, flow=1, changeover=1, moved=WEEK)
HUNDRED = Decimal(100)
BREAKDOWN = "Breakdown"
POOL = "|pool"
LONGEST_LOOK_BACK = timedelta(days=31)


@dataclass(frozen=True)
class Outside:
	"""Work that no resource of ours does: so many minutes, some time after an operation of ours, or first."""

	row: frappe._dict
	after: str | None
	lead_mins: int
	mins: int


@dataclass(frozen=True)
class Loaded:
	"""A problem, and the documents it was made from.

	`rows` are operation rows by the problem's operation ids; `resource_of` and `lane_of` tell what its
	resources are; `outside` is the work of others, by order; `planned` is the plan in force as it is stored;
	`interruptible` are operations that run and may be put off.
	"""

	problem: Problem
	horizon: Horizon
	facts: Facts
	group: Group
	rows: dict[str, frappe._dict]
	resource_of: dict[str, str]
	lane_of: dict[str, int]
	outside: dict[str, list[Outside]]
	planned: tuple[Assignment, ...]
	interruptible: frozenset[str]

	def is_placed(self, order: str) -> bool:
		"""True when the order has a place in the plan in force."""
		return is_placed(self.facts.orders[order])


def is_placed(order: frappe._dict) -> bool:
	"""True when dates of an order's operations are of a plan, not of the backward walk of its conversion."""
	return bool(order.schedule) or order.workflow_state == SCHEDULED


def load(group: Group, facts: Facts, settings: Settings, now: datetime | None = None) -> Loaded:
	"""The problem of one group of orders at this moment."""
	return _Loader(group, facts, settings, now or now_datetime()).load()


class _Loader:
	def __init__(self, group: Group, facts: Facts, settings: Settings, now: datetime):
		self.group, self.facts, self.settings = group, facts, settings
		begun = [since for job, since in facts.running_since.items() if job[0] in group.orders]
		earliest = max(min(begun, default=now), now - LONGEST_LOOK_BACK)
		self.horizon = Horizon(now, settings.horizon_days, earliest.date())
		self.names = sorted(group.orders)
		self.places = Places(facts, self.horizon)
		self.pools = {
			row.resource for job, rows in facts.beside.items() if job[0] in group.orders for row in rows
		}
		self.specs: dict[str, dict[str, Any]] = {}
		self.rows: dict[str, frappe._dict] = {}
		self.links: list[Link] = []
		self.gates: list[tuple[str, str]] = []
		self.ends: dict[str, tuple[str, int]] = {}
		self.outside: dict[str, list[Outside]] = defaultdict(list)
		self.base: dict[str, Assignment] = {}
		self.interruptible: set[str] = set()
		self.wanted = {name for order in facts.preempting for name in self._next_resources(order)}

	def load(self) -> Loaded:
		fixed = dict(self._begun())
		for name in self.names:
			self._add_order(name, fixed)
		self._add_gates()
		orders = {spec["order"] for spec in self.specs.values()}
		matrices = [get_matrix(self.facts, name) for name in sorted(self.group.resources)]
		problem = partial(
			Problem,
			horizon=self.horizon.mins,
			resources=tuple(self._resources()),
			orders=tuple(self._order(name) for name in self.names if name in orders),
			operations=tuple(Operation(**spec) for spec in self.specs.values()),
			links=tuple(self.links),
			changeovers={name: matrix for name, matrix in matrices if name},
			now=self.horizon.now,
		)
		base = push(problem(), self.base) if self.base else ()
		fence = self.horizon.now + self.settings.fence_mins
		objective = FROM_THEN_ON if base else FIRST_TIME
		try:
			whole = problem(fence=fence, base=base, objective=objective)
		except ObjectiveTooLarge:  # so many orders that lateness first does not fit into 64 bits
			whole = problem(fence=fence, base=base, objective=FROM_THEN_ON)
		return Loaded(
			whole,
			self.horizon,
			self.facts,
			self.group,
			self.rows,
			self.places.resource_of,
			self.places.lane_of,
			self.outside,
			tuple(self.base.values()),
			frozenset(self.interruptible),
		)

	# operations

	def _begun(self) -> Iterator[tuple[str, Fixed]]:
		"""Places of operations that run or were interrupted: on their machine, one after the other."""
		waiting: dict[str, list[tuple[bool, str, str, frappe._dict, Left]]] = defaultdict(list)
		for name in self.names:
			if self.facts.orders[name].workflow_state == FROZEN:
				continue
			is_fed = True
			for row in self.facts.operations[name]:
				left = self.facts.left[name].get(cint(row.op_no))
				if not left:
					continue
				runs = (name, cint(row.op_no)) in self.facts.running_since
				goes_on = runs or (is_fed and not self._is_put_off(row))
				is_here = site.is_begun(row) and goes_on and self._works_now(row)
				if is_here:
					waiting[row.resource].append((not runs, str(row.started_at or ""), row.name, row, left))
				is_fed = is_fed and is_here
		for resource in sorted(waiting):
			for *_order, row, left in sorted(waiting[resource], key=lambda job: job[:3]):
				mins = self._run_mins(resource, row.run_mins, left)
				place = self.places.place_begun(row, mins, self._since(row))
				if resource in self.wanted and self._may_interrupt(row):
					self.interruptible.add(row.name)
				else:
					yield row.name, place

	def _next_resources(self, order: str) -> Iterator[str]:
		"""Where an order may go on now: the resources of the first operation with something left."""
		left = self.facts.left.get(order, {})
		row = next((row for row in self.facts.operations.get(order, ()) if cint(row.op_no) in left), None)
		if row:
			yield row.resource
			yield from (other.resource for other in self.facts.instead.get((order, cint(row.op_no)), ()))

	def _may_interrupt(self, row: frappe._dict) -> bool:
		is_urgent = CLASSES.get(self.facts.orders[row.parent].priority, 0) == CLASSES["Urgent"]
		return row.parent not in self.facts.preempting and not is_urgent and not cint(row.is_uninterrupted)

	def _is_put_off(self, row: frappe._dict) -> bool:
		"""True for an operation that was interrupted and that the plan in force has later."""
		is_planned = is_placed(self.facts.orders[row.parent]) and row.planned_start_at
		return bool(is_planned) and get_datetime(row.planned_start_at) > self.horizon.at

	def _since(self, row: frappe._dict) -> datetime | None:
		"""When work on what is left began, for an operation whose clock runs; None for one that was left."""
		job = row.parent, cint(row.op_no)
		begun = self.facts.running_since.get(job)
		return max(begun, self.facts.reported_at.get(job, begun)) if begun else None

	def _works_now(self, row: frappe._dict) -> bool:
		"""False where the machine of a begun operation is out of order: the rest may go elsewhere."""
		known = self.facts.resources.get(row.resource or "")
		if known is None or not cint(known.is_active) or self.facts.is_outsourced(row):
			return False
		return not any(
			kind == BREAKDOWN and start <= self.horizon.at < end
			for start, end, kind in self.facts.downtimes.get(row.resource, ())
		)

	def _add_order(self, name: str, fixed: dict[str, Fixed]) -> None:
		order = self.facts.orders[name]
		before: str | None = None
		wait, release, permille = 0, 0, WHOLE
		for row in self.facts.operations[name]:
			job = name, cint(row.op_no)
			left = self.facts.left[name].get(job[1])
			if not left:
				release = max(release, self._waited(job, row))
				continue
			if self.facts.is_outsourced(row):
				mins = self._outside_mins(row, left)
				self.outside[name].append(Outside(row, before, wait, mins))
				wait, permille = wait + mins + whole_mins(left.wait_mins), WHOLE
				continue
			if not before and wait:
				release = max(release, self.horizon.now) + wait
			place = fixed.get(row.name) or self._held(order, row)
			if not place and order.workflow_state == FROZEN:
				continue
			self._add_operation(order, row, left, place, 0 if before else release)
			if before:
				self.links.append(Link(before, row.name, wait, permille))
			self.gates += [(child, row.name) for child in self.facts.children.get(job, ())]
			before, wait, permille = row.name, whole_mins(left.wait_mins), _permille(row, left)
		if before:
			self.specs[before]["trailing_wait_mins"] = wait
			self.ends[name] = before, wait

	def _add_operation(
		self, order: frappe._dict, row: frappe._dict, left: Left, place: Fixed | None, release: int
	) -> None:
		kind = self.facts.families.get(order.item) or order.item
		setup_mins = 0 if place and site.is_begun(row) else whole_mins(exact(row.setup_mins))
		modes = tuple(self._modes(row, left))
		self.rows[row.name] = row
		self.specs[row.name] = {
			"id": row.name,
			"order": order.name,
			"modes": modes,
			"family": get_family(self.facts, order, row),
			"setup_mins": setup_mins,
			"can_pause": not cint(row.is_uninterrupted),
			"release": max(release, 0),
			"batch_key": f"{kind}|{row.operation}|{self._batch_setups(modes)}",
			"batch_size": max(whole_mins(left.qty), 1),
			"fixed": place,
		}
		is_planned = is_placed(order) and row.planned_start_at and row.planned_end_at
		if not place and is_planned and row.name not in self.interruptible:
			planned = self.places.place_planned(row)
			if planned:
				self.base[row.name] = planned

	def _waited(self, job: tuple[str, int], row: frappe._dict) -> int:
		"""The minute at which the wait after a finished operation is over."""
		reported = self.facts.reported_at.get(job)
		mins = whole_mins(exact(row.wait_mins))
		return self.horizon.ceil(reported) + mins if reported and mins else 0

	def _outside_mins(self, row: frappe._dict, left: Left) -> int:
		mins = whole_mins(exact(row.setup_mins) + exact(row.run_mins) * left.qty)
		if not row.started_at:
			return mins
		gone = self.horizon.now - self.horizon.floor(get_datetime(row.started_at))
		return max(mins - max(gone, 0), 0)

	def _held(self, order: frappe._dict, row: frappe._dict) -> Fixed | None:
		"""The place of an operation that is pinned, or that belongs to a frozen order."""
		is_frozen = order.workflow_state == FROZEN
		if not (is_frozen or cint(row.is_pinned)) or not row.planned_start_at or not row.planned_end_at:
			return None
		is_past = self.horizon.floor(get_datetime(row.planned_start_at)) < self.horizon.now
		if is_past and not is_frozen:
			return None
		place = self.places.place_planned(row)
		return Fixed(place.resource, place.start, place.end) if place else None

	def _modes(self, row: frappe._dict, left: Left) -> Iterator[Mode]:
		job = row.parent, cint(row.op_no)
		others = self.facts.instead.get(job, ())
		own_mins = row.run_mins, row.setup_mins
		ways = {
			other.resource: (other.run_mins or row.run_mins, other.setup_mins or row.setup_mins)
			for other in others
		}
		if row.resource:
			ways = {row.resource: ways.get(row.resource, own_mins), **ways}
		needs = tuple(
			Need(self._pool_id(need.resource), max(cint(need.units), 1))
			for need in self.facts.beside.get(job, ())
		)
		for resource, (run_mins, setup_mins) in ways.items():
			known = self.facts.resources.get(resource)
			if not known or not cint(known.is_active):
				continue
			own = (Need(self._pool_id(resource)),) if resource in self.pools else ()
			mins = self._run_mins(resource, run_mins, left)
			for lane in self.places.lanes(resource):
				yield Mode(lane, mins, needs + own, whole_mins(exact(setup_mins)))

	def _batch_setups(self, modes: tuple[Mode, ...]) -> str:
		"""The setups on ovens, which those that run together have in common."""
		ovens = {
			mode.resource: mode.setup_mins
			for mode in modes
			if cint(self.facts.resources[self.places.resource_of[mode.resource]].is_batch)
		}
		return str(sorted(set(ovens.values()) if len(set(ovens.values())) == 1 else ovens.items()))

	def _run_mins(self, resource: str, run_mins: float, left: Left) -> int:
		efficiency = exact(self.facts.resources[resource].efficiency_pct) or HUNDRED
		return whole_mins(exact(run_mins) * left.qty * HUNDRED / efficiency)

	def _add_gates(self) -> None:
		"""What a child order makes is there before the operation that needs it begins."""
		for child, operation in self.gates:
			if child in self.ends:
				before, wait = self.ends[child]
				self.links.append(Link(before, operation, wait))
			elif self.facts.drafts.get(child):
				made = self.horizon.ceil(self.facts.drafts[child])
				self.specs[operation]["release"] = max(self.specs[operation]["release"], made)

	# plant

	def _order(self, name: str) -> Order:
		order = self.facts.orders[name]
		due = self.horizon.floor(get_datetime(order.due_at)) if order.due_at else None
		return Order(
			id=name,
			due=due,
			weight=WEIGHTS.get(order.priority, 1),
			priority_class=CLASSES.get(order.priority, 0),
		)

	def _resources(self) -> Iterator[Resource]:
		mains = {mode.resource for spec in self.specs.values() for mode in spec["modes"]}
		mains |= {spec["fixed"].resource for spec in self.specs.values() if spec["fixed"]}
		mains |= {place.resource for place in self.base.values()}
		for lane in sorted(mains):
			name = self.places.resource_of[lane]
			known = self.facts.resources[name]
			batch = whole_mins(exact(known.capacity_per_batch_qty)) if cint(known.is_batch) else 0
			yield Resource(
				id=lane,
				open=self.places.open_spans(name),
				capacity=max(batch, 1),
				kind="batch" if batch else "machine",
				matrix=get_matrix(self.facts, name)[0],
				first_family=self.facts.last_families.get(name, ""),
			)
		for name in sorted(self.pools):
			known = self.facts.resources[name]
			yield Resource(
				id=self._pool_id(name),
				open=self.places.open_spans(name) if cint(known.is_active) else (),
				capacity=max(cint(known.parallel_jobs), 1),
				kind="pool",
			)

	def _pool_id(self, name: str) -> str:
		"""A person may be helper here and main resource there: helpers are a pool of their own."""
		return name + POOL


def _permille(row: frappe._dict, left: Left) -> int:
	"""The share of an operation after which its first transfer batch goes on; all of it without batches."""
	batch = exact(row.transfer_qty)
	if batch <= 0 or batch >= left.qty:
		return WHOLE
	return max(min(whole_mins(batch * WHOLE / left.qty), WHOLE), 1)
