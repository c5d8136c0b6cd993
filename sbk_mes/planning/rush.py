"""An urgent order is put into the plan: made urgent, then planned with everything it displaces."""

from typing import Any

import frappe
from frappe import _

from sbk_mes.orders import urgent
from sbk_mes.planning import run
from sbk_mes.planning.facts import Asked


def insert(
	work_order: str, reason: str, note: str | None = None, *, preempt: bool = False, **options: Any
) -> dict[str, Any]:
	"""The order is urgent, and a plan with it is asked for: the answer of `urgent.make_urgent`, {schedules}.

	With `preempt` the plan may put off work that runs where the order would go on.

	Asked again with the same request id, it answers with the same schedules and changes nothing.
	"""
	request_id = options.get("request_id")
	if request_id and frappe.db.exists(urgent.EVENT, {"work_order": work_order, "request_id": request_id}):
		answer = {"work_order": work_order, "priority": urgent.URGENT, "losses": []}
	else:
		answer = urgent.make_urgent(work_order, reason, note, **options)
	schedules = run.request(
		"Rush",
		_("{0} is urgent: {1}").format(work_order, reason),
		work_orders=[work_order],
		asked=Asked(preempt=(work_order,) if preempt else ()),
		request_id=request_id,
	)
	return {**answer, "schedules": schedules}
