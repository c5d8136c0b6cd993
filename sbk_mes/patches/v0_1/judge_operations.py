"""Verdicts are counted at their operation, too; freezes for quality let inspectors judge."""

import frappe
from frappe.utils import cint

from sbk_mes.shopfloor.recompute import recompute

JUDGED = ("accepted_qty", "rejected_qty")


def execute() -> None:
	for reason in frappe.get_all("MES Reason", filters={"freeze_kind": "Quality"}, pluck="name"):
		frappe.db.set_value("MES Reason", reason, "allows_verdicts", 1, update_modified=False)
	for order in frappe.get_all(
		"MES Inspection",
		filters={"docstatus": 1},
		pluck="work_order",
		distinct=True,
		order_by="work_order asc",
	):
		operations = recompute(order)["operations"]
		for row in frappe.get_all(
			"MES Work Order Operation",
			filters={"parent": order},
			fields=["name", "op_no"],
			order_by="idx asc",
		):
			values = {field: float(operations[cint(row.op_no)][field]) for field in JUDGED}
			frappe.db.set_value("MES Work Order Operation", row.name, values, update_modified=False)
