"""Classic instances: the gap to the best known plan, beside PyJobShop on the same cores and seconds.

    python -m benchmarks.scheduling static --short
    python -m benchmarks.scheduling static --family brandimarte --seconds 20 --workers 2 --gantt plans/

Every plan is checked by `verify`. Prints Markdown: a row per instance, then a row per family.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import dataclass

from benchmarks.scheduling.gantt import write_page
from benchmarks.scheduling.instances import Instance, chosen
from benchmarks.scheduling.readers import shop
from benchmarks.scheduling.rival import IS_THERE, Rival, solve_with_pyjobshop
from sbk_mes.scheduler import Result, Status, prepare, solve
from sbk_mes.scheduler.verify import verify


@dataclass(frozen=True)
class Row:
	"""One instance, solved by us and perhaps by PyJobShop."""

	instance: Instance
	operations: int
	result: Result
	wall_s: float
	cpu_s: float
	rival: Rival | None

	@property
	def best(self) -> int | None:
		"""The best plan known, ours and the rival's of this run included."""
		known = [self.instance.best, self.result.measures.total, self.rival and self.rival.total]
		return min((each for each in known if each is not None), default=None)

	@property
	def gap(self) -> float:
		return _gap(self.result.measures.total, self.best)

	@property
	def rival_gap(self) -> float | None:
		if self.rival is None or self.rival.total is None:
			return None
		return _gap(self.rival.total, self.best)

	@property
	def is_worse(self) -> bool:
		theirs = self.rival.total if self.rival else None
		return theirs is not None and self.result.measures.total > theirs


def run(arguments: argparse.Namespace) -> None:
	"""Solve what was asked for and print the tables."""
	compares = IS_THERE and not arguments.alone
	if not compares and not arguments.alone:
		print("PyJobShop is not installed; `pip install pyjobshop` to compare with it.\n")
	warm_up(arguments.workers)
	print(
		f"{arguments.workers} workers, {arguments.seconds:g} s of wall time, seed {arguments.seed}; "
		"times in seconds\n"
	)
	print(
		"| instance | ops | best known | ours | gap % | bound | first plan | wall | CPU | PyJobShop | gap % |"
	)
	print("|---|---|---|---|---|---|---|---|---|---|---|")
	rows = []
	for instance in chosen(arguments.family, arguments.instance, arguments.short):
		row = measure(instance, arguments, compares)
		rows.append(row)
		print(line(row), flush=True)
	print_families(rows)


def warm_up(workers: int) -> None:
	"""Compile what is compiled once per machine, and load what a worker has loaded."""
	prepare()
	problem = shop([[[(at, 3 + job % 5)] for at in range(3)] for job in range(20)], 3)
	solve(problem, time_limit_s=1.0, workers=workers)
	if IS_THERE:
		solve_with_pyjobshop(problem, time_limit_s=1.0, workers=workers)


def measure(instance: Instance, arguments: argparse.Namespace, compares: bool) -> Row:
	problem = instance.problem()
	wall, cpu = time.perf_counter(), time.process_time()
	result = solve(problem, time_limit_s=arguments.seconds, workers=arguments.workers, seed=arguments.seed)
	wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
	violations = verify(problem, result.schedule)
	if violations:
		raise SystemExit(f"{instance.name}: {violations[0].message}")
	if arguments.gantt:
		write_page(arguments.gantt, f"{instance.family} {instance.name}", problem, result)
	rival = None
	if compares:
		rival = solve_with_pyjobshop(
			problem, time_limit_s=arguments.seconds, workers=arguments.workers, seed=arguments.seed
		)
	return Row(instance, len(problem.operations), result, wall, cpu, rival)


def line(row: Row) -> str:
	"""One row of the table; proven totals in bold."""
	total = str(row.result.measures.total)
	theirs, their_gap = "", ""
	if row.rival:
		theirs = "-" if row.rival.total is None else str(row.rival.total)
		their_gap = "-" if row.rival_gap is None else f"{row.rival_gap:.2f}"
	cells = [
		row.instance.name,
		str(row.operations),
		"" if row.instance.best is None else str(row.instance.best),
		f"**{total}**" if row.result.status is Status.OPTIMAL else total,
		f"{row.gap:.2f}",
		str(row.result.bound),
		f"{row.result.history[0].wall_s:.2f}" if row.result.history else "-",
		f"{row.wall_s:.1f}",
		f"{row.cpu_s:.1f}",
		f"**{theirs}**" if row.rival and row.rival.proven else theirs,
		their_gap,
	]
	return f"| {' | '.join(cells)} |"


def print_families(rows: list[Row]) -> None:
	families: dict[str, list[Row]] = defaultdict(list)
	for row in rows:
		families[row.instance.family].append(row)
		if any(part in row.instance.family for part in ("brandimarte", "hurink", "dauzere")):
			families["brandimarte, hurink, dauzere_paulli"].append(row)
	families["all"] = rows
	print("\n| family | instances | mean gap % | PyJobShop | ratio | worse than it | longest first plan |")
	print("|---|---|---|---|---|---|---|")
	for family, members in families.items():
		if not members:
			continue
		both = [row for row in members if row.rival_gap is not None]
		ours = sum(row.gap for row in members) / len(members)
		first = max((row.result.history[0].wall_s for row in members if row.result.history), default=0.0)
		theirs = ratio = ""
		if both:
			mean = sum(row.rival_gap or 0.0 for row in both) / len(both)
			own = sum(row.gap for row in both) / len(both)
			missing = len(members) - len(both)
			theirs = f"{mean:.2f}" + (f" ({missing} without a plan)" if missing else "")
			ratio = f"{own / mean:.2f}" if mean else "-"
		worse = sum(row.is_worse for row in members)
		print(f"| {family} | {len(members)} | {ours:.2f} | {theirs} | {ratio} | {worse} | {first:.2f} |")


def _gap(total: int, best: int | None) -> float:
	"""Per cent above the best known; 0 where nothing is known."""
	if best is None or total <= best:
		return 0.0
	return 100 * (total - best) / best if best else 100.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
	parser.add_argument("--short", action="store_true", help="the documented selection, about 25 minutes")
	parser.add_argument(
		"--family", action="append", default=[], help="how a word of a family's name begins; may be repeated"
	)
	parser.add_argument("--instance", action="append", default=[], help="may be repeated")
	parser.add_argument("--seconds", type=float, default=20.0)
	parser.add_argument("--workers", type=int, default=2)
	parser.add_argument("--seed", type=int, default=0)
	parser.add_argument("--alone", action="store_true", help="without PyJobShop")
	parser.add_argument("--gantt", help="a folder for a page per plan")
