"""What a campaign means for an order that belongs to it: split, merge and the floor ask here."""

from collections.abc import Collection

import frappe
from frappe import _
from frappe.utils import now_datetime

from sbk_mes.exceptions import ChangeStateError

CAMPAIGN = "MES Campaign"
MEMBER = "MES Campaign Order"
DRAFT, RELEASED, STARTED = "Draft", "Released", "Started"
COMPLETED, CANCELLED = "Completed", "Cancelled"
OPEN = (DRAFT, RELEASED, STARTED)
BINDING = (RELEASED, STARTED)


def get_status(campaign: str | None, *, locking: bool = False) -> str:
	"""Where the campaign is; "" without one."""
	found = campaign and frappe.db.get_value(CAMPAIGN, campaign, "status", for_update=locking)
	return found or ""


def find_binding(order, *, locking: bool = False) -> str | None:
	"""The released campaign that one of the order's operations is part of."""
	names = dict.fromkeys(row.campaign for row in order.operations if row.campaign)
	return next((name for name in names if get_status(name, locking=locking) in BINDING), None)


def refuse_dropping(order, kept: Collection[str]) -> None:
	"""Raise ChangeStateError when an operation that would go is part of an open campaign."""
	for row in order.operations:
		if row.name not in kept and get_status(row.campaign, locking=True) in OPEN:
			frappe.throw(
				_("{0}: operation {1} is part of campaign {2}. Take the order out of it first.").format(
					order.name, row.op_no, row.campaign
				),
				ChangeStateError,
			)


def begin(order, row) -> None:
	"""The first record at a shared operation starts the campaign: its members stay as they are.

	The order is locked, so that nobody takes it out meanwhile; the campaign's row is locked after it.
	"""
	if row.campaign and get_status(row.campaign, locking=True) == RELEASED:
		frappe.db.set_value(
			CAMPAIGN,
			row.campaign,
			{"status": STARTED, "started_at": now_datetime(), "started_by": order.name},
		)
