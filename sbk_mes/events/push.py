"""Boards that are open hear that orders have changed; what they show they ask for, within their rights."""

from collections.abc import Collection

import frappe
from frappe.realtime import get_doctype_room

CHANGED = "mes_orders_changed"
NAMED = 50


def tell_boards(work_orders: Collection[str]) -> None:
	"""Whoever may read work orders and listens is told after the commit; of many no names are given."""
	frappe.publish_realtime(
		CHANGED,
		{"work_orders": sorted(work_orders) if len(work_orders) <= NAMED else []},
		room=get_doctype_room("MES Work Order"),
		after_commit=True,
	)
