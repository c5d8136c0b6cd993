"""The plan of a demo factory, made and put in force without a worker."""

from collections.abc import Sequence

import frappe

from sbk_mes.exceptions import NothingToPlanError
from sbk_mes.orders.release import release_each
from sbk_mes.planning import apply, run
from sbk_mes.planning.facts import SCHEDULE
from sbk_mes.planning.records import IN_FORCE
from sbk_mes.rules.states import DRAFT, RELEASED

FIRST_PLAN_S = 0  # the first plan will do: nothing is compiled while somebody waits


def make(work_orders: Sequence[str]) -> list[str]:
	"""The orders are released and have their places; a line for each plan in force that they are in."""
	release_each(_named(work_orders, DRAFT))
	waiting = _named(work_orders, RELEASED)
	if waiting:
		_plan(waiting)
	plans = frappe.get_all("MES Work Order", filters={"name": ["in", work_orders]}, pluck="schedule")
	rows = frappe.get_all(
		SCHEDULE,
		filters={"name": ["in", plans], "status": IN_FORCE},
		fields=["name", "scope", "makespan_at"],
		order_by="name asc",
	)
	return [f"{row.name}  {row.scope}, until {row.makespan_at:%Y-%m-%d %H:%M}" for row in rows]


def _named(work_orders: Sequence[str], node: str) -> list[str]:
	return frappe.get_all(
		"MES Work Order",
		filters={"name": ["in", work_orders], "workflow_state": node},
		pluck="name",
		order_by="name asc",
	)


def _plan(work_orders: list[str]) -> None:
	try:
		names = run.request("Manual", work_orders=work_orders, time_limit_s=FIRST_PLAN_S, is_queued=False)
	except NothingToPlanError:
		return
	frappe.db.commit()
	for name in names:
		run.execute(name)
		apply.confirm(name)
		frappe.db.commit()
