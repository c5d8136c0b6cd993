"""Orders for boards on a placement line, for tests of campaigns."""

import frappe
from frappe.utils import add_days, now_datetime

from sbk_mes import testing
from sbk_mes.orders import actions
from sbk_mes.stock import pick

WORK_ORDER = "MES Work Order"


def make_line(**fields):
	return testing.make_resource(resource_type="Line", rate_per_hour=60, **fields)


def make_board(
	line, program="P", *, qty=100, due_days=30, setup_mins=30, run_mins=1, released=True, **fields
):
	"""The name of an order for boards of a program; further fields are those of the item, or of the order."""
	of_order = {field: fields.pop(field) for field in ("customer", "planned_start_at") if field in fields}
	part = {"item": testing.make_material(), "qty": 1, "source_warehouse": testing.make_warehouse()}
	rows = [
		{"operation": "Place", "resource": line, "setup_mins": setup_mins, "run_mins": run_mins},
		{"operation": "Test", "resource": testing.make_resource(), "setup_mins": 0},
	]
	values = {"program_id": program, "board_side": "Top", **fields}
	item = testing.make_product([part], rows, **values)
	testing.receive_stock(part["item"], part["source_warehouse"], qty)
	due_at = add_days(now_datetime(), due_days)
	order = testing.make_work_order(item=item.name, qty=qty, due_at=due_at, **of_order)
	if released:
		actions.act(order.name, "Release")
	return order.name


def make_queue(line, programs, **fields):
	"""Orders of these programs, due a day after each other."""
	return [
		make_board(line, program, **{"due_days": 30 + place, **fields})
		for place, program in enumerate(programs)
	]


def on_the_floor(name):
	"""The order is dispatched with its material."""
	actions.act(name, "Dispatch")
	pick.pick(frappe.get_all("MES Pick List", filters={"work_order": name}, pluck="name"))
	return frappe.get_doc(WORK_ORDER, name)


def operation(name, op_no=10):
	return next(row for row in frappe.get_doc(WORK_ORDER, name).operations if row.op_no == op_no)
