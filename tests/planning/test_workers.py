"""Real workers on a real Redis: a run that is killed, stopped or cut short leaves the plan in force whole."""

import contextlib
import os
import signal
from datetime import timedelta

import homes
import psutil
import pytest
from callers import Client, make_user
from plant import make_order, places
from together import run_together

import frappe
from frappe.utils import add_days, now_datetime, nowdate

from sbk_mes import testing
from sbk_mes.api import schedule as api
from sbk_mes.planning import run, tending
from sbk_mes.rules.states import DISPATCHER
from sbk_mes.scheduler import prepare

SECONDS = 90
LONG = 120
HEAVY = ("ortools", "numba", "llvmlite")


@pytest.fixture(scope="module")
def shop():
	"""Orders that a solver is not done with for minutes, planned once, with that plan in force.

	The kernels are compiled before: the tests wait for runs, and to compile takes minutes on a busy machine.
	"""
	prepare()
	machines = [testing.make_resource() for _n in range(4)]
	orders = []
	for number in range(16):
		chosen = [machines[(number + step) % 4] for step in range(3)]
		rows = [
			{"resource": machine, "run_mins": 37 + 11 * ((number * 7 + step) % 9), "setup_mins": 20}
			for step, machine in enumerate(chosen)
		]
		orders.append(
			make_order(
				rows,
				due=f"{add_days(nowdate(), 1)} 0{number % 9}:00:00",
				item_fields={"changeover_family": f"Family {number % 5}"},
			)
		)
	frappe.db.commit()
	name = ask(orders, 1)
	run.execute(name)
	api.confirm(name)
	frappe.db.commit()
	return orders


def ask(orders, seconds):
	(name,) = api.request(work_orders=orders, time_limit_s=seconds)["schedules"]
	frappe.db.commit()
	return name


def status(name):
	frappe.db.rollback()
	return frappe.db.get_value("MES Schedule", name, "status")


def wait_for(name, *wanted):
	homes.wait_until(
		lambda: status(name) in wanted, SECONDS, lambda: f"{name} is {status(name)}, not one of {wanted}"
	)


def plan_in_force(orders):
	frappe.db.rollback()
	return {order: places(order) for order in orders}


def kill(worker, name):
	"""The worker is gone, and the process of its own in which a bench's worker runs each job."""
	pid = int(frappe.db.get_value("MES Schedule", name, "run_by").rpartition(":")[2])
	os.killpg(worker.pid, signal.SIGKILL)
	with contextlib.suppress(ProcessLookupError):
		os.kill(pid, signal.SIGKILL)
	worker.wait()


def assert_next_run_succeeds(home, orders):
	name = ask(orders, 1)
	with home.worker("long"):
		wait_for(name, "Proposed")
	api.reject(name)
	frappe.db.commit()


def test_a_worker_makes_a_proposal_with_live_progress(home, shop):
	name = ask(shop, 4)
	with home.worker("long"):
		wait_for(name, "Running", "Proposed")
		homes.wait_until(
			lambda: status(name) == "Proposed" or frappe.db.get_value("MES Schedule", name, "progress") > 0,
			SECONDS,
			"no progress was shown",
		)
		wait_for(name, "Proposed")
	assert frappe.db.get_value("MES Schedule", name, "progress") == 100
	api.reject(name)
	frappe.db.commit()


def test_the_first_plan_can_be_looked_at_while_better_ones_are_sought(home, shop):
	name = ask(shop, LONG)
	with home.worker("long"):
		wait_for(name, "Running")
		homes.wait_until(
			lambda: status(name) == "Running" and frappe.db.get_value("MES Schedule", name, "outcome"),
			SECONDS,
			"no first plan was shown",
		)
		shown = api.proposal(name)
		assert {row["work_order"] for row in shown["effects"]} == set(shop)
		assert len(api.blocks(name)["rows"]) == 3 * len(shop)
		api.cancel(name, keep_best=True)
		frappe.db.commit()
		wait_for(name, "Proposed")
	assert len(api.blocks(name)["rows"]) == 3 * len(shop), "the first plan has made room for the best"
	api.reject(name)
	frappe.db.commit()


def test_a_worker_that_is_killed_fails_its_run_and_changes_nothing(home, shop):
	before = plan_in_force(shop)
	name = ask(shop, LONG)
	with home.worker("long") as worker:
		wait_for(name, "Running")
		kill(worker, name)
	homes.wait_until(lambda: tending.fail_dead_runs() == [name], SECONDS, "the dead run was not seen")
	frappe.db.commit()
	assert status(name) == "Failed"
	assert plan_in_force(shop) == before
	assert frappe.get_all("Notification Log", {"document_name": name}, pluck="name")
	assert_next_run_succeeds(home, shop)


