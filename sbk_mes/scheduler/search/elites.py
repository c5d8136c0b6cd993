"""Good plans that differ, and plans between two of them (path relinking)."""

from __future__ import annotations

import numpy as np

from sbk_mes.scheduler.search.disjunctive import Ints, Network, Sequences, draw

SPAN = 2_500  # so many operations, over all of the plans that are kept
FEWEST, MOST = 4, 12
SHARES = 1_000


class Elites:
	"""The best plan of each of the last searches, the better ones longer."""

	def __init__(self, network: Network):
		self.network = network
		self.room = min(max(SPAN // network.count, FEWEST), MOST)
		self.plans: list[tuple[int, Ints, Ints]] = []

	@property
	def is_full(self) -> bool:
		return len(self.plans) >= self.room

	def add(self, plan: Sequences, end: int) -> None:
		"""Keeps `plan` if it is not there yet; the longest one goes when there are too many."""
		head = self.network.heads(plan)
		for known, other, mach in self.plans:
			if known == end and (other == head).all() and (mach == plan.mach).all():
				return
		self.plans.append((end, head, plan.mach.copy()))
		if len(self.plans) > self.room:
			del self.plans[max(range(len(self.plans)), key=lambda at: self.plans[at][0])]

	def between(self, state: Ints) -> Sequences:
		"""A plan between two random ones: whatever both do in the same sequence, it does so too.

		Starts that lie between theirs give sequences that respect every link, as those of both do.
		"""
		one = int(draw(state, len(self.plans)))
		two = (one + 1 + int(draw(state, len(self.plans) - 1))) % len(self.plans)
		_, head, mach = self.plans[one]
		_, other_head, other_mach = self.plans[two]
		share = SHARES // 4 + int(draw(state, SHARES // 2))
		starts = head * (SHARES - share) + other_head * share
		takes_other = np.array([draw(state, SHARES) < share for _ in mach])
		return self.network.lined_up(np.where(takes_other, other_mach, mach), starts)
