"""How fast sales-order lines become work orders, and how the time grows.

	python benchmarks/convert.py [100 1000 10000] [--levels 3] [--release] [--profile]

Runs in the home the tests run in: a fresh benchless site, or the bench named by MES_BENCH and MES_SITE (its
records stay there). Each line is a product of 3 levels with 10 components and 5 operations per level, so it
becomes 3 work orders with their pick lists; with `--release` they are released by the conversion, too. The
baseline inserts the documents of a few converted lines again, one after the other.
"""

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / part) for part in ("tests", "fixtures", "")]

import homes  # noqa: E402 - found through the path set above

BASELINE_LINES = 10
COUNTED = (
	"MES Work Order",
	"MES Work Order Operation",
	"MES Work Order Material",
	"MES Work Order Demand",
	"MES Order Link",
	"MES Pick List",
	"MES Pick List Item",
	"MES Event",
)


def main() -> None:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("lines", nargs="*", type=int, default=[100, 1000, 10000])
	parser.add_argument("--levels", type=int, default=3)
	parser.add_argument("--release", action="store_true", help="release on convert")
	parser.add_argument("--profile", action="store_true", help="print where the time of the last size went")
	chosen = parser.parse_args()
	homes.open_home()
	print(f"home: {homes.describe()}")
	try:
		leave_test_mode()
		with released_on_convert(chosen.release):
			measure_all(chosen.lines, levels=chosen.levels, profile=chosen.profile)
	finally:
		homes.close_home()


def leave_test_mode() -> None:
	"""Versions are kept as they are in real use."""
	import frappe

	frappe.flags.in_test = False


@contextlib.contextmanager
def released_on_convert(is_released: bool) -> Iterator[None]:
	"""Meanwhile the order types of the site are released on conversion, or not; then as before."""
	import frappe

	table = "MES Order Type Policy"
	before = dict(frappe.get_all(table, fields=["name", "release_on_convert"], as_list=True))
	try:
		for name in before:
			frappe.db.set_value(table, name, "release_on_convert", int(is_released))
		frappe.clear_document_cache("MES Settings", "MES Settings")
		frappe.db.commit()
		yield
	finally:
		frappe.db.rollback()
		for name, value in before.items():
			frappe.db.set_value(table, name, "release_on_convert", value)
		frappe.clear_document_cache("MES Settings", "MES Settings")
		frappe.db.commit()


def measure_all(sizes: list[int], *, levels: int, profile: bool) -> None:
	print(f"{'lines':>7} {'orders':>7} {'rows':>8} {'seconds':>8} {'cpu s':>8} {'ms/line':>8} {'growth':>7}")
	before = None
	last = ""
	for number, size in enumerate(sizes):
		is_profiled = profile and number == len(sizes) - 1
		seconds, cpu_seconds, orders, rows, last = measure(size, levels, is_profiled)
		per_line = seconds / size * 1000
		growth = f"{per_line / before:.2f}" if before else ""
		times = f"{seconds:>8.2f} {cpu_seconds:>8.2f} {per_line:>8.2f} {growth:>7}"
		print(f"{size:>7} {orders:>7} {rows:>8} {times}", flush=True)
		before = per_line
	one_by_one = measure_baseline(last)
	print(f"baseline: document by document {one_by_one:.1f} ms/line, {one_by_one / before:.1f} times as long")


def measure(size: int, levels: int, is_profiled: bool) -> tuple[float, float, int, int, str]:
	"""Seconds by the clock and of this process for one conversion of `size` lines, and what it wrote."""
	import cProfile
	import pstats

	import generator

	import frappe

	from sbk_mes import jobs
	from sbk_mes.conversion import run

	prefix = f"B{frappe.generate_hash(length=4).upper()}"
	rows = generator.load(generator.Size(lines=size, levels=levels, prefix=prefix))
	lines = [{"sales_order": order, "line": row} for order, row in rows]
	counted_before = count_rows()
	profiler = cProfile.Profile()
	started, cpu_started = time.perf_counter(), time.process_time()
	if is_profiled:
		profiler.enable()
	answer = run.convert(lines, f"benchmark {prefix}")
	frappe.db.commit()
	jobs.run_conversion(answer["conversion"])
	profiler.disable()
	seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
	counted = count_rows()
	if is_profiled:
		pstats.Stats(profiler).sort_stats("tottime").print_stats(35)
		pstats.Stats(profiler).sort_stats("cumulative").print_stats(60)
	done = frappe.db.get_value(
		"MES Conversion", answer["conversion"], ["created_count", "status"], as_dict=True
	)
	assert done.created_count == size, f"only {done.created_count} of {size} lines created"
	written = {doctype: counted[doctype] - counted_before[doctype] for doctype in COUNTED}
	return seconds, cpu_seconds, written["MES Work Order"], sum(written.values()), answer["conversion"]


def measure_baseline(conversion: str) -> float:
	"""Milliseconds per line to insert some lines' work orders and pick lists by `insert()`; rolled back."""
	import frappe

	roots = frappe.get_all(
		"MES Work Order",
		filters={"conversion": conversion, "level": 0},
		pluck="name",
		order_by="name asc",
		limit=BASELINE_LINES,
	)
	names = roots + frappe.get_all(
		"MES Work Order", filters={"root_work_order": ["in", roots]}, pluck="name", order_by="level asc"
	)
	orders = [frappe.copy_doc(frappe.get_doc("MES Work Order", name)) for name in names]
	lists = [
		frappe.copy_doc(frappe.get_doc("MES Pick List", name))
		for name in frappe.get_all(
			"MES Pick List", filters={"work_order": ["in", names]}, pluck="name", order_by="name asc"
		)
	]
	for doc in [*orders, *lists]:
		doc.docstatus = 0
	for order in orders:
		order.workflow_state = None
		order.conversion_key = None
	started = time.perf_counter()
	for doc in [*orders, *lists]:
		doc.insert(ignore_permissions=True)
	seconds = time.perf_counter() - started
	frappe.db.rollback()
	return seconds / len(roots) * 1000


def count_rows() -> dict[str, int]:
	import frappe

	return {doctype: frappe.db.count(doctype) for doctype in COUNTED}


if __name__ == "__main__":
	main()
