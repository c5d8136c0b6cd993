"""The scheduler at work for a run, in a thread of its own; the run's own thread keeps the site meanwhile."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import frappe

from sbk_mes.planning import records
from sbk_mes.scheduler import Problem, Progress, Result

LOOK_EVERY_S = 0.2
TELL_EVERY_S = 1.0
RUSH = "Rush"

# proposals by name, the calmest in front; a plan that is the only one has no name
Found = list[tuple[str, Result]]
Show = Callable[[Result], None]


def solve(problem: Problem, on_first: Show, **options: Any) -> Found:
	"""The best plan found; the first one is shown before better ones are looked for."""
	# loaded here and nowhere else: who does not solve never has OR-Tools in memory
	from sbk_mes.scheduler.rush import least_disturbing
	from sbk_mes.scheduler.solve import solve as search

	# to begin with the plan in force, what is new worked into it, finds plans that move less
	in_force = least_disturbing(problem) if problem.base else None
	first = search(problem, time_limit_s=0, start=in_force)
	on_first(first)
	return [("", search(problem, start=first.schedule, **options))]


def mend(problem: Problem, on_first: Show, **options: Any) -> Found:
	"""Proposals that work what is new into the plan in force, the calmest first; one is shown at once."""
	from sbk_mes.scheduler.rush import Proposal, repair

	def show(proposal: Proposal) -> None:
		if proposal.name == "first":
			on_first(proposal.result)

	options.pop("on_progress")
	return [(each.name, each.result) for each in repair(problem, on_proposal=show, **options)]


@dataclass
class Solving:
	"""One run's search: tells how far it is, shows its first plan, ends when somebody says stop."""

	schedule: Any
	stop: threading.Event = field(default_factory=threading.Event)
	history: list[Progress] = field(default_factory=list)
	first: list[Result] = field(default_factory=list)

	def run(self, problem: Problem, show: Show) -> Found:
		"""What was found when the time is over, or when somebody said stop.

		show
			Called in this thread with the first plan, unless all is over as soon.
		"""
		pool = ThreadPoolExecutor(1, thread_name_prefix="solver")
		is_rush = self.schedule.occasion == RUSH and bool(problem.base)
		work = pool.submit(
			mend if is_rush else solve,
			problem,
			self.first.append,
			time_limit_s=self.schedule.time_limit_s,
			workers=self.schedule.workers,
			seed=self.schedule.seed,
			on_progress=self.history.append,
			should_stop=self.stop.is_set,
		)
		try:
			return self._wait(work, show)
		finally:
			self.stop.set()
			pool.shutdown(wait=False)

	def _wait(self, work: "Future[Found]", show: Show) -> Found:
		began = told = monotonic()
		is_shown = False
		while True:
			try:
				return work.result(timeout=LOOK_EVERY_S)
			except NotYet:
				if work.done():
					raise
			if self.first and not is_shown:
				is_shown = True
				show(self.first[0])
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
		if frappe.db.get_value("MES Schedule", name, "stop"):
			self.stop.set()
		frappe.db.commit()  # nosemgrep: progress is for others to see; nothing else is open
