"""What planners do with a campaign: make it, take orders in and out, release, complete, cancel it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, now, now_datetime

from sbk_mes.campaigns import compare, document, members, setup
from sbk_mes.campaigns.bound import CAMPAIGN, CANCELLED, COMPLETED, DRAFT, OPEN, RELEASED, STARTED
from sbk_mes.campaigns.document import WORK_ORDER, refuse
from sbk_mes.campaigns.members import Member
from sbk_mes.exceptions import CampaignStateError
from sbk_mes.rules import families
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import DISPATCHER, MANAGER, PLANNER

OPERATION = "MES Work Order Operation"
MAKERS = {PLANNER, DISPATCHER, MANAGER}
SHIFTS = ("shift_mins", "ends_before", "ends_after")
FEWEST = 2


@dataclass(frozen=True)
class Ask:
	"""Orders to be one campaign: {order: operation number, 0 for the one that the resource can do}."""

	orders: Mapping[str, int]
	resource: str | None = None
	basis: str = families.PROGRAM
	slower_pct: float | None = None
	note: str | None = None


def preview(ask: Ask) -> dict[str, Any]:
	"""What `create` would make of it: {resource, family, saved_mins, members, shifts, before, after, …}."""
	return _plan(document.read_orders(ask.orders), ask)[1]


def create(ask: Ask, *, request_id: str | None = None) -> dict[str, Any]:
	"""The orders are a draft campaign; the same request id answers with the one that it has made.

	Raises
	------
	CampaignKeyError
		They differ in something that the setup depends on, or one of them lacks it.
	CampaignStateError
		An event is recorded at the operation, the order is not released, or in another campaign.
	CampaignLineError
		The resource cannot do the operation of an order.
	FrozenError
		An order is frozen.
	"""
	check_role()
	frappe.has_permission(CAMPAIGN, "create", throw=True)

	def act() -> dict[str, Any]:
		found, told = _plan(document.lock_orders(ask.orders), ask)
		doc = frappe.new_doc(CAMPAIGN)
		doc.update(
			{
				"resource": told["resource"],
				"basis": ask.basis,
				"slower_pct": compare.get_slow_permille(ask.slower_pct) / 10,
				"note": ask.note,
			}
		)
		_fill(doc, found, told)
		doc.flags.is_acting = True
		doc.insert(ignore_permissions=True)
		_set_campaign(found, doc.name)
		return document.finish(doc, _names(found), {"action": "create"}, request_id)

	return document.once(request_id, act)


def add(
	campaign: str, orders: Mapping[str, int], *, request_id: str | None = None, is_preview: bool = False
) -> dict[str, Any]:
	"""The orders are members too; possible until the first event of one of them is recorded."""
	if is_preview:
		return _plan_more(frappe.get_doc(CAMPAIGN, campaign), orders, document.read_orders)[1]
	check_role()

	def act() -> dict[str, Any]:
		seen = frappe.get_doc(CAMPAIGN, campaign)
		seen.check_permission("write")
		locked = document.lock_orders([*_members_of(seen), *orders])
		doc = document.lock(campaign, {order.name for order in locked}, (DRAFT, RELEASED))
		found, told = _plan_more(doc, orders, lambda _names: locked)
		_fill(doc, found, told)
		new = [one for one in found if one.order.name in orders]
		_set_campaign(new, doc.name)
		return document.finish(doc, _names(found), {"action": "add", "orders": [*orders]}, request_id)

	return document.once(request_id, act)


def remove(
	campaign: str, names: Sequence[str], *, request_id: str | None = None, is_preview: bool = False
) -> dict[str, Any]:
	"""The orders are members no more; possible until the first event of one of them is recorded."""
	if is_preview:
		doc = frappe.get_doc(CAMPAIGN, campaign)
		doc.check_permission("read")
		stay, _leave = _parted(doc, document.get_members(doc, document.read_orders(_members_of(doc))), names)
		return compare.compare(stay, doc.resource, doc.basis, doc.slower_pct, doc.name)
	check_role()

	def act() -> dict[str, Any]:
		doc, found = document.open_whole(campaign, (DRAFT, RELEASED))
		stay, leave = _parted(doc, found, names)
		_fill(doc, stay, compare.compare(stay, doc.resource, doc.basis, doc.slower_pct, doc.name))
		_set_campaign(leave, None)
		return document.finish(doc, _names(found), {"action": "remove", "orders": _names(leave)}, request_id)

	return document.once(request_id, act)


def release(campaign: str, *, request_id: str | None = None) -> dict[str, Any]:
	"""Members run together: they are neither split nor merged, and a plan sees them as one family."""
	check_role()

	def act() -> dict[str, Any]:
		doc, found = document.open_whole(campaign, (DRAFT,))
		members.check(found, doc.resource, doc.basis, doc.name)
		_fill(doc, found, compare.compare(found, doc.resource, doc.basis, doc.slower_pct, doc.name))
		doc.update({"status": RELEASED, "released_at": now_datetime()})
		return document.finish(doc, _names(found), {"action": "release"}, request_id)

	return document.once(request_id, act)


def cancel(campaign: str, *, request_id: str | None = None) -> dict[str, Any]:
	"""The members go their own ways, as long as nothing was recorded under the common setup."""
	check_role()

	def act() -> dict[str, Any]:
		doc, found = document.open_whole(campaign, OPEN)
		begun = next((one for one in found if members.is_recorded(one.row)), None)
		if doc.setup_at:
			refuse(doc, _("has its setup reported; take that back first"))
		if begun and doc.status != DRAFT:
			refuse(doc, _("cannot be cancelled, because {0} has begun; complete it").format(begun.order.name))
		doc.status = CANCELLED
		_set_campaign([one for one in found if one.row.campaign == doc.name], None)
		return document.finish(doc, _names(found), {"action": "cancel"}, request_id)

	return document.once(request_id, act)


def complete(campaign: str, *, request_id: str | None = None) -> dict[str, Any]:
	"""The setup is divided by what was made under it; an order that made nothing has left."""
	check_role()

	def act() -> dict[str, Any]:
		doc, found = document.open_whole(campaign, (RELEASED, STARTED))
		idle = [one for one in found if not exact(one.row.in_qty)]
		if len(idle) == len(found):
			refuse(doc, _("cannot be completed, because nothing was made in it; cancel it"))
		for row, one in zip(doc.members, found, strict=True):
			row.has_left = int(one in idle)
		_set_campaign(idle, None)
		setup.divide_by_made(doc, found)
		doc.update({"status": COMPLETED, "completed_at": now_datetime()})
		return document.finish(doc, _names(found), {"action": "complete"}, request_id)

	return document.once(request_id, act)


def check_role() -> None:
	if not MAKERS & set(frappe.get_roles()):
		frappe.throw(
			_("Campaigns are made by {0}.").format(", ".join(_(role) for role in sorted(MAKERS))),
			frappe.PermissionError,
		)


def _plan(orders: Sequence[Any], ask: Ask) -> tuple[list[Member], dict[str, Any]]:
	"""The members and what they gain together. Raise what keeps them apart."""
	if len(orders) < FEWEST:
		frappe.throw(_("A campaign takes two orders at least."), CampaignStateError)
	resource = ask.resource or members.find_resource(orders)
	members.check_resource(resource)
	rows = [members.find_row(order, resource, ask.orders[order.name]) for order in orders]
	found = members.make_members(orders, rows)
	members.check(found, resource, ask.basis)
	return found, compare.compare(found, resource, ask.basis, ask.slower_pct)


def _plan_more(doc, orders: Mapping[str, int], read) -> tuple[list[Member], dict[str, Any]]:
	"""The members with further ones, and what all gain."""
	doc.check_permission("read")
	known = _members_of(doc)
	twice = next((name for name in orders if name in known), None)
	if twice:
		refuse(doc, _("has {0} already").format(twice))
	op_nos = {**known, **orders}
	found = list(read(op_nos))
	rows = [members.find_row(order, doc.resource, op_nos[order.name]) for order in found]
	whole = members.make_members(found, rows)
	members.check(whole, doc.resource, doc.basis, doc.name)
	return whole, compare.compare(whole, doc.resource, doc.basis, doc.slower_pct, doc.name)


def _parted(doc, found: Sequence[Member], names: Sequence[str]) -> tuple[list[Member], list[Member]]:
	"""Who stays and who leaves."""
	stranger = next((name for name in names if name not in _members_of(doc)), None)
	if stranger:
		refuse(doc, _("has no order {0}").format(stranger))
	stay = [one for one in found if one.order.name not in names]
	if len(stay) < FEWEST:
		refuse(doc, _("keeps two orders at least; cancel it instead"))
	return stay, [one for one in found if one.order.name in names]


def _members_of(doc) -> dict[str, int]:
	return {row.work_order: cint(row.op_no) for row in doc.members}


def _names(found: Sequence[Member]) -> list[str]:
	return [one.order.name for one in found]


def _fill(doc, found: Sequence[Member], told: dict[str, Any]) -> None:
	"""The campaign has these members, in the sequence in which they run, with what they gain."""
	runs = {row["work_order"]: (place, row) for place, row in enumerate(told["members"])}
	shifts = {row["work_order"]: row for row in told["shifts"]}
	last = len(runs), {}
	doc.set("members", [])
	for one in sorted(found, key=lambda one: runs.get(one.order.name, last)[0]):
		name, order = one.order.name, one.order
		run, shift = runs.get(name, last)[1], shifts.get(name, {})
		doc.append(
			"members",
			{
				"work_order": name,
				"op_no": one.row.op_no,
				"item": order.item,
				"qty": order.planned_qty,
				"due_at": order.due_at,
				"load_qty": float(one.load),
				"setup_mins": run.get("setup_mins"),
				"run_mins": run.get("run_mins"),
				**{field: shift.get(field) for field in SHIFTS},
			},
		)
	doc.update({field: told[field] for field in ("family", *document.GAINS)})
	doc.comparison = frappe.as_json({field: told[field] for field in ("before", "after", "shifts")})


def _set_campaign(found: Sequence[Member], campaign: str | None) -> None:
	"""The operations belong to the campaign, or to none; nobody saves an older copy of their orders."""
	for one in found:
		frappe.db.set_value(OPERATION, one.row.name, "campaign", campaign)
		frappe.db.set_value(WORK_ORDER, one.order.name, "modified", now(), update_modified=False)
