"""The campaign as a document: locked after its orders, written by actions only, told to every member."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

import frappe
from frappe import _

from sbk_mes import events
from sbk_mes.campaigns import members
from sbk_mes.campaigns.bound import CAMPAIGN
from sbk_mes.campaigns.members import Member
from sbk_mes.exceptions import CampaignStateError
from sbk_mes.restructure import locks

WORK_ORDER = "MES Work Order"
EVENT = "campaign"
BEFORE = "campaign"
GAINS = ("saved_setups", "saved_mins", "loss_mins", "net_mins")
MEMBER_FIELDS = (
	"work_order",
	"op_no",
	"item",
	"qty",
	"due_at",
	"setup_mins",
	"run_mins",
	"shift_mins",
	"ends_before",
	"ends_after",
	"load_qty",
	"share_mins",
	"share_cost",
	"has_left",
)


def once(request_id: str | None, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
	"""What `act` answers; for a request that has acted before, the campaign as it is now.

	Two that carry one request id wait for each other at the orders; the later one fails on what the first
	has done, and answers with it. What is refused has written nothing.
	"""
	done = find_done(request_id)
	if done:
		return done
	frappe.db.savepoint(BEFORE)
	try:
		return act()
	except frappe.ValidationError:
		frappe.db.rollback(save_point=BEFORE)
		done = find_done(request_id, locking=True)
		if not done:
			raise
		frappe.clear_last_message()
		return done


def find_done(request_id: str | None, *, locking: bool = False) -> dict[str, Any] | None:
	"""The campaign that the request has changed before, as it is now."""
	told = events.find_told(request_id, EVENT, locking=locking)
	if not told:
		return None
	doc = frappe.get_doc(CAMPAIGN, told["campaign"], for_update=locking)
	doc.check_permission("read")
	return tell(doc)


def read_orders(names: Iterable[str]) -> list[Any]:
	"""The orders as they are, for a look."""
	orders = [frappe.get_doc(WORK_ORDER, name) for name in dict.fromkeys(names)]
	for order in orders:
		order.check_permission("read")
	return orders


def lock_orders(names: Iterable[str]) -> list[Any]:
	"""The orders as they are stored, their rows locked in the order of their names."""
	names = list(dict.fromkeys(names))
	locks.lock_orders(names)
	orders = [frappe.get_doc(WORK_ORDER, name, for_update=True) for name in names]
	for order in orders:
		order.check_permission("write")
	return orders


def open_whole(campaign: str, allowed: Sequence[str]) -> tuple[Any, list[Member]]:
	"""The campaign and all its members with their rows locked, orders first."""
	seen = frappe.get_doc(CAMPAIGN, campaign)
	seen.check_permission("write")
	orders = lock_orders(row.work_order for row in seen.members)
	doc = lock(campaign, {order.name for order in orders}, allowed)
	return doc, get_members(doc, orders)


def lock(campaign: str, names: set[str], allowed: Sequence[str]):
	"""The campaign as it is stored, after its orders, which are locked; nobody has joined it since."""
	doc = frappe.get_doc(CAMPAIGN, campaign, for_update=True)
	if not {row.work_order for row in doc.members} <= names:
		refuse(doc, _("has other members now; look at it again"))
	if doc.status not in allowed:
		refuse(
			doc,
			_("is {0}; this is possible only when it is {1}").format(
				_(doc.status), ", ".join(_(status) for status in allowed)
			),
		)
	return doc


def get_members(doc, orders: Sequence[Any]) -> list[Member]:
	"""The members with their operations, in the sequence of the campaign."""
	known = {order.name: order for order in orders}
	named = [known[row.work_order] for row in doc.members]
	rows = [
		members.find_row(order, doc.resource, row.op_no)
		for order, row in zip(named, doc.members, strict=True)
	]
	return members.make_members(named, rows)


def refuse(doc, what: str) -> NoReturn:
	frappe.throw(_("Campaign {0} {1}.").format(doc.name, what), CampaignStateError)


def finish(doc, names: Iterable[str], told: dict[str, Any], request_id: str | None) -> dict[str, Any]:
	"""The campaign is stored, and each of the orders tells what became of it; the answer of the action."""
	doc.flags.is_acting = True
	doc.save(ignore_permissions=True)
	correlation_id = request_id or frappe.generate_hash(length=20)
	events.record_many(
		{
			"work_order": name,
			"event_type": EVENT,
			"after": {"campaign": doc.name, "status": doc.status, **told},
			"correlation_id": correlation_id,
			"request_id": request_id,
		}
		for name in names
	)
	doc.reload()
	return tell(doc)


def tell(doc) -> dict[str, Any]:
	"""The campaign as programs read it."""
	return {
		"campaign": doc.name,
		**{field: doc.get(field) for field in ("status", "resource", "basis", "family", *GAINS)},
		"setup_at": doc.setup_at,
		"setup_cost": doc.setup_cost or 0,
		"members": [{field: row.get(field) for field in MEMBER_FIELDS} for row in doc.members],
	}
