"""The plan of a draft order: what follows from what was entered, and what cannot be promised."""

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import units
from sbk_mes.exceptions import OrderTypeError, PegError, QuantityError, RoutingError
from sbk_mes.orders import by_products, numbers, product, tree
from sbk_mes.orders.progress import get_own_qty, get_row_units
from sbk_mes.rules.change_rows import required_of
from sbk_mes.rules.quantities import exact, is_whole, plain
from sbk_mes.rules.requirements import planned_mins


def validate(order) -> None:
	"""Raise for the first thing about the plan that cannot be."""
	validate_quantity(order)
	validate_order_type(order)
	validate_operations(order)
	validate_materials(order)
	validate_demands(order)
	if not order.flags.is_converted:
		tree.validate_no_circle(order)


def set_defaults(order) -> None:
	"""Series, names, units, place in the tree, product data and warehouses, as far as nobody gave them."""
	order.naming_series = order.naming_series or numbers.get_policy(order.order_type).naming_series
	item = frappe.get_cached_value("MES Item", order.item, ["item_name", "stock_uom"], as_dict=True)
	if item:
		order.item_name, order.stock_uom = item.item_name, item.stock_uom
	if order.is_new() or order.has_value_changed("parent_work_order"):
		tree.set_place(order)
	if order.is_new():
		product.set_product_data(order)
	for row in order.materials:
		product.set_material_defaults(order, row)


def set_minutes(order) -> None:
	"""Each operation is planned for the units that the order processes there itself."""
	for row in order.operations:
		qty = get_own_qty(order, row.op_no)
		row.planned_mins = float(planned_mins(exact(row.setup_mins), exact(row.run_mins), qty)) if qty else 0
	order.planned_mins = float(sum(exact(row.planned_mins) for row in order.operations))


def set_totals(order) -> None:
	"""Minutes and requirements follow from the quantity."""
	set_minutes(order)
	for row in order.materials:
		row.required_qty = float(required_of(row, get_row_units(order, row), whole=units.is_counted(row.uom)))
	by_products.set_defaults(order)


def validate_quantity(order) -> None:
	qty = exact(order.planned_qty)
	if qty <= 0:
		frappe.throw(
			_("{0}: the quantity of {1} is {2}; it must be above zero.").format(
				order.name, order.item, plain(qty)
			),
			QuantityError,
		)
	if not is_whole(qty) and units.is_counted(order.stock_uom):
		frappe.throw(
			_("{0}: {1} of {2}, but {3} are counted in whole numbers.").format(
				order.name, plain(qty), order.item, order.stock_uom
			),
			QuantityError,
		)


def validate_order_type(order) -> None:
	wrong = None
	if order.order_type == "MTS" and (order.customer or order.sales_order):
		wrong = _("an order for stock has no customer")
	if order.order_type == "Rework" and not order.origin_lot and not order.parent_work_order:
		wrong = _("a rework order names the lot it comes from")
	if order.order_type == "ETO" and not order.project:
		wrong = _("an order of type ETO belongs to a project")
	if order.priority == "Urgent" and not (order.urgent_reason or "").strip():
		wrong = _("an urgent order says why")
	if wrong:
		frappe.throw(_("{0}, type {1}: {2}.").format(order.name, _(order.order_type), wrong), OrderTypeError)


def validate_operations(order) -> None:
	last = 0
	for row in order.operations:
		if cint(row.op_no) <= last:
			frappe.throw(
				_("{0}, row {1}: operation {2} does not follow {3}. Number them upwards.").format(
					order.name, row.idx, row.op_no, last
				),
				RoutingError,
			)
		last = cint(row.op_no)
		mins = exact(row.setup_mins) + exact(row.run_mins) + exact(row.wait_mins)
		if mins <= 0 and not cint(row.is_outsourced):
			frappe.throw(
				_("{0}, row {1}: operation {2} takes no time. Give it setup or run minutes.").format(
					order.name, row.idx, row.operation
				),
				RoutingError,
			)


def validate_materials(order) -> None:
	known = {cint(row.op_no) for row in order.operations}
	for row in order.materials:
		if row.item == order.item:
			frappe.throw(
				_("{0}, row {1}: {2} cannot be made of itself.").format(order.name, row.idx, row.item),
				QuantityError,
			)
		if known and cint(row.op_no) not in known:
			frappe.throw(
				_("{0}, row {1}: there is no operation {2} to use {3}.").format(
					order.name, row.idx, row.op_no, row.item
				),
				RoutingError,
			)


def validate_demands(order) -> None:
	pegged = sum((exact(row.qty) for row in order.demands), exact(0))
	for row in order.demands:
		if exact(row.qty) <= 0:
			frappe.throw(_("{0}, row {1}: demand of zero.").format(order.name, row.idx), PegError)
	if pegged > exact(order.planned_qty):
		frappe.throw(
			_("{0}: demands of {1} do not fit into a quantity of {2}.").format(
				order.name, plain(pegged), plain(exact(order.planned_qty))
			),
			PegError,
		)
