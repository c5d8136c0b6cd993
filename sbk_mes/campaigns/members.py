"""Which operation of an order can be part of a campaign, and what its setup depends on."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes.campaigns.bound import OPEN, get_status
from sbk_mes.exceptions import CampaignKeyError, CampaignLineError, CampaignStateError
from sbk_mes.orders import nodes
from sbk_mes.orders.product import INSTEAD
from sbk_mes.rules import families
from sbk_mes.rules.families import Conflict, Traits
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.states import BEFORE_START, IN_PRODUCTION

NODES = (*BEFORE_START, IN_PRODUCTION)
RECORDED = ("in_qty", "good_qty", "scrap_qty", "rework_qty")
ITEM_FIELDS = (
	"name",
	"program_id",
	"changeover_family",
	"die",
	"colour",
	"board_side",
	"solder_profile",
	"solder",
	"placements_qty",
	"is_segregated",
)


@dataclass(frozen=True)
class Member:
	"""An order and its operation that runs in the campaign."""

	order: Any
	row: Any
	item: frappe._dict

	@property
	def traits(self) -> Traits:
		return get_traits(self.order, self.item)

	@property
	def load(self) -> Decimal:
		"""What it takes of the setup: placements of all its units, their number where no points are known."""
		return self.load_of(exact(self.order.planned_qty))

	def load_of(self, qty: Decimal) -> Decimal:
		return qty * (cint(self.item.placements_qty) or 1)


def get_items(names: Sequence[str]) -> dict[str, frappe._dict]:
	"""What the setups of items depend on."""
	rows = frappe.get_all(
		"MES Item",
		filters={"name": ["in", sorted(set(names)) or [""]]},
		fields=list(ITEM_FIELDS),
		order_by="name asc",
	)
	return {row.name: row for row in rows}


def get_traits(order, item: frappe._dict) -> Traits:
	return Traits(
		order.name,
		order.item,
		program=item.program_id or "",
		feeders=item.changeover_family or "",
		die=item.die or "",
		colour=item.colour or "",
		side=item.board_side or "",
		profile=item.solder_profile or "",
		solder=item.solder or "",
		owner=(order.customer or "") if cint(item.is_segregated) else "",
	)


def make_members(orders: Sequence[Any], rows: Sequence[Any]) -> list[Member]:
	items = get_items([order.item for order in orders])
	return [Member(order, row, items[order.item]) for order, row in zip(orders, rows, strict=True)]


def find_resource(orders: Sequence[Any]) -> str:
	"""The one resource that all orders may run on."""
	able = [{name for row in order.operations for name in get_resources(order, row)} for order in orders]
	found = sorted(set.intersection(*able))
	if len(found) != 1:
		frappe.throw(
			_("{0} resources can do all of {1}. Name one that can.").format(
				len(found), ", ".join(order.name for order in orders)
			),
			CampaignLineError,
		)
	return found[0]


def find_row(order, resource: str, op_no: int | None):
	"""The operation of the order that is meant: the given one, else the only one the resource can do."""
	if op_no:
		able = [row for row in order.operations if cint(row.op_no) == cint(op_no)]
	else:
		able = [row for row in order.operations if resource in get_resources(order, row)]
	if len(able) != 1:
		frappe.throw(
			_("{0}: {1} operations can run on {2}. Name the operation.").format(
				order.name, len(able), resource
			),
			CampaignLineError,
		)
	return able[0]


def get_resources(order, row) -> list[str]:
	"""Where the operation may run."""
	others = [
		other.resource
		for other in order.resources
		if other.kind == INSTEAD and cint(other.op_no) == cint(row.op_no)
	]
	return [name for name in (row.resource, *others) if name]


def check_resource(resource: str | None) -> None:
	if not resource or not cint(frappe.db.get_value("MES Resource", resource, "is_active")):
		frappe.throw(
			_("Resource {0} is not active. A campaign needs one that works.").format(resource or "-"),
			CampaignLineError,
		)


def check(members: Sequence[Member], resource: str, basis: str, campaign: str | None = None) -> None:
	"""Raise what keeps the orders from sharing a setup on the resource; it names order and value."""
	if basis not in families.BASES:
		frappe.throw(
			_("{0} is nothing that orders share. Choose one of {1}.").format(
				basis, ", ".join(families.BASES)
			),
			CampaignKeyError,
		)
	for member in members:
		_check_state(member, campaign)
		if resource not in get_resources(member.order, member.row):
			frappe.throw(
				_("{0}, operation {1} cannot run on {2}; it runs on {3}.").format(
					member.order.name,
					member.row.op_no,
					resource,
					", ".join(get_resources(member.order, member.row)) or "-",
				),
				CampaignLineError,
			)
	mixes_sides = bool(cint(frappe.get_cached_doc("MES Settings").campaign_mixes_sides))
	conflict = families.find_conflict([one.traits for one in members], basis, mixes_sides=mixes_sides)
	if conflict:
		frappe.throw(_say(conflict), CampaignKeyError)


def is_recorded(row) -> bool:
	"""Something was started or reported at the operation, also when it was reversed since."""
	return bool(row.started_at) or any(exact(row.get(field)) for field in RECORDED)


def _check_state(member: Member, campaign: str | None) -> None:
	wrong = nodes.find_wrong(
		member.order, NODES, if_split=_("it was split; take its sub-orders")
	) or _what_holds(member.row, campaign)
	if wrong:
		frappe.throw(
			_("{0} cannot be part of a campaign: {1}.").format(member.order.name, wrong), CampaignStateError
		)


def _what_holds(row, campaign: str | None) -> str | None:
	if is_recorded(row):
		return _("an event is recorded at operation {0} already").format(row.op_no)
	if row.campaign and row.campaign != campaign and get_status(row.campaign, locking=True) in OPEN:
		return _("it is part of campaign {0}; remove it there first").format(row.campaign)
	return None


def _say(conflict: Conflict) -> str:
	one, other = conflict.one, conflict.other
	label = {
		"program": _("Program ID"),
		"feeders": _("Changeover Family"),
		"die": _("Die"),
		"colour": _("Colour"),
		families.PROFILE: _("Solder Profile"),
		families.SOLDER: _("Solder"),
		families.SIDE: _("Board Side"),
	}.get(conflict.field, "")
	if other is None:
		return _("{0} makes {1}, which has no {2}. Enter it on the item, or leave the order out.").format(
			one.order, one.item, label
		)
	before, after = (_(getattr(traits, conflict.field) or "-") for traits in (one, other))
	if conflict.field == families.OWNER:
		return _(
			"{0} is made for the stock of {1} and {2} for that of {3}. Customer stock is never mixed."
		).format(one.order, before, other.order, after)
	if conflict.field == families.SIDE:
		return _(
			"{0} places side {1} and {2} side {3}. A campaign has one side unless MES Settings allow both."
		).format(one.order, before, other.order, after)
	if conflict.field == families.SOLDER:
		return _("{0} is {1} and {2} is {3}. Lead-free and leaded work is never mixed.").format(
			one.order, before, other.order, after
		)
	return _("{0} has {1} {2} and {3} has {4}. Orders of a campaign agree in it.").format(
		one.order, label, before, other.order, after
	)
