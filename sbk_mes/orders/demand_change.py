"""A changed line of a sales order reaches its work orders: drafts at once, running ones by a change order.

SPEC 2, line 19. What is asked for more stays open on the line, to be converted like anything new.
"""

from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import get_datetime, getdate

from sbk_mes.exceptions import ChangeOrderError
from sbk_mes.orders import alerts, pegs
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.states import DRAFT, FROZEN, MANAGER, PLANNER, RUNNING

WORK_ORDER = "MES Work Order"
CHANGE_ORDER = "MES Change Order"
DEMAND = "MES Work Order Demand"
SAVEPOINT = "demand_change"
ZERO = Decimal(0)


def follow(sales_order) -> None:
	"""Work orders made for lines that ask for less, or for another day, follow. Their rows are locked."""
	stored = sales_order.get_doc_before_save()
	known = {row.name: row for row in stored.items} if stored else {}
	for row in sales_order.items:
		before = known.get(row.name)
		if before is None:
			continue
		if exact(row.stock_qty) < exact(before.stock_qty):
			_follow_quantity(sales_order, row)
		if row.due_on and before.due_on and getdate(row.due_on) != getdate(before.due_on):
			_follow_date(sales_order, row)


def _follow_quantity(sales_order, row) -> None:
	"""What is pegged beyond the line's quantity is taken from drafts, then asked of running orders."""
	orders = _get_orders(row.name)
	share = pegs.get_shares([row.name], locking=True)[row.name]
	over = share.pegged - exact(row.stock_qty)
	for is_draft in (True, False):
		for order in orders:
			if over <= 0 or (order.workflow_state == DRAFT) is not is_draft:
				continue
			cut = min(over, exact(order.pegged))
			if is_draft:
				_shrink_draft(order.name, row.name, cut)
			else:
				target = exact(order.planned_qty) - cut
				_raise(sales_order, row, order, "Quantity", "planned_qty", plain(target), cut)
			over -= cut


def _follow_date(sales_order, row) -> None:
	due_on = getdate(row.due_on)
	for order in _get_orders(row.name):
		due_at = get_datetime(order.due_at).replace(year=due_on.year, month=due_on.month, day=due_on.day)
		if order.workflow_state == DRAFT:
			doc = frappe.get_doc(WORK_ORDER, order.name)
			doc.due_at = due_at
			_set_due(doc, row.name, due_on)
			doc.save(ignore_permissions=True)
		else:
			_raise(sales_order, row, order, "Due", "due_at", due_at.strftime("%Y-%m-%d %H:%M:%S"), ZERO)


def _get_orders(row: str) -> list[frappe._dict]:
	"""Draft and running orders pegged to the line, the youngest first, locked in the order of their names."""
	demand, order = frappe.qb.DocType(DEMAND), frappe.qb.DocType(WORK_ORDER)
	found = (
		frappe.qb.from_(demand)
		.join(order)
		.on(demand.parent == order.name)
		.select(order.name, order.workflow_state, order.planned_qty, order.due_at, demand.qty.as_("pegged"))
		.where(demand.sales_order_item == row)
		.where(order.workflow_state.isin([DRAFT, *RUNNING, FROZEN]))
		.orderby(order.name)
		.for_update()
	).run(as_dict=True)
	return list(reversed(found))


def _shrink_draft(name: str, row: str, cut: Decimal) -> None:
	"""A draft makes so much less; one that would make nothing is gone."""
	order = frappe.get_doc(WORK_ORDER, name)
	left = exact(order.planned_qty) - cut
	if left <= 0:
		frappe.delete_doc(WORK_ORDER, name, ignore_permissions=True)
		return
	order.planned_qty = float(left)
	for demand in order.demands:
		if demand.sales_order_item == row:
			demand.qty = float(exact(demand.qty) - cut)
	order.set("demands", [demand for demand in order.demands if exact(demand.qty) > 0])
	order.save(ignore_permissions=True)


def _set_due(order, row: str, due_on: date) -> None:
	for demand in order.demands:
		if demand.sales_order_item == row:
			demand.due_on = due_on


def _raise(sales_order, row, order, target: str, field: str, after: str, cut: Decimal) -> None:
	"""A change order waits, filled in; planners know. One that cannot be raised is told as well."""
	text = _("{0}, line {1}: the customer asks for {2} {3} by {4}.").format(
		sales_order.name, row.idx, plain(exact(row.qty)), row.uom or "", row.due_on or "-"
	)
	change = frappe.new_doc(CHANGE_ORDER)
	change.update(
		{
			"work_order": order.name,
			"title": _("{0} changed").format(sales_order.name),
			"reason": _get_reason(),
			"note": text,
			"sales_order": sales_order.name,
			"sales_order_item": row.name,
		}
	)
	if target == "Quantity" and exact(after) <= 0:
		text = _("{0} Nothing of {1} is left to make for it: close that order with return.").format(
			text, order.name
		)
		_tell(text, WORK_ORDER, order.name)
		return
	change.append("lines", {"target": target, "action": "Change", "field": field, "after": after})
	frappe.db.savepoint(SAVEPOINT)
	try:
		change.insert(ignore_permissions=True)
		_tell(text, CHANGE_ORDER, change.name)
	except ChangeOrderError as error:
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.clear_last_message()
		_tell(f"{text} {error}", WORK_ORDER, order.name)


def _get_reason() -> str | None:
	names = frappe.get_all(
		"MES Reason",
		filters={"applies_to": "Change", "disabled": 0},
		pluck="name",
		order_by="creation asc, name asc",
		limit_page_length=1,
	)
	return names[0] if names else None


def _tell(text: str, doctype: str, name: str) -> None:
	people = alerts.get_holders((PLANNER, MANAGER))
	if doctype == WORK_ORDER:
		people.add(frappe.db.get_value(WORK_ORDER, name, "owner"))
	alerts.tell(people or {"Administrator"}, text, doctype, name)
