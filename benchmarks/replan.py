"""How long it takes to plan all open orders, and to plan them again for an urgent one, documents included.

	python benchmarks/replan.py [--orders 200] [--operations 5] [--resources 20] [--seconds 5]

Runs in the home the tests run in: a fresh benchless site, or the bench named by MES_BENCH and MES_SITE (its
records stay there). Everything is done in this process, as a worker and a dispatcher would: the run is asked
for, documents are read, a plan is sought for `--seconds`, the proposals are written and the first of them is
confirmed by a dispatcher who has looked at orders before. Figures are wall seconds and, in brackets, CPU
seconds; then orders that are late, become late and move, and operations that move. The first plan is
confirmed for orders that were only released: the workflow schedules each of them.
"""

import argparse
import itertools
import random
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / part) for part in ("tests", "")]

import homes  # noqa: E402 - found through the path set above

SEED = 7
DISPATCHER = "MES Dispatcher"
STEPS = ("read", "solve", "write", "confirm")
PRODUCTS = 40


def main() -> None:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("--orders", type=int, default=200)
	parser.add_argument("--operations", type=int, default=5)
	parser.add_argument("--resources", type=int, default=20)
	parser.add_argument("--seconds", type=int, default=5)
	chosen = parser.parse_args()
	homes.open_home()
	print(f"home: {homes.describe()}")
	try:
		measure(chosen.orders, chosen.operations, chosen.resources, chosen.seconds)
	finally:
		homes.close_home()


def measure(count: int, operations: int, resources: int, seconds: int) -> None:
	"""Seconds of each step: of the first plan, of those with an urgent order, of one with nothing new."""
	import frappe

	from sbk_mes import testing
	from sbk_mes.orders import urgent

	print(f"{count} orders x {operations} operations x {resources} resources, {seconds} s to solve")
	load_solver()
	with testing.as_user(DISPATCHER):
		frappe.get_list("MES Work Order", limit=20)
	orders = make_orders(count, operations, resources)
	frappe.db.commit()
	heads = " ".join(f"{f'{name} s':>14}" for name in (*STEPS, "all"))
	print(f"{'plan':>14} {heads} {'late':>5} {'new late':>8} {'moved':>5} {'ops':>5}")
	plan("first", "Manual", orders, seconds)
	rush = make_orders(1, operations, resources)
	urgent.make_urgent(rush[0], "VIP customer")
	frappe.db.commit()
	plan("urgent", "Rush", rush, seconds)
	plan("all again", "Manual", orders, seconds)


def load_solver() -> None:
	"""Compiled code is there, as a worker has it after the first plan on its machine."""
	from sbk_mes.scheduler.prepare import is_prepared, prepare

	is_new, (began, cpu) = not is_prepared(), clock()
	prepare()
	from ortools.sat.python import cp_model  # noqa: F401 - loaded by the first run of a worker, too

	done, cpu_done = clock()
	what = "compiled and loaded" if is_new else "loaded"
	print(f"the solver is {what} in {done - began:.2f} s ({cpu_done - cpu:.2f})")


def clock() -> tuple[float, float]:
	return time.perf_counter(), time.process_time()


def plan(title: str, occasion: str, orders: list[str], seconds: int) -> None:
	"""A plan is asked for, made, proposed and confirmed by a dispatcher; prints what each step takes."""
	import frappe

	from sbk_mes import testing
	from sbk_mes.planning import apply, records, run
	from sbk_mes.planning.solving import Solving

	(name,) = run.request(occasion, work_orders=orders, time_limit_s=seconds)
	frappe.db.commit()
	marks = [clock()]
	schedule = records.begin(name)
	loaded = run.load_for(schedule)
	frappe.db.commit()
	marks.append(clock())

	def show(first) -> None:
		run.show_first(name, loaded, first)
		print(f"{title:>14} can be looked at after {time.perf_counter() - marks[0][0]:.2f} s")

	found = Solving(schedule).run(loaded.problem, show)
	marks.append(clock())
	names = run.write(schedule, loaded, run.interpret(loaded, found))
	frappe.db.commit()
	marks.append(clock())
	with testing.as_user(DISPATCHER):
		apply.confirm(name)
	frappe.db.commit()
	marks.append(clock())
	spent = [(after[0] - before[0], after[1] - before[1]) for before, after in itertools.pairwise(marks)]
	spent.append((sum(wall for wall, _cpu in spent), sum(cpu for _wall, cpu in spent)))
	figures = " ".join(f"{f'{wall:.2f} ({cpu:.2f})':>14}" for wall, cpu in spent)
	for proposal in names:
		each = frappe.get_doc(records.SCHEDULE, proposal)
		counts = (
			f"{each.late_orders:>5} {each.newly_late_orders:>8} {each.moved_orders:>5} {each.moved_ops:>5}"
		)
		print(f"{each.variant or title:>14} {figures if proposal == name else ' ' * len(figures)} {counts}")


def make_orders(count: int, operations: int, resources: int) -> list[str]:
	"""Released orders of products with alternatives and families, on machines of two shifts.

	The plant stands still until tomorrow: nothing has to move because the benchmark does not work.
	"""
	import frappe
	from frappe.utils import add_days, now, nowdate

	from sbk_mes import testing
	from sbk_mes.orders import actions

	dice = random.Random(SEED)
	tomorrow = f"{add_days(nowdate(), 1)} 06:00:00"
	if not machines:
		week = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
		calendar = testing.make_calendar([(day, "06:00", "22:00") for day in week])
		machines.extend(testing.make_resource(calendar=calendar) for _n in range(resources))
		for machine in machines:
			testing.make(
				"MES Downtime", resource=machine, kind="Maintenance", starts_at=now(), ends_at=tomorrow
			)
		products.extend(make_product(dice, operations) for _n in range(min(PRODUCTS, count)))
	made = []
	for number in range(count):
		order = testing.make_work_order(
			item=products[number % len(products)],
			qty=dice.randint(10, 60),
			due_at=f"{add_days(nowdate(), dice.randint(2, 12))} 16:00:00",
			operations=[],
		)
		actions.act(order.name, "Release")
		made.append(order.name)
		if number % 50 == 49:
			frappe.db.commit()
	return made


machines: list[str] = []
products: list[str] = []


def make_product(dice: random.Random, operations: int) -> str:
	from sbk_mes import testing

	chosen = dice.sample(machines, operations)
	rows = [
		{"operation": f"Step {n}", "resource": machine, "run_mins": dice.randint(1, 4), "setup_mins": 20}
		for n, machine in enumerate(chosen, 1)
	]
	item = testing.make_product(None, rows, changeover_family=f"F{dice.randint(1, 6)}")
	routing = item.default_routing
	import frappe

	document = frappe.get_doc("MES Routing", routing)
	for number in range(operations):
		other = dice.choice([machine for machine in machines if machine != chosen[number]])
		document.append("alternatives", {"op_no": (number + 1) * 10, "resource": other})
	document.save()
	return item.name


if __name__ == "__main__":
	main()
