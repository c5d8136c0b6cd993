"""Two planners press Convert at once; a worker dies half way. Real processes, real locks."""

import contextlib
import json
import signal
import sys
from pathlib import Path

import homes
import pytest
from together import outputs_of

import frappe

from sbk_mes import jobs, testing
from sbk_mes.conversion import requests
from sbk_mes.conversion.run import convert

sys.path.append(str(Path(__file__).parents[2] / "fixtures"))

import generator

ROUNDS = 50
ROUND_OF_REQUESTS = """
import json
from sbk_mes.conversion.run import convert
answers = []
for number, lines in enumerate({rounds!r}):
	answers.append(convert(lines, {request_id!r}.format(number), begin_anew=True)["results"])
	frappe.db.commit()
print(json.dumps(answers))
"""


def press_at_once(home, *runs):
	"""The answers of processes that each convert their (rounds of lines, request id) at the same time."""
	codes = [ROUND_OF_REQUESTS.format(rounds=rounds, request_id=request_id) for rounds, request_id in runs]
	return [json.loads(printed) for printed in outputs_of(home, *codes)]


def commit_sales_orders(count, **line):
	part = testing.make_product()
	item = testing.make_product([{"item": part.name, "qty": 1}])
	orders = [testing.make_sales_order([{"item": item.name, "qty": 100, **line}] * 2) for _n in range(count)]
	frappe.db.commit()
	return orders, [
		[{"sales_order": order.name, "line": row.name} for row in order.items] for order in orders
	]


def orders_for(order):
	"""Ordered and made quantity of each row of a sales order, and how many root orders make it."""
	pegs = frappe.get_all(
		"MES Work Order Demand",
		filters={"sales_order": order.name},
		fields=["sales_order_item", "qty"],
		order_by="sales_order_item asc",
	)
	return [[peg.qty for peg in pegs if peg.sales_order_item == row.name] for row in order.items]


def test_two_processes_converting_the_same_lines_make_exactly_one_set(home):
	orders, rounds = commit_sales_orders(ROUNDS)
	tag = frappe.generate_hash(length=8)
	one, other = press_at_once(home, (rounds, f"one {tag} {{}}"), (rounds, f"other {tag} {{}}"))
	for order, mine, yours in zip(orders, one, other, strict=True):
		assert orders_for(order) == [[100], [100]]
		statuses = [
			sorted(pair) for pair in zip(*([r["status"] for r in a] for a in (mine, yours)), strict=True)
		]
		assert statuses == [["Created", "Skipped"]] * 2
		assert frappe.db.count("MES Work Order", {"sales_order": order.name}) == 4
		assert frappe.db.count("MES Production Order", {"sales_order": order.name}) == 1


def test_one_request_sent_twice_at_once_is_carried_out_once(home):
	orders, rounds = commit_sales_orders(10)
	request_id = f"twice {frappe.generate_hash(length=8)} {{}}"
	one, other = press_at_once(home, (rounds, request_id), (rounds, request_id))
	assert one == other
	for order in orders:
		assert orders_for(order) == [[100], [100]]


def test_planners_of_different_sales_orders_do_not_fail_each_other(home):
	orders, rounds = commit_sales_orders(20)
	tag = frappe.generate_hash(length=8)
	answers = press_at_once(home, (rounds[:10], f"one {tag} {{}}"), (rounds[10:], f"other {tag} {{}}"))
	assert {result["status"] for answer in answers for results in answer for result in results} == {"Created"}
	assert all(orders_for(order) == [[100], [100]] for order in orders)


def background_conversion(lines_count, **size):
	"""A conversion committed and queued, nothing of it done yet, and its sales-order rows."""
	prefix = f"T{frappe.generate_hash(length=5).upper()}"
	rows = generator.load(
		generator.Size(
			lines=lines_count, products=5, levels=2, components=2, operations=2, prefix=prefix, **size
		)
	)
	lines = [{"sales_order": order, "line": row} for order, row in rows]
	answer = convert(lines, f"job {prefix}")
	frappe.db.commit()
	assert answer["status"] == "Queued"
	return answer["conversion"], [row for _order, row in rows]


def progress_of(conversion):
	frappe.db.rollback()
	return frappe.db.get_value(requests.CONVERSION, conversion, "done_count")


