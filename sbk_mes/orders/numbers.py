"""Numbers of work orders: a series per order type, `<parent>-<n>` below a parent. None is ever used again."""

import frappe
from frappe import _
from frappe.model.naming import getseries, make_autoname

from sbk_mes.exceptions import OrderTypeError


def get_policy(order_type: str) -> frappe._dict:
	"""The settings of an order type; OrderTypeError when there are none."""
	policies = {row.order_type: row for row in frappe.get_cached_doc("MES Settings").order_types}
	if order_type not in policies:
		frappe.throw(
			_("Order type {0} has no policy. Add it to MES Settings.").format(order_type or "?"),
			OrderTypeError,
		)
	return policies[order_type]


def get_next_name(order) -> str:
	"""The next free number for a new order, counted inside this transaction."""
	if order.parent_work_order and not order.amended_from:
		return f"{order.parent_work_order}-{getseries(f'{order.parent_work_order}-', 1)}"
	return make_autoname(order.naming_series or get_policy(order.order_type).naming_series, doc=order)
