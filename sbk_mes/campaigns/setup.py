"""The setup that the members of a campaign share: reported once, divided between them to the cent."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import now_datetime

from sbk_mes.campaigns import document
from sbk_mes.campaigns.bound import CAMPAIGN, COMPLETED, RELEASED, STARTED
from sbk_mes.campaigns.document import refuse
from sbk_mes.campaigns.members import Member
from sbk_mes.costing import charge, ledger, periods
from sbk_mes.exceptions import CampaignStateError
from sbk_mes.rules.campaigns import divide_setup
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import CALLED_OFF

REPORTABLE = (RELEASED, STARTED, COMPLETED)
ZERO = Decimal(0)


def preview(campaign: str, labour_mins: float = 0, machine_mins: float = 0) -> dict[str, Any]:
	"""How the minutes would be divided: {members: [{work_order, load_qty, share_mins}]}. Nothing changes."""
	doc = frappe.get_doc(CAMPAIGN, campaign)
	doc.check_permission("read")
	names = [row.work_order for row in doc.members]
	loads = [_load(one) for one in document.get_members(doc, document.read_orders(names))]
	parts = divide_setup(exact(labour_mins) + exact(machine_mins), loads)
	return {
		"campaign": campaign,
		"members": [
			{"work_order": name, "load_qty": float(load), "share_mins": float(part)}
			for name, load, part in zip(names, loads, parts, strict=True)
		],
	}


def report(
	campaign: str,
	*,
	labour_mins: float = 0,
	machine_mins: float = 0,
	operator: str | None = None,
	resource: str | None = None,
	posted_on: str | None = None,
	request_id: str | None = None,
) -> dict[str, Any]:
	"""The minutes of the common setup and what they cost are on the accounts of the members by their load.

	It is the first record of a campaign that has none: its members stay as they are.

	Raises
	------
	CampaignStateError
		There are no minutes, or the setup was reported before.
	"""

	def act() -> dict[str, Any]:
		if min(labour_mins, machine_mins) < 0 or not labour_mins + machine_mins:
			frappe.throw(
				_("{0} takes {1} minutes of labour and {2} of the machine. Give one of them above 0.").format(
					campaign, labour_mins, machine_mins
				),
				CampaignStateError,
			)
		doc, found = document.open_whole(campaign, REPORTABLE)
		if doc.setup_at:
			refuse(doc, _("has its setup reported; take that back first"))
		doc.update(
			{
				"setup_at": now_datetime(),
				"setup_resource": resource or doc.resource,
				"setup_operator": operator or frappe.session.user,
				"setup_labour_mins": labour_mins,
				"setup_machine_mins": machine_mins,
			}
		)
		if doc.status == RELEASED:
			doc.update({"status": STARTED, "started_at": now_datetime()})
		is_over = doc.status == COMPLETED
		loads = [_made(one) if is_over else _load(one) for one in found]
		_divide(doc, found, loads, posted_on)
		return _finish(doc, found, "setup", request_id)

	return document.once(request_id, act)


def take_back(campaign: str, reason: str, *, request_id: str | None = None) -> dict[str, Any]:
	"""What the setup has charged is taken back; it can be reported again."""

	def act() -> dict[str, Any]:
		if not (reason or "").strip():
			frappe.throw(
				_("The setup of {0} is not taken back without a reason.").format(campaign), CampaignStateError
			)
		doc, found = document.open_whole(campaign, REPORTABLE)
		if not doc.setup_at:
			refuse(doc, _("has no setup reported"))
		ledger.reverse((CAMPAIGN, doc.name))
		for field in ("setup_at", "setup_resource", "setup_operator"):
			doc.set(field, None)
		doc.update({"setup_labour_mins": 0, "setup_machine_mins": 0, "setup_cost": 0})
		for row in doc.members:
			row.share_mins = row.share_cost = 0
		return _finish(doc, found, "setup taken back", request_id, reason=reason)

	return document.once(request_id, act)


def divide_by_made(doc, found: Sequence[Member]) -> None:
	"""The setup is divided anew where the members made something else than was planned."""
	made = [_made(one) for one in found]
	if not doc.setup_at or made == [exact(row.load_qty) for row in doc.members]:
		return
	ledger.reverse((CAMPAIGN, doc.name))
	_divide(doc, found, made)


def _load(one: Member) -> Decimal:
	return ZERO if one.order.workflow_state in CALLED_OFF else one.load


def _made(one: Member) -> Decimal:
	return one.load_of(exact(one.row.in_qty))


def _divide(doc, found: Sequence[Member], loads: Sequence[Decimal], posted_on: str | None = None) -> None:
	if not sum(loads):
		refuse(doc, _("has no order left that takes a share of its setup"))
	parts = charge.charge_setup(
		[(one.order.name, one.row.op_no) for one in found],
		loads,
		labour_mins=exact(doc.setup_labour_mins),
		machine_mins=exact(doc.setup_machine_mins),
		operator=doc.setup_operator,
		resource=doc.setup_resource,
		reference=(CAMPAIGN, doc.name),
		posted_on=periods.check(_(CAMPAIGN), posted_on),
	)
	for row, load, (mins, cost) in zip(doc.members, loads, parts, strict=True):
		row.load_qty, row.share_mins, row.share_cost = float(load), float(mins), float(cost)
	doc.setup_cost = float(sum(cost for _mins, cost in parts))


def _finish(doc, found: Sequence[Member], action: str, request_id: str | None, **told: Any) -> dict[str, Any]:
	names = [one.order.name for one in found]
	shares = {row.work_order: {"mins": row.share_mins, "cost": row.share_cost} for row in doc.members}
	return document.finish(doc, names, {"action": action, "shares": shares, **told}, request_id)