def assert_complete_and_single(conversion, rows, events=1):
	"""Every row has one tree of two orders with all its rows, lists and events, and its line says so."""
	frappe.db.rollback()
	record = frappe.db.get_value(
		requests.CONVERSION,
		conversion,
		["status", "done_count", "created_count", "lines_count"],
		as_dict=True,
	)
	assert record.status == "Completed"
	assert record.done_count == record.created_count == record.lines_count == len(rows)
	orders = frappe.get_all(
		"MES Work Order",
		filters={"conversion": conversion},
		fields=["name", "level", "root_work_order", "parent_work_order", "event_seq"],
		order_by="name asc",
	)
	names = [order.name for order in orders]
	roots = {order.name for order in orders if not order.level}
	assert len(roots) == len(rows) and len(orders) == 2 * len(rows)
	assert {order.root_work_order for order in orders if order.level} == roots
	assert {order.event_seq for order in orders} == {events}
	pegs = frappe.get_all(
		"MES Work Order Demand", filters={"sales_order_item": ["in", rows]}, pluck="sales_order_item"
	)
	assert sorted(pegs) == sorted(rows)
	for doctype, field, per_order in (
		("MES Work Order Operation", "parent", 2),
		("MES Work Order Material", "parent", 2),
		("MES Event", "work_order", events),
	):
		found = frappe.get_all(doctype, filters={field: ["in", names]}, pluck=field)
		assert len(found) == per_order * len(names) and set(found) == set(names)
	assert set(
		frappe.get_all("MES Pick List", filters={"work_order": ["in", names]}, pluck="work_order")
	) == set(names)


@contextlib.contextmanager
def released_on_convert():
	"""Meanwhile, in all processes, orders of every type are released by their conversion."""
	policies = frappe.get_all("MES Order Type Policy", pluck="name", order_by="name asc")
	before = {
		name: frappe.db.get_value("MES Order Type Policy", name, "release_on_convert") for name in policies
	}
	try:
		set_policies(dict.fromkeys(policies, 1))
		yield
	finally:
		frappe.db.rollback()
		set_policies(before)


def set_policies(values):
	for name, value in values.items():
		frappe.db.set_value("MES Order Type Policy", name, "release_on_convert", value)
	frappe.clear_document_cache("MES Settings", "MES Settings")
	frappe.db.commit()


