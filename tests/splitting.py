"""Orders as a planner splits them, and what of them a split moves."""

from floor import again
from invariants import assert_invariants

import frappe

from sbk_mes.costing import ledger
from sbk_mes.restructure import split
from sbk_mes.restructure.asking import Ask
from sbk_mes.stock import pick

REASON = "Machine capacity"
WORK_ORDER = "MES Work Order"
PICK_LIST = "MES Pick List"
PLAN_FIELDS = ("planned_qty", "planned_mins", "good_qty", "workflow_state", "is_container")
ROW_FIELDS = ("required_qty", "reserved_qty", "issued_qty", "consumed_qty", "short_qty")


def cut(order, *, reason=REASON, event_seq=None, request_id=None, **ask):
	"""What `split` answers; `ask` are the fields of the Ask."""
	return split.split(order.name, Ask(**ask), reason=reason, event_seq=event_seq, request_id=request_id)


def names(answer):
	return [part["work_order"] for part in answer["parts"]]


def sound(order):
	"""Names below an order; every order of its tree keeps the invariants."""
	below = frappe.get_all(WORK_ORDER, filters={"root_work_order": order.name}, pluck="name")
	assert_invariants([order.name, *below])
	return sorted(below)


def pick_some(order, qty, **fields):
	"""Of the only component of an order some has gone to the line."""
	name = frappe.db.get_value(PICK_LIST, {"work_order": order.name}, "name")
	row = frappe.db.get_value("MES Pick List Item", {"parent": name}, "name")
	pick.pick(lines=[{"pick_list": name, "line": row, "qty": qty, **fields}])


def standing(order):
	"""What an undo has to bring back."""
	order = again(order)
	lists = frappe.get_all(PICK_LIST, filters={"work_order": order.name}, pluck="name", order_by="name")
	return {
		**{field: order.get(field) for field in PLAN_FIELDS},
		"materials": [[row.get(field) for field in ROW_FIELDS] for row in order.materials],
		"moved": [row.moved_qty for row in order.operations],
		"demands": [(row.sales_order_item, row.qty) for row in order.demands],
		"lists": [
			(row.status, [(line.required_qty, line.picked_qty) for line in row.items])
			for row in (frappe.get_doc(PICK_LIST, name) for name in lists)
		],
		"cost": ledger.get_balance(order.name),
		"production": frappe.db.get_value(
			"MES Production Order", order.production_order, ["planned_qty", "good_qty"]
		),
	}
