"""Change orders as a planner asks for them and a manager decides them."""

import frappe
from frappe.model.workflow import apply_workflow

from sbk_mes import testing
from sbk_mes.rules import states

CHANGE_ORDER = "MES Change Order"


def make_change(order, *lines, **fields):
	change = frappe.new_doc(CHANGE_ORDER)
	reason = frappe.db.get_value("MES Reason", {"applies_to": "Change"}, "name")
	change.update({"work_order": order.name, "reason": reason, **fields})
	for line in lines:
		change.append("lines", {"action": "Change", **line})
	return change.insert()


def approved(order, *lines, **fields):
	with testing.as_user(states.PLANNER):
		change = apply_workflow(make_change(order, *lines, **fields), "Submit for Approval")
	with testing.as_user(states.MANAGER):
		return apply_workflow(change, "Approve")
