"""What happens on the floor and in the office that may ask for a new plan, when MES Settings want it."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, get_datetime

from sbk_mes import jobs
from sbk_mes.planning.facts import OPERATION


def on_release(doc, method=None) -> None:
	"""A released order waits for its place."""
	jobs.request_replan("Release", _("{0} was released").format(doc.name), work_order=doc.name)


def on_report(doc, method=None) -> None:
	"""Work that was reported later than planned, by more than owners want to know of, moves what follows."""
	if doc.kind != "Report" or cint(doc.is_reversal):
		return
	planned = frappe.db.get_value(
		OPERATION, {"parent": doc.work_order, "op_no": doc.op_no}, "planned_end_at", order_by=None
	)
	threshold = timedelta(minutes=cint(frappe.db.get_single_value("MES Settings", "move_threshold_mins")))
	if planned and get_datetime(doc.posted_at) > get_datetime(planned) + threshold:
		reason = _("{0}, operation {1} was reported late").format(doc.work_order, doc.op_no)
		jobs.request_replan("Late Report", reason, work_order=doc.work_order)