def test_a_run_that_takes_too_long_is_stopped_and_says_so(home, shop):
	before = plan_in_force(shop)
	frappe.db.set_single_value("MES Settings", "schedule_timeout_s", 10)
	frappe.db.commit()
	try:
		name = ask(shop, LONG)
		with home.worker("long"):
			wait_for(name, "Failed")
	finally:
		frappe.db.set_single_value("MES Settings", "schedule_timeout_s", 600)
		frappe.db.commit()
	assert "10 seconds" in frappe.db.get_value("MES Schedule", name, "error")
	assert plan_in_force(shop) == before
	assert_next_run_succeeds(home, shop)


@pytest.mark.parametrize(("keep_best", "outcome"), [(True, "Proposed"), (False, "Rejected")])
def test_a_run_is_stopped_with_its_best_plan_or_with_none(home, shop, keep_best, outcome):
	name = ask(shop, LONG)
	with home.worker("long"):
		wait_for(name, "Running")
		api.cancel(name, keep_best=keep_best)
		frappe.db.commit()
		wait_for(name, outcome)
	if keep_best:
		api.reject(name)
		frappe.db.commit()


def test_redis_that_restarts_neither_ends_a_run_nor_loses_one_that_waits(home, shop):
	if not isinstance(home, homes.Benchless):
		pytest.skip("the bench's Redis serves others too")
	from benchless import redis

	name = ask(shop, 6)
	with home.worker("long"):
		wait_for(name, "Running")
		redis.stop(home.sites_path)
		redis.start(home.sites_path)
		wait_for(name, "Proposed")
	api.reject(name)
	waiting = ask(shop, 1)
	long_ago = now_datetime() - timedelta(minutes=5)
	frappe.db.set_value("MES Schedule", waiting, "requested_at", long_ago)
	redis.stop(home.sites_path)
	tending.tend()
	assert frappe.db.count("Error Log", {"method": ["like", "Redis did not answer%"]})
	redis.start(home.sites_path)
	tending.tend()
	frappe.db.commit()
	with home.worker("long"):
		wait_for(waiting, "Proposed")
	api.reject(waiting)
	frappe.db.commit()


def test_of_two_who_confirm_at_once_one_puts_his_plan_in_force(home, shop):
	names = [ask(shop, 1)]
	run.execute(names[0])
	frappe.db.set_value("MES Schedule", names[0], "status", "Stale")  # so that a second one is made
	frappe.db.commit()
	names.append(ask(shop, 1))
	run.execute(names[1])
	frappe.db.set_value("MES Schedule", names[0], "status", "Proposed")
	frappe.db.commit()
	code = """
from sbk_mes.api import schedule
try:
	schedule.confirm({name!r})
	frappe.db.commit()
	print("done")
except frappe.ValidationError as error:
	print(error.code)
"""
	words = run_together(home, *(code.format(name=name) for name in (*names, names[0], names[1])))
	assert sorted(words) == sorted([["done"], *[[word[0]] for word in words if word != ["done"]]])
	assert words.count(["done"]) == 1
	assert {word[0] for word in words if word != ["done"]} <= {"E-SCHED-STALE", "E-SCHED"}
	in_force = frappe.get_all("MES Schedule", {"status": "In Force", "name": ["in", names]}, pluck="name")
	assert len(in_force) == 1
	placed = set(frappe.get_all("MES Work Order", {"name": ["in", shop]}, pluck="schedule"))
	assert placed == set(in_force)


def test_a_web_server_never_loads_the_solver(home, shop):
	_user, keys = make_user(DISPATCHER)
	with home.web() as url:
		client = Client(url, keys=keys)
		path = "method/sbk_mes.api.schedule"
		reply = client.post(f"{path}.request", {"work_orders": shop, "time_limit_s": 1})
		assert reply.status_code == 200, reply.text
		(name,) = reply.json()["message"]["schedules"]
		run.execute(name)
		assert client.get(f"{path}.proposal", schedule=name).status_code == 200
		assert client.get(f"{path}.why_late", work_order=shop[0]).status_code == 200
		assert client.post(f"{path}.confirm", {"schedule": name}).status_code == 200
		assert client.post(f"{path}.undo", {"schedule": name}).status_code == 200
		port = url.rpartition(":")[2]
		servers = [
			process
			for process in psutil.Process().children(recursive=True)
			if any(port in word for word in process.cmdline())
		]
		loaded = {mapped.path for process in servers for mapped in process.memory_maps()}
	assert servers and any("python" in path for path in loaded)
	assert not [path for path in loaded if any(name in path for name in HEAVY)]
