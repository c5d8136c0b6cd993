"""The plan of a demo factory, made and put in force without a worker."""

import frappe

from sbk_mes.exceptions import NothingToPlanError
from sbk_mes.orders.release import release_each
from sbk_mes.planning import apply, run
from sbk_mes.planning.facts import SCHEDULE
from sbk_mes.planning.records import IN_FORCE
from sbk_mes.rules.states import DRAFT, RELEASED

FIRST_PLAN_S = 0  # the first plan will do: nothing is compiled while somebody waits


def make() -> list[str]:
	"""Every order of the site is released and has its place; a line for each plan in force."""
	drafts = frappe.get_all(
		"MES Work Order", filters={"workflow_state": DRAFT}, pluck="name", order_by="name asc"
	)
	release_each(drafts)
	if frappe.db.exists("MES Work Order", {"workflow_state": RELEASED}):
		_plan()
	rows = frappe.get_all(
		SCHEDULE, filters={"status": IN_FORCE}, fields=["name", "scope", "makespan_at"], order_by="name asc"
	)
	return [f"{row.name}  {row.scope}, until {row.makespan_at:%Y-%m-%d %H:%M}" for row in rows]


def _plan() -> None:
	try:
		names = run.request("Manual", time_limit_s=FIRST_PLAN_S, is_queued=False)
	except NothingToPlanError:
		return
	frappe.db.commit()
	for name in names:
		run.execute(name)
		apply.confirm(name)
		frappe.db.commit()
