"""Plants of any size for benchmarks: the same seed gives the same plant, so figures can be compared.

A plant has machine groups (a bottleneck here and there), orders of three to seven operations in a row, one to
four machines per operation with times of their own, family changeovers per group that obey the triangle
inequality, machine downtimes over which no run may lie, release dates, due dates and weights (1, 2 or 5).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sbk_mes.rules.spans import Span, subtract
from sbk_mes.scheduler.problem import Link, Mode, Operation, Order, Problem, Resource


def generate(
	n_ops: int,
	n_machines: int,
	seed: int,
	utilization: float = 0.85,
	n_families: int = 6,
	setup_scale: float = 1.0,
) -> dict[str, Any]:
	"""The plant as plain lists: machines, changeovers[group][from][to], jobs with their operations."""
	rng = np.random.default_rng(seed)
	n_groups = max(2, round(n_machines / 4))
	group = np.sort(np.concatenate([np.arange(n_groups), rng.integers(0, n_groups, n_machines - n_groups)]))
	members = [np.flatnonzero(group == g) for g in range(n_groups)]
	speed = rng.uniform(0.9, 1.15, n_machines)
	share = np.array([len(m) for m in members]) * rng.uniform(0.85, 1.15, n_groups)
	share /= share.sum()

	lengths, total = [], 0
	while total < n_ops:
		k = int(rng.integers(3, 8))
		k = min(k, n_ops - total)
		lengths.append(k)
		total += k

	jobs: list[dict[str, Any]] = []
	work = 0.0
	job_mins = np.zeros(len(lengths))
	for number, length in enumerate(lengths):
		family = int(rng.integers(0, n_families))
		lot = float(np.clip(rng.lognormal(0, 0.5), 0.3, 3.5))
		operations: list[dict[str, Any]] = []
		previous = -1
		for _ in range(length):
			g = int(rng.choice(n_groups, p=share))
			if g == previous:
				g = int(rng.choice(n_groups, p=share))
			previous = g
			base = float(np.clip(rng.gamma(3, 14), 8, 150)) * lot
			k = min(len(members[g]), int(rng.choice([1, 2, 3, 4], p=[0.25, 0.35, 0.25, 0.15])))
			chosen = sorted(rng.choice(members[g], k, replace=False))
			alternatives = [[int(m), max(5, round(base * speed[m]))] for m in chosen]
			own = family if rng.random() < 0.8 else int(rng.integers(0, n_families))
			operations.append({"alternatives": alternatives, "family": own})
			job_mins[number] += base
			work += float(np.mean([mins for _, mins in alternatives]))
		jobs.append({"operations": operations})

	changeover = (rng.integers(5, 46, (n_groups, n_families, n_families)) * setup_scale).astype(np.int64)
	for f in range(n_families):
		changeover[:, f, f] = 0
	for g in range(n_groups):
		for k in range(n_families):
			changeover[g] = np.minimum(
				changeover[g], changeover[g][:, k : k + 1] + changeover[g][k : k + 1, :]
			)
	first_family = rng.integers(0, n_families, n_machines)

	horizon = (work + n_ops * 8) / (n_machines * utilization)
	n_jobs = len(jobs)
	release = np.where(rng.random(n_jobs) < 0.6, 0, rng.uniform(0, 0.7 * horizon, n_jobs)).astype(np.int64)
	latest = rng.uniform(0.12, 1.12, n_jobs) * horizon
	due = np.maximum(release + 1.3 * job_mins + 30, latest).astype(np.int64)
	weight = rng.choice([1, 2, 5], n_jobs, p=[0.6, 0.3, 0.1])
	for job, r, d, w in zip(jobs, release, due, weight, strict=True):
		job.update(release=int(r), due=int(d), weight=int(w))

	machines = []
	for m in range(n_machines):
		downtimes, t = [], rng.uniform(0, 2880)
		while t < 3 * horizon + 5000:
			mins = int(rng.integers(60, 181))
			downtimes.append([int(t), int(t) + mins])
			t += mins + rng.uniform(1440, 4320)
		machines.append(
			{"group": int(group[m]), "first_family": int(first_family[m]), "downtimes": downtimes}
		)
	return {"machines": machines, "changeovers": changeover.tolist(), "jobs": jobs}


def problem_of(plant: dict[str, Any]) -> Problem:
	"""The plant as a Problem; its horizon reaches to the last downtime."""
	horizon = max(down[1] for machine in plant["machines"] for down in machine["downtimes"])
	resources = tuple(
		Resource(
			f"M{m}",
			open=tuple(subtract(Span(0, horizon), [Span(*down) for down in machine["downtimes"]])),
			matrix=f"G{machine['group']}",
			first_family=f"F{machine['first_family']}",
		)
		for m, machine in enumerate(plant["machines"])
	)
	changeovers = {
		f"G{g}": {(f"F{a}", f"F{b}"): mins for a, row in enumerate(matrix) for b, mins in enumerate(row)}
		for g, matrix in enumerate(plant["changeovers"])
	}
	orders, operations, links = [], [], []
	for number, job in enumerate(plant["jobs"]):
		name = f"J{number}"
		orders.append(Order(name, due=job["due"], weight=job["weight"], release=job["release"]))
		for step, row in enumerate(job["operations"]):
			operations.append(
				Operation(
					f"{name}.{step}",
					name,
					modes=tuple(Mode(f"M{m}", mins) for m, mins in row["alternatives"]),
					family=f"F{row['family']}",
					can_pause=False,
				)
			)
			if step:
				links.append(Link(f"{name}.{step - 1}", f"{name}.{step}"))
	return Problem(
		horizon=horizon,
		resources=resources,
		orders=tuple(orders),
		operations=tuple(operations),
		links=tuple(links),
		changeovers=changeovers,
	)
