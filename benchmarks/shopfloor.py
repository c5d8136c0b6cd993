"""How fast the floor reports, and how fast the progress board shows many open orders.

	python benchmarks/shopfloor.py [500 5000] [--reports 400] [--operators 20]

Runs in the home the tests run in: a fresh benchless site, or the bench named by MES_BENCH and MES_SITE (its
records stay there). Operators report over HTTP, all on one order and each on an order of his own; the board
is asked for in process, as a page and as the whole list, in pages of the cap.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / part) for part in ("tests", "fixtures", "")]

import homes  # noqa: E402 - found through the path set above

REPORT = "method/sbk_mes.api.shopfloor.report"
PAGE = 100
CAP = 500
ROUNDS = 5


def main() -> None:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("orders", nargs="*", type=int, default=[500, 5000])
	parser.add_argument("--reports", type=int, default=400)
	parser.add_argument("--operators", type=int, default=20)
	chosen = parser.parse_args()
	homes.open_home()
	print(f"home: {homes.describe()}")
	try:
		measure_reports(chosen.reports, chosen.operators)
		measure_boards(chosen.orders)
	finally:
		homes.close_home()


def measure_reports(count: int, operators: int) -> None:
	"""Reports per second and how long one takes, on one order and on one each."""
	from callers import Client, make_user
	from floor import make_order

	import frappe

	each = max(count // operators, 1)
	shared = make_order(each * operators)
	own = [make_order(each) for _n in range(operators)]
	users = [make_user("MES Operator") for _n in range(operators)]
	frappe.db.commit()
	print(f"{'reports on':>20} {'per s':>8} {'median ms':>10} {'p95 ms':>8} {'failed':>7}")
	with homes.current().web() as url:
		clients = [Client(url, *user) for user in users]
		for title, orders in (("one order", [shared] * operators), ("one order each", own)):
			jobs = [(client, order.name) for client, order in zip(clients, orders, strict=True)]
			seconds, times, failed = report_at_once(jobs, each)
			p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
			print(
				f"{title:>20} {len(times) / seconds:>8.1f} {statistics.median(times) * 1000:>10.1f} "
				f"{p95 * 1000:>8.1f} {failed:>7}",
				flush=True,
			)


def report_at_once(jobs: list, each: int) -> tuple[float, list[float], int]:
	"""Seconds in all, seconds of each report, and how many were not accepted."""

	def work(job) -> tuple[list[float], int]:
		client, order = job
		times, failed = [], 0
		for _n in range(each):
			began = time.perf_counter()
			reply = client.post(REPORT, {"work_order": order, "op_no": 10, "good_qty": 1})
			times.append(time.perf_counter() - began)
			failed += reply.status_code != 200
		return times, failed

	began = time.perf_counter()
	with ThreadPoolExecutor(len(jobs)) as people:
		done = list(people.map(work, jobs))
	seconds = time.perf_counter() - began
	return seconds, [one for times, _failed in done for one in times], sum(failed for _times, failed in done)


def measure_boards(sizes: list[int]) -> None:
	"""Milliseconds and statements for pages of the boards and for all of one, by the open orders."""
	from statements import statements_of

	from sbk_mes.api import board

	def page(size: int) -> None:
		board.progress(page_length=size)

	titles = ("open orders", f"{PAGE} rows ms", f"{CAP} rows ms", "statements", "all s", "machines ms")
	print(" ".join(f"{title:>12}" for title in titles))
	made = 0
	for size in sorted(sizes):
		make_open_orders(size - made)
		made = size
		statements = len(statements_of(lambda: page(CAP)))
		began = time.perf_counter()
		for start in range(0, size, CAP):
			board.progress(start=start, page_length=CAP)
		whole = time.perf_counter() - began
		print(
			f"{size:>12} {median_ms(lambda: page(PAGE)):>12.1f} {median_ms(lambda: page(CAP)):>12.1f} "
			f"{statements:>12} {whole:>12.2f} {median_ms(board.machines):>12.1f}",
			flush=True,
		)


def median_ms(do: Callable[[], object]) -> float:
	times = []
	for _n in range(ROUNDS):
		began = time.perf_counter()
		do()
		times.append(time.perf_counter() - began)
	return statistics.median(times) * 1000


def make_open_orders(count: int) -> None:
	"""So many more orders are released."""
	import generator

	import frappe

	from sbk_mes import jobs
	from sbk_mes.conversion import run
	from sbk_mes.orders.release import release_each

	prefix = f"B{frappe.generate_hash(length=4).upper()}"
	rows = generator.load(generator.Size(lines=count, levels=1, components=3, prefix=prefix))
	lines = [{"sales_order": order, "line": row} for order, row in rows]
	answer = run.convert(lines, f"benchmark {prefix}")
	frappe.db.commit()
	jobs.run_conversion(answer["conversion"])
	made = frappe.get_all(
		"MES Work Order",
		filters={"conversion": answer["conversion"], "docstatus": 0},
		pluck="name",
		order_by="name asc",
	)
	assert {result["status"] for result in release_each(made)} <= {"done"}
	frappe.db.commit()


if __name__ == "__main__":
	main()
