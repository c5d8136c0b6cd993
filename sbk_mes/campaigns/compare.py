"""What a campaign gains: the queue of its resource before and after, and campaigns worth making."""

from collections.abc import Sequence
from typing import Any

import frappe
from frappe.utils import cint, flt, now_datetime

from sbk_mes.campaigns.members import Member, get_items
from sbk_mes.campaigns.queue import Queue, read_queue
from sbk_mes.planning import facts as site
from sbk_mes.planning.facts import Facts
from sbk_mes.rules import campaigns as rules
from sbk_mes.rules import families
from sbk_mes.rules.campaigns import Place, Suggestion

WORK_ORDER = "MES Work Order"
DEFAULT_WINDOW_DAYS = 7
PICTURE_BLOCKS = 60
DAY_MINS = 24 * 60


def suggest(
	resource: str | None = None,
	basis: str = families.PROGRAM,
	window_days: int | None = None,
	slower_pct: float | None = None,
) -> list[dict[str, Any]]:
	"""Campaigns among open orders that save time and make nobody late, the greatest net gain first.

	Orders that the user may not see are in none of them, and have no name in the pictures.
	"""
	now, facts = now_datetime(), site.read()
	days = window_days or cint(frappe.get_cached_doc("MES Settings").campaign_window_days)
	used = {row.resource for rows in facts.operations.values() for row in rows} & facts.resources.keys()
	seen = get_visible(facts)
	found = []
	for name in sorted(used & {resource} if resource else used):
		queue = read_queue(facts, name, basis, now)
		window_mins = queue.mins_until(frappe.utils.add_days(now, days or DEFAULT_WINDOW_DAYS))
		for one in rules.suggest(
			queue.jobs,
			queue.setup,
			due_window_mins=window_mins,
			start=queue.start,
			slow_permille=get_slow_permille(slower_pct),
		):
			if all(queue.orders[row].name in seen for row in one.orders):
				found.append({"basis": basis, **tell(queue, one, seen)})
	return sorted(found, key=lambda row: (-row["net_mins"], row["resource"], row["family"]))


def compare(
	members: Sequence[Member],
	resource: str,
	basis: str,
	slower_pct: float | None,
	campaign: str | None = None,
) -> dict[str, Any]:
	"""What these orders, or those of a campaign, gain when they run together, whomever it makes late."""
	facts = site.read()
	rows = [member.row.name for member in members]
	queue = read_queue(facts, resource, basis, now_datetime(), further=rows, apart=campaign)
	one = rules.together(
		queue.jobs,
		[row for row in rows if row in queue.rows],
		queue.setup,
		start=queue.start,
		slow_permille=get_slow_permille(slower_pct),
	)
	return tell(queue, one, get_visible(facts))


def get_slow_permille(slower_pct: float | None) -> int:
	"""How much slower a run is in a campaign, as asked or as the settings have it."""
	if slower_pct is None:
		slower_pct = frappe.get_cached_doc("MES Settings").campaign_slower_pct
	return round(flt(slower_pct) * 10)


def get_visible(facts: Facts) -> set[str]:
	"""Those of the open orders that the user may see."""
	return set(frappe.get_list(WORK_ORDER, filters={"name": ["in", [*facts.orders] or [""]]}, pluck="name"))


def tell(queue: Queue, one: Suggestion, seen: set[str]) -> dict[str, Any]:
	"""A campaign as people and programs read it."""
	ends = {place.job.order: place.end for place in one.before}
	late = set(one.later)
	places = {place.job.order: place for place in one.before}
	members = [queue.orders[row] for row in one.orders]
	items = get_items([order.item for order in members])
	return {
		"resource": queue.resource,
		"family": " / ".join(part for part in one.program if part),
		"saved_setups": one.saved_setups,
		"saved_mins": one.saved_mins,
		"loss_mins": one.loss_mins,
		"net_mins": one.net_mins,
		"is_one_item": len({order.item for order in members}) == 1,
		"members": [
			{
				"work_order": order.name,
				"op_no": cint(queue.rows[row].op_no),
				"item": order.item,
				"customer": order.customer,
				"due_at": order.due_at,
				"qty": order.planned_qty,
				"placements_qty": cint(items[order.item].placements_qty),
				"setup_mins": places[row].job.setup_mins,
				"run_mins": places[row].job.run_mins,
			}
			for row, order in zip(one.orders, members, strict=True)
		],
		"shifts": [
			{
				"work_order": queue.orders[place.job.order].name,
				"shift_mins": place.end - ends[place.job.order],
				"ends_before": queue.moment_of(ends[place.job.order]),
				"ends_after": queue.moment_of(place.end),
				"is_later": place.job.order in late,
			}
			for place in one.after
			if queue.orders[place.job.order].name in seen
		],
		"before": _picture(queue, one.before, one, seen),
		"after": _picture(queue, one.after, one, seen),
	}


def _picture(queue: Queue, places: Sequence[Place], one: Suggestion, seen: set[str]) -> list[dict[str, Any]]:
	"""The blocks from where the sequences part, setups and runs, as many as can be looked at."""
	return [
		{
			"work_order": name if (name := queue.orders[place.job.order].name) in seen else None,
			"family": " / ".join(place.job.program),
			"is_member": place.job.order in one.orders,
			"setup_mins": place.setup_mins,
			"run_mins": place.job.run_mins,
			"start": place.start - place.setup_mins,
			"end": place.end,
		}
		for place in places[:PICTURE_BLOCKS]
	]
