"""Campaigns: orders that share a setup. Each asks the campaign and its orders for permission."""

import frappe

from sbk_mes.api import given, retry
from sbk_mes.campaigns import actions, compare, document, setup
from sbk_mes.campaigns.actions import Ask
from sbk_mes.rules.families import PROGRAM


@frappe.whitelist(methods=["GET"])
@given.checked
def suggest(
	resource: str | None = None,
	basis: str = PROGRAM,
	window_days: int | None = None,
	slower_pct: float | None = None,
) -> dict:
	"""Campaigns worth making, at one resource or all: {suggestions: [{resource, family, saved_setups,
	saved_mins, loss_mins, net_mins, members, shifts, before, after, is_one_item}]}.

	None makes an order late. `basis` is Placement Program, Feeder Family, Die or Colour.
	"""
	frappe.has_permission("MES Work Order", "read", throw=True)
	return {"suggestions": compare.suggest(resource, basis, window_days, slower_pct)}


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def create(
	work_orders: list | str,
	resource: str | None = None,
	basis: str = PROGRAM,
	slower_pct: float | None = None,
	note: str | None = None,
	preview: bool = False,
	request_id: str | None = None,
) -> dict:
	"""Make a draft campaign of orders, names or {work_order, op_no}: {campaign, status, members, …}.

	`preview` tells what it gains, with the queue before and after and each order's shift, and does nothing.
	"""
	ask = Ask(_named(work_orders), resource, basis, slower_pct, note)
	return actions.preview(ask) if preview else actions.create(ask, request_id=request_id)


@frappe.whitelist(methods=["GET"])
@given.checked
def look(campaign: str) -> dict:
	"""A campaign as it is: {campaign, status, resource, family, saved_mins, setup_cost, members, …}."""
	doc = frappe.get_doc("MES Campaign", campaign)
	doc.check_permission("read")
	return document.tell(doc)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def add(campaign: str, work_orders: list | str, preview: bool = False, request_id: str | None = None) -> dict:
	"""Take orders in, before the first event of a member: {campaign, members, …}, or what it would gain."""
	return actions.add(campaign, _named(work_orders), request_id=request_id, is_preview=preview)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def remove(
	campaign: str, work_orders: list | str, preview: bool = False, request_id: str | None = None
) -> dict:
	"""Take orders out, before the first event of a member: {campaign, members, …}, or what it would gain."""
	return actions.remove(campaign, [*_named(work_orders)], request_id=request_id, is_preview=preview)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def release(campaign: str, request_id: str | None = None) -> dict:
	"""From now on the members run together: {campaign, status, members, …}."""
	return actions.release(campaign, request_id=request_id)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def cancel(campaign: str, request_id: str | None = None) -> dict:
	"""The members go their own ways again: {campaign, status, members, …}."""
	return actions.cancel(campaign, request_id=request_id)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def complete(campaign: str, request_id: str | None = None) -> dict:
	"""The campaign is over; its setup is divided by what was made: {campaign, status, members, …}."""
	return actions.complete(campaign, request_id=request_id)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def report_setup(
	campaign: str,
	labour_mins: float = 0,
	machine_mins: float = 0,
	operator: str | None = None,
	resource: str | None = None,
	posted_on: str | None = None,
	preview: bool = False,
	request_id: str | None = None,
) -> dict:
	"""Divide the minutes of the setup and their cost: {campaign, setup_cost, members: [{share_mins, …}]}.

	`preview` tells the shares of the minutes and does nothing.
	"""
	if preview:
		return setup.preview(campaign, labour_mins, machine_mins)
	return setup.report(
		campaign,
		labour_mins=labour_mins,
		machine_mins=machine_mins,
		operator=operator,
		resource=resource,
		posted_on=posted_on,
		request_id=request_id,
	)


@frappe.whitelist(methods=["POST"])
@given.checked
@retry.after_deadlock
def take_back_setup(campaign: str, reason: str, request_id: str | None = None) -> dict:
	"""The reported setup costs nobody anything any more: {campaign, members, …}."""
	return setup.take_back(campaign, reason, request_id=request_id)


def _named(work_orders: list | str) -> dict[str, int]:
	"""Orders with the number of the operation that is meant, 0 where none is given."""
	rows = given.rows(
		[
			row if isinstance(row, dict) else {"work_order": row}
			for row in given.listed(work_orders, "work_orders")
		],
		"work_orders",
		needed=["work_order"],
		numbers=["op_no"],
	)
	return {row["work_order"]: int(row.get("op_no") or 0) for row in rows}
