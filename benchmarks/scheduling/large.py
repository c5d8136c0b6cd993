"""Plants with family changeovers: first plan, weighted tardiness, bound, time and memory.

python -m benchmarks.scheduling plants --sizes 500x20 2000x50 --seconds 20 --workers 2
"""

from __future__ import annotations

import argparse
import resource
import time

from benchmarks.scheduling.gantt import write_page
from benchmarks.scheduling.plants import generate, problem_of
from sbk_mes.scheduler import search, solve, verify

HEAD = (
	f"{'operations':>10} {'machines':>8} {'seed':>4} {'first plan':>10} {'in s':>6} {'ms/op':>6} "
	f"{'final':>8} {'bound':>7} {'wall s':>7} {'cpu s':>7} {'MiB':>6} {'sound':>6}"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
	parser.add_argument("--sizes", nargs="+", default=["500x20", "2000x50"], help="operations x machines")
	parser.add_argument("--seconds", type=float, default=20.0, help="wall clock for the whole solve")
	parser.add_argument("--workers", type=int, default=2)
	parser.add_argument("--seeds", type=int, nargs="+", default=[11], help="of the plants")
	parser.add_argument("--gantt", help="a folder for a page per plan")


def run(arguments: argparse.Namespace) -> None:
	small = problem_of(generate(40, 4, 1))
	search.improve(
		small, search.dispatch(small), time_limit_s=60, work_limit=0.01
	)  # compiles, once per machine
	print(HEAD)
	for size in arguments.sizes:
		operations, machines = (int(part) for part in size.split("x"))
		for seed in arguments.seeds:
			print(_line(operations, machines, seed, arguments), flush=True)


def _line(operations: int, machines: int, seed: int, arguments: argparse.Namespace) -> str:
	problem = problem_of(generate(operations, machines, seed))
	began = time.process_time()
	first = search.dispatch(problem)
	first_s = time.process_time() - began
	wall, cpu = time.perf_counter(), time.process_time()
	result = solve(problem, time_limit_s=arguments.seconds, workers=arguments.workers)
	wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
	if arguments.gantt:
		write_page(arguments.gantt, f"plant {operations}x{machines} seed {seed}", problem, result)
	tardy = first.measures(problem).weighted_tardiness
	sound = "yes" if not verify(problem, result.schedule) else "NO"
	mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
	return (
		f"{operations:>10} {machines:>8} {seed:>4} {tardy:>10} {first_s:>6.2f} "
		f"{1000 * first_s / operations:>6.3f} {result.measures.weighted_tardiness:>8} {result.bound:>7} "
		f"{wall:>7.1f} {cpu:>7.1f} {mib:>6} {sound:>6}"
	)
