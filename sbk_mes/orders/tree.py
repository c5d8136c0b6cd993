"""Sub-orders: a work order's place below a parent, and what hangs below it."""

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import events
from sbk_mes.exceptions import TreeError
from sbk_mes.rules.bom import describe_path
from sbk_mes.rules.states import COMPLETED, TERMINAL

WORK_ORDER = "MES Work Order"
LINK = "MES Order Link"


def set_place(order, parent=None) -> None:
	"""Root and level follow from the parent, read from the database unless it is given."""
	if not order.parent_work_order:
		order.root_work_order, order.level = None, 0
		return
	parent = parent or frappe.db.get_value(
		WORK_ORDER, order.parent_work_order, ["name", "root_work_order", "level"], as_dict=True
	)
	if parent:
		order.root_work_order = parent.root_work_order or parent.name
		order.level = (parent.level or 0) + 1


def validate_no_circle(order) -> None:
	"""Raise TreeError when the order is its own ancestor; the circle is printed."""
	path, above = [order.name], order.parent_work_order
	while above:
		if above in path:
			frappe.throw(
				_("{0} would be below itself: {1}.").format(order.name, describe_path([*path, above])),
				TreeError,
			)
		path.append(above)
		above = frappe.db.get_value(WORK_ORDER, above, "parent_work_order")


def get_open_children(work_order: str) -> list[frappe._dict]:
	"""Direct sub-orders that are neither done nor called off."""
	return frappe.get_all(
		WORK_ORDER,
		filters={"parent_work_order": work_order, "workflow_state": ["not in", (*TERMINAL, COMPLETED)]},
		fields=["name", "workflow_state"],
		order_by="name asc",
	)


def get_children(work_order: str) -> list[str]:
	return frappe.get_all(
		WORK_ORDER, filters={"parent_work_order": work_order}, pluck="name", order_by="name asc"
	)


def take_out_of_parent(order) -> None:
	"""The parent no longer counts on the order; what it should have made is short there."""
	from sbk_mes.stock.reserve import set_shortage

	for parent in frappe.get_all(
		"MES Work Order Material",
		filters={"child_work_order": order.name, "parenttype": WORK_ORDER},
		pluck="parent",
		order_by="parent asc",
		distinct=True,
	):
		above = frappe.get_doc(WORK_ORDER, parent, for_update=True)
		if above.workflow_state in TERMINAL:
			continue
		for row in above.materials:
			if row.child_work_order == order.name:
				row.child_work_order, row.child_qty = None, 0
		set_shortage(above)
		above.flags.is_posting = True
		above.save(ignore_permissions=True)


def hang(name: str, parent) -> None:
	"""The order and all below it hang below another parent; its event stream says so."""
	before = frappe.db.get_value(WORK_ORDER, name, "parent_work_order")
	_set_below(name, parent.root_work_order or parent.name, cint(parent.level) + 1)
	frappe.db.set_value(WORK_ORDER, name, "parent_work_order", parent.name)
	frappe.db.set_value(LINK, {"link_type": "child-of", "from_order": name}, "to_order", parent.name)
	events.record(
		name, "moved", before={"parent_work_order": before}, after={"parent_work_order": parent.name}
	)


def serve(name: str, before: str, now: str) -> None:
	"""What the order makes for one parent it makes for another."""
	frappe.db.set_value(
		"MES Work Order Demand", {"parent": name, "parent_work_order": before}, "parent_work_order", now
	)


def _set_below(name: str, root: str, level: int) -> None:
	frappe.db.set_value(WORK_ORDER, name, {"root_work_order": root, "level": level})
	for child in get_children(name):
		_set_below(child, root, level + 1)
