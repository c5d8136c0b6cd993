"""How long it takes to plan all open orders, and to plan them again for an urgent one, documents included.

	python benchmarks/replan.py [--orders 200] [--operations 5] [--resources 20] [--seconds 5]

Runs in the home the tests run in: a fresh benchless site, or the bench named by MES_BENCH and MES_SITE (its
records stay there). Everything is done in this process, as a worker and a dispatcher would: the run is asked
for, documents are read, a plan is sought for `--seconds`, the proposal is written and confirmed. Figures are
wall seconds and, in brackets, CPU seconds; a small plan made first has the compiled search ready.
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
	"""Seconds of each step, for the first plan and for the one with an urgent order."""
	import frappe

	from sbk_mes.orders import urgent

	orders = make_orders(count, operations, resources)
	frappe.db.commit()
	warm_up(orders)
	names = ("read", "solve", "write", "confirm", "all")
	print(f"{count} orders x {operations} operations x {resources} resources, {seconds} s to solve")
	print(f"{'plan':>8} " + " ".join(f"{name + ' s':>14}" for name in names) + f" {'late':>6} {'moved':>6}")
	show("first", plan(orders, seconds))
	rush = make_orders(1, operations, resources)
	urgent.make_urgent(rush[0], "VIP customer")
	frappe.db.commit()
	warm_up(rush)
	show("urgent", plan(orders[:1] + rush, seconds))


def show(title: str, row: tuple) -> None:
	*times, schedule = row
	times.append((sum(wall for wall, _cpu in times), sum(cpu for _wall, cpu in times)))
	figures = " ".join(f"{f'{wall:.2f} ({cpu:.2f})':>14}" for wall, cpu in times)
	print(f"{title:>8} {figures} {schedule.late_orders:>6} {schedule.moved_orders:>6}", flush=True)


def warm_up(orders: list[str]) -> None:
	"""Compiled code is loaded, or compiled on a machine that has not done so yet."""
	import frappe

	from sbk_mes.planning import facts, groups, run
	from sbk_mes.planning.load import Settings, load

	known = facts.read()
	(group,) = [group for group in groups.find(known) if orders[0] in group.orders]
	run.solve(load(group, known, Settings.read()).problem, time_limit_s=1, workers=2)
	frappe.db.rollback()


def clock() -> tuple[float, float]:
	return time.perf_counter(), time.process_time()


def plan(orders: list[str], seconds: int) -> tuple:
	import frappe

	from sbk_mes.planning import apply, propose, records, run

	(name,) = run.request("Manual", work_orders=orders, time_limit_s=seconds)
	frappe.db.commit()
	began = clock()
	schedule = records.begin(name)
	loaded = run.load_for(schedule)
	frappe.db.commit()
	read = clock()
	((_variant, result),) = run.Solving(schedule).run(loaded.problem)
	solved = clock()
	propose.write(name, loaded, result)
	frappe.db.commit()
	written = clock()
	apply.confirm(name)
	frappe.db.commit()
	done = clock()
	steps = (began, read, solved, written, done)
	spent = [(after[0] - before[0], after[1] - before[1]) for before, after in itertools.pairwise(steps)]
	return *spent, frappe.get_doc(records.SCHEDULE, name)


def make_orders(count: int, operations: int, resources: int) -> list[str]:
	"""Released orders of products with alternatives and families, on machines of two shifts."""
	import frappe
	from frappe.utils import add_days, nowdate

	from sbk_mes import testing
	from sbk_mes.orders import actions

	dice = random.Random(SEED)
	if not machines:
		week = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
		calendar = testing.make_calendar([(day, "06:00", "22:00") for day in week])
		machines.extend(testing.make_resource(calendar=calendar) for _n in range(resources))
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