@pytest.mark.slow
@pytest.mark.parametrize(("lines", "is_released"), [(1000, False), (300, True)])
def test_a_worker_killed_half_way_leaves_no_half_orders_and_is_taken_up_again(home, lines, is_released):
	with released_on_convert() if is_released else contextlib.nullcontext():
		conversion, rows = background_conversion(lines)
		job = f"from sbk_mes import jobs; jobs.run_conversion({conversion!r})"
		worker = home.python(job)
		# a chunk that is seen to be committed means that the worker is somewhere in the next one
		homes.wait_until(lambda: progress_of(conversion) >= lines // 5, 300, "the worker does not get on")
		worker.send_signal(signal.SIGKILL)
		worker.communicate()
		done = progress_of(conversion)
		assert done % 100 == 0 and done < lines
		made = frappe.get_all("MES Work Order", filters={"conversion": conversion}, pluck="workflow_state")
		assert len(made) == 2 * done and set(made) == {"Released" if is_released else "Draft"}
		second, third = home.python(job), home.python(job)
		for worker in (second, third):
			_out, err = worker.communicate(timeout=300)
			assert worker.returncode == 0, err.decode()
	assert_complete_and_single(conversion, rows, events=2 if is_released else 1)


def test_a_job_leaves_a_conversion_to_the_worker_that_has_it(home):
	conversion, rows = background_conversion(25)
	has_it = (
		f"from sbk_mes.conversion import requests; requests.lock_conversion({conversion!r})\n"
		"print('locked', flush=True); sys.stdin.read()"
	)
	job = f"from sbk_mes import jobs; jobs.run_conversion({conversion!r})"
	holder = home.python(has_it)
	holder.stdout.readline()
	second = home.python(home.impatience + job)
	_out, err = second.communicate(timeout=60)
	assert second.returncode == 0, err.decode()
	assert progress_of(conversion) == 0
	holder.communicate()
	home.python(job).communicate(timeout=60)
	assert_complete_and_single(conversion, rows, events=1)


def test_two_jobs_for_the_same_lines_make_exactly_one_set(home):
	one, rows = background_conversion(120)
	lines = [
		{"sales_order": line.sales_order, "line": line.sales_order_item} for line in requests.get_lines(one)
	]
	other = convert(lines, f"other {one}")["conversion"]
	frappe.db.commit()
	workers = [
		home.python(f"from sbk_mes import jobs; jobs.run_conversion({conversion!r})")
		for conversion in (one, other)
	]
	for worker in workers:
		_out, err = worker.communicate(timeout=300)
		assert worker.returncode == 0, err.decode()
	frappe.db.rollback()
	pegs = frappe.get_all(
		"MES Work Order Demand", filters={"sales_order_item": ["in", rows]}, pluck="sales_order_item"
	)
	assert sorted(pegs) == sorted(rows)
	statuses = [[line.status for line in requests.get_lines(conversion)] for conversion in (one, other)]
	assert {tuple(sorted(pair)) for pair in zip(*statuses, strict=True)} == {("Created", "Skipped")}


def test_a_job_reports_its_progress_chunk_by_chunk_and_a_worker_completes_it(home):
	conversion, rows = background_conversion(150)
	with home.worker("long"):
		seen = []

		def is_done():
			seen.append(progress_of(conversion))
			return seen[-1] == len(rows)

		homes.wait_until(is_done, 120, lambda: f"only {seen and seen[-1]} lines done")
	assert seen == sorted(seen) and set(seen) <= {0, 100, 150}
	assert_complete_and_single(conversion, rows)


def test_cron_takes_up_what_nobody_works_on(home):
	conversion, rows = background_conversion(30)
	frappe.db.set_value(
		requests.CONVERSION,
		conversion,
		{"status": "Running", "modified": "2020-01-01"},
		update_modified=False,
	)
	frappe.db.commit()
	jobs.resume_conversions()
	frappe.db.commit()
	with home.worker("long"):
		homes.wait_until(lambda: progress_of(conversion) == len(rows), 120, "nobody took it up")
	assert_complete_and_single(conversion, rows)


def test_asking_again_takes_up_an_interrupted_conversion(home):
	conversion, rows = background_conversion(30)
	lines = [
		{"sales_order": line.sales_order, "line": line.sales_order_item}
		for line in requests.get_lines(conversion)
	]
	answer = convert(lines, conversion)
	frappe.db.commit()
	assert answer["status"] == "Queued" and answer["lines_count"] == len(rows)
	with home.worker("long"):
		homes.wait_until(lambda: progress_of(conversion) == len(rows), 120, "nobody took it up")
	assert_complete_and_single(conversion, rows)


def test_all_or_nothing_in_the_background_is_one_transaction(home):
	orders, rounds = commit_sales_orders(15)
	lines = [line for round_ in rounds for line in round_]
	lines[-1] = {**lines[-1], "qty": 101}
	answer = convert(lines, f"all {frappe.generate_hash(length=8)}", all_or_nothing=True)
	frappe.db.commit()
	with home.worker("long"):
		homes.wait_until(lambda: progress_of(answer["conversion"]) == 30, 120, "the job does not end")
	results = requests.answer(answer["conversion"])["results"]
	assert [result["status"] for result in results] == ["Skipped"] * 29 + ["Failed"]
	assert not any(frappe.db.exists("MES Work Order", {"sales_order": order.name}) for order in orders)


def test_a_job_that_breaks_says_why_and_goes_on_when_asked_again():
	settings = frappe.get_doc("MES Settings")
	former, calendar = settings.default_calendar, testing.make_calendar()
	settings.update({"default_calendar": calendar})
	settings.save()
	orders, rounds = commit_sales_orders(11)
	lines = [line for round_ in rounds for line in round_]
	frappe.db.set_value("MES Calendar Shift", {"parent": calendar}, "starts_at", "nonsense")
	conversion = convert(lines, f"breaks {calendar}")["conversion"]
	frappe.db.commit()
	try:
		with pytest.raises(ValueError, match="nonsense"):
			jobs.run_conversion(conversion)
		record = frappe.db.get_value(requests.CONVERSION, conversion, ["status", "error"], as_dict=True)
		assert record.status == "Failed" and "nonsense" in record.error
		frappe.db.set_value("MES Calendar Shift", {"parent": calendar}, "starts_at", "08:00")
		assert convert(lines, conversion)["status"] == "Failed"
		frappe.db.commit()
		jobs.run_conversion(conversion)
	finally:
		settings.reload()
		settings.update({"default_calendar": former})
		settings.save()
		frappe.db.commit()
	record = frappe.db.get_value(requests.CONVERSION, conversion, ["status", "error"], as_dict=True)
	assert record.status == "Completed" and not record.error
	assert all(orders_for(order) == [[100], [100]] for order in orders)
