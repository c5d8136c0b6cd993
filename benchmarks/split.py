"""How long it takes to split one order into many, to merge many into one, and how many statements.

	python benchmarks/split.py [10 50 200] [--profile]

Runs in the home the tests run in: a fresh benchless site, or the bench named by MES_BENCH and MES_SITE (its
records stay there). The order has 5 operations and 10 materials, half of them at the line in 4 lots, the rest
reserved; it is split before its work begins, and once more at its second operation. The merged orders are
released and have all their material reserved. The baseline inserts and releases as many orders one after the
other.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / part) for part in ("tests", "fixtures", "")]

import homes  # noqa: E402 - found through the path set above

PIECES = 10
MATERIALS, OPERATIONS, LOTS = 10, 5, 4
BASELINE = 5


def main() -> None:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("parts", nargs="*", type=int, default=[10, 50, 200])
	parser.add_argument("--profile", action="store_true", help="print where the time of the last size went")
	chosen = parser.parse_args()
	homes.open_home()
	print(f"home: {homes.describe()}")
	try:
		measure_all(chosen.parts, is_profiled=chosen.profile)
	finally:
		homes.close_home()


def measure_all(sizes: list[int], *, is_profiled: bool) -> None:
	print(f"{'orders':>6} {'split':>10} {'seconds':>8} {'cpu s':>8} {'ms each':>8} {'statements':>11}")
	for number, size in enumerate(sizes):
		profiled = is_profiled and number == len(sizes) - 1
		for is_begun in (False, True):
			order = make_order(size, is_begun=is_begun)
			tell(
				size,
				"off at op" if is_begun else "whole",
				measure(splitting(order, size, is_begun), profiled),
			)
		tell(size, "merge", measure(merging(make_orders(size)), profiled))
	each = measure_baseline()
	print(f"baseline: inserted and released one by one {each * 1000:.1f} cpu ms/order")


def make_order(parts: int, *, is_begun: bool):
	"""A dispatched order of ten pieces for each part."""
	from floor import SCRAP, done

	import frappe

	from sbk_mes import testing
	from sbk_mes.orders import actions
	from sbk_mes.stock import pick

	qty = parts * PIECES
	warehouse, resource = testing.make_warehouse(), testing.make_resource(rate_per_hour=60)
	components = [
		{"item": testing.make_material(standard_rate=2), "qty": 1, "op_no": 10, "source_warehouse": warehouse}
		for _n in range(MATERIALS)
	]
	for row in components:
		for lot in range(LOTS):
			testing.receive_stock(row["item"], warehouse, qty, lot=f"L{lot}", rate=2)
	steps = [{"operation": f"Step {number}", "resource": resource} for number in range(OPERATIONS)]
	item = testing.make_product(components, steps)
	order = testing.make_work_order(item=item.name, qty=qty)
	actions.act(order.name, "Release")
	actions.act(order.name, "Dispatch")
	for name in frappe.get_all("MES Pick List", filters={"work_order": order.name}, pluck="name"):
		rows = frappe.get_doc("MES Pick List", name).items
		picked = rows if is_begun else rows[: len(rows) // 2]
		share = qty // LOTS
		pick.pick(
			lines=[
				{"pick_list": name, "line": row.name, "qty": share, "lot": f"L{lot}"}
				for row in picked
				for lot in range(LOTS)
			]
		)
	if is_begun:
		done(order, 10, qty - 1, 1, scrap_reason=SCRAP, machine_mins=qty)
	frappe.db.commit()
	return order


def make_orders(number: int) -> list[str]:
	"""So many released orders of ten pieces each, of one product of ten materials, which are in stock."""
	from sbk_mes import testing
	from sbk_mes.orders import actions

	warehouse, resource = testing.make_warehouse(), testing.make_resource(rate_per_hour=60)
	components = [
		{"item": testing.make_material(standard_rate=2), "qty": 1, "op_no": 10, "source_warehouse": warehouse}
		for _n in range(MATERIALS)
	]
	for row in components:
		testing.receive_stock(row["item"], warehouse, number * PIECES, rate=2)
	steps = [{"operation": f"Step {step}", "resource": resource} for step in range(OPERATIONS)]
	item = testing.make_product(components, steps)
	names = [testing.make_work_order(item=item.name, qty=PIECES).name for _n in range(number)]
	for name in names:
		actions.act(name, "Release")
	return names


def splitting(order, parts: int, is_begun: bool) -> Callable[[], object]:
	from sbk_mes.restructure import split
	from sbk_mes.restructure.asking import Ask

	ask = Ask("count", number=parts, **({"op_no": 20} if is_begun else {}))
	return lambda: split.split(order.name, ask, reason="Machine capacity")


def merging(names: list[str]) -> Callable[[], object]:
	from sbk_mes.restructure import merge
	from sbk_mes.restructure.union import Ask

	return lambda: merge.merge(Ask(tuple(names)))


def measure(do: Callable[[], object], is_profiled: bool) -> tuple[float, float, int]:
	"""Seconds on the clock and of this process, and statements, of what is done with its commit."""
	import cProfile

	from statements import statements_of

	import frappe

	frappe.db.commit()
	profile = cProfile.Profile()
	took: list[float] = []

	def timed() -> None:
		start, cpu_start = time.perf_counter(), time.process_time()
		if is_profiled:
			profile.enable()
		do()
		frappe.db.commit()
		profile.disable()
		took.extend((time.perf_counter() - start, time.process_time() - cpu_start))

	statements = statements_of(timed)
	if is_profiled:
		profile.print_stats("cumulative")
	return took[0], took[1], len(statements)


def tell(size: int, kind: str, measured: tuple[float, float, int]) -> None:
	seconds, cpu_seconds, statements = measured
	figures = f"{seconds:>8.2f} {cpu_seconds:>8.2f} {cpu_seconds / size * 1000:>8.2f} {statements:>11}"
	print(f"{size:>6} {kind:>10} {figures}", flush=True)


def measure_baseline() -> float:
	"""Seconds of this process for a new order of the same kind, saved and released by itself."""
	import frappe

	from sbk_mes.orders import actions

	order = make_order(1, is_begun=False)
	start = time.process_time()
	for _n in range(BASELINE):
		copy = frappe.copy_doc(frappe.get_doc("MES Work Order", order.name))
		copy.update({"workflow_state": "Draft", "docstatus": 0})
		copy.insert()
		actions.act(copy.name, "Release")
	frappe.db.commit()
	return (time.process_time() - start) / BASELINE


if __name__ == "__main__":
	main()
