"""A small plant with orders to plan, and what comes of planning them in this process."""

from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pandas  # noqa: F401 - its moments break when it is first imported while the clock is frozen
from freezegun import freeze_time

import frappe
from frappe.utils import get_system_timezone

from sbk_mes import testing
from sbk_mes.orders import actions
from sbk_mes.planning import apply, run
from sbk_mes.planning.propose import EFFECT
from sbk_mes.shopfloor import report
from sbk_mes.stock import pick

WORK_ORDER = "MES Work Order"
SCHEDULE = "MES Schedule"


def at(day, hour, minute=0):
	"""A moment of a week whose day 1 is a Monday."""
	return datetime(2026, 11, 29, hour, minute) + timedelta(days=day)


@contextmanager
def clock(moment):
	"""It is that moment on the site's clock, and time goes on from there."""
	utc = moment.replace(tzinfo=ZoneInfo(get_system_timezone())).astimezone(timezone.utc)
	with freeze_time(utc.replace(tzinfo=None), tick=True):
		yield


def make_machine(**fields):
	"""A machine that works Monday to Friday from 8 to 16."""
	return testing.make_resource(calendar=testing.make_calendar(), **fields)


def make_order(
	operations, *, due, qty=1, release=True, item_fields=None, alternatives=(), needs=(), **fields
):
	"""An order; each operation is (machine, run minutes per unit) or a dict of a routing's row."""
	rows = [
		{"operation": f"Step {number}", "setup_mins": 0, **_row(row)}
		for number, row in enumerate(operations, 1)
	]
	part = {"item": testing.make_material(), "qty": 1, "source_warehouse": testing.make_warehouse()}
	item = testing.make_product([part], rows, **(item_fields or {}))
	routing = frappe.get_doc("MES Routing", item.default_routing)
	routing.update({"alternatives": list(alternatives), "needs": list(needs)})
	routing.save()
	order = testing.make_work_order(item=item.name, qty=qty, due_at=due, operations=[], **fields)
	if release:
		actions.act(order.name, "Release")
	return order.name


def _row(row):
	return dict(row) if isinstance(row, dict) else {"resource": row[0], "run_mins": row[1]}


def plan(*orders, seconds=2, occasion="Manual", **options):
	"""A run for the orders has ended; the schedule."""
	frappe.db.commit()
	names = run.request(occasion, work_orders=orders, time_limit_s=seconds, is_queued=False, **options)
	frappe.db.commit()
	assert len(names) == 1
	run.execute(names[0])
	return frappe.get_doc(SCHEDULE, names[0])


def confirm(schedule):
	return apply.confirm(schedule.name)


def places(order):
	"""(start, end) of each operation in its order."""
	rows = frappe.get_doc(WORK_ORDER, order).operations
	return [(row.planned_start_at, row.planned_end_at) for row in rows]


def effect(schedule, order):
	return frappe.get_doc(EFFECT, {"schedule": schedule.name, "work_order": order})


def state(order):
	return frappe.db.get_value(WORK_ORDER, order, "workflow_state")


def start(order, op_no=10, **fields):
	"""The order is on the floor with its material, and its operation runs."""
	if state(order) in ("Released", "Scheduled"):
		actions.act(order, "Dispatch")
		for row in frappe.get_doc(WORK_ORDER, order).materials:
			testing.receive_stock(row.item, row.source_warehouse, row.required_qty)
		pick.pick(frappe.get_all("MES Pick List", filters={"work_order": order}, pluck="name"))
	report.press("Start", order, op_no, **fields)
