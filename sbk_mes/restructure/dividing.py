"""What each part of an order that is split would get: in memory, the same for preview and split."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, get_datetime, getdate

from sbk_mes import units
from sbk_mes.costing import ledger, plan
from sbk_mes.exceptions import SplitPartError
from sbk_mes.orders.progress import get_own_qty
from sbk_mes.restructure import carry
from sbk_mes.restructure.carry import Content
from sbk_mes.rules import costing, splitting
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.splitting import Cut, Lot, Need
from sbk_mes.rules.valuation import Holding, money
from sbk_mes.shopfloor import quantities
from sbk_mes.stock import line, reserve

ZERO = Decimal(0)
TIME = (costing.LABOUR, costing.MACHINE, costing.OVERHEAD, costing.SUBCONTRACT)


@dataclass(frozen=True)
class Wish:
	"""A part that is asked for. `lots`: what of the line it takes, {item, lot, qty}."""

	qty: Decimal
	due_at: datetime | None = None
	resource: str | None = None
	lots: tuple[Mapping[str, Any], ...] = ()


@dataclass
class Party:
	"""What one of the orders has afterwards. Tables are parallel to those of the order that is split."""

	qty: Decimal
	wish: Wish | None = None
	name: str = ""
	carried: dict[int, Decimal] = field(default_factory=dict)
	cuts: list[Cut] = field(default_factory=list)
	lots: list[list[tuple[Lot, str | None]]] = field(default_factory=list)
	demands: list[Decimal] = field(default_factory=list)
	costs: dict[int, Decimal] = field(default_factory=dict)
	contents: list[tuple[Content, Decimal, Decimal]] = field(default_factory=list)

	@property
	def cost(self) -> Decimal:
		return sum(self.costs.values(), ZERO)


@dataclass
class Division:
	"""An order and its parts. `rest` is what the order itself keeps, None when it becomes a container."""

	order: Any
	op_no: int | None
	parts: list[Party]
	rest: Party | None

	@property
	def parties(self) -> list[Party]:
		return [self.rest, *self.parts] if self.rest else self.parts

	@property
	def qty(self) -> Decimal:
		"""What leaves the order."""
		return sum((part.qty for part in self.parts), ZERO)


def divide(order, wishes: Sequence[Wish], op_no: int | None) -> Division:
	"""The parts of the order. `op_no`: they leave it there; None: they are all of it.

	Raises
	------
	SplitPartError
		A part asks for lots that do not lie at the line, or for more than it needs.
	"""
	parts = [Party(wish.qty, wish) for wish in wishes]
	rest = (
		None if op_no is None else Party(exact(order.planned_qty) - sum((part.qty for part in parts), ZERO))
	)
	division = Division(order, op_no, parts, rest)
	_divide_processed(division)
	_divide_material(division)
	_divide_demand(division)
	_divide_contents(division)
	_divide_cost(division)
	return division


def _divide_processed(division: Division) -> None:
	"""Operations before the one where the parts leave are done for them."""
	ops = quantities.get_ops(division.order)
	if division.op_no is None:
		moved = {op.op_no: op.moved for op in ops if op.moved > 0}
		sizes = [part.qty for part in division.parts]
		for part, got in zip(
			division.parts, splitting.carried(moved, sizes, exact(division.order.planned_qty)), strict=True
		):
			part.carried = got
		return
	for part in division.parts:
		part.carried = {op.op_no: part.qty for op in ops if op.op_no < division.op_no}


def _divide_material(division: Division) -> None:
	order = division.order
	at_line = line.get_at_line(order.materials)
	wishes = _chosen_lots(division, at_line)
	for row in order.materials:
		held = [lot for lot in at_line[row.name].values() if lot.held.qty > 0]
		there = sum((lot.held.qty for lot in held), ZERO)
		need = _need(row, there)
		op_no = cint(row.op_no)
		own = [part.qty - part.carried.get(op_no, ZERO) for part in division.parts]
		if division.rest:
			own.insert(0, get_own_qty(order, op_no) - sum(own, ZERO))
		chosen = wishes.get(row.name, {})
		cuts = splitting.cut_material(
			need, own, chosen={place: sum(lots.values(), ZERO) for place, lots in chosen.items()}
		)
		_check_choices(division, row, cuts, chosen)
		lots = splitting.cut_lots(
			[Lot(lot.lot, lot.held) for lot in held], [cut.at_line for cut in cuts], chosen
		)
		places = {lot.lot: lot.warehouse for lot in held}
		for party, cut, got in zip(division.parties, cuts, lots, strict=True):
			party.cuts.append(cut)
			party.lots.append([(lot, places[lot.lot] or row.source_warehouse) for lot in got])


def _need(row, at_line: Decimal) -> Need:
	return Need(
		required=exact(row.required_qty),
		qty_per=exact(row.qty_per),
		scrap_pct=exact(row.scrap_pct),
		is_fixed=bool(cint(row.is_fixed_qty)),
		whole=units.is_counted(row.uom),
		used=reserve.get_supplied(row) - at_line,
		at_line=at_line,
		reserved=exact(row.reserved_qty),
		from_child=exact(row.child_qty),
	)


def _chosen_lots(division: Division, at_line) -> dict[str, dict[int, dict[str, Decimal]]]:
	"""By material row and place of the party: which lots it takes, and how much of each."""
	found: dict[str, dict[int, dict[str, Decimal]]] = {}
	left = {name: {lot: has.held.qty for lot, has in lots.items()} for name, lots in at_line.items()}
	for place, party in enumerate(division.parties):
		for choice in party.wish.lots if party.wish else ():
			missing, lot = exact(choice.get("qty")), str(choice.get("lot") or "")
			for row in division.order.materials:
				qty = min(left[row.name].get(lot, ZERO), missing) if row.item == choice.get("item") else ZERO
				if qty > 0:
					left[row.name][lot] -= qty
					missing -= qty
					lots = found.setdefault(row.name, {}).setdefault(place, {})
					lots[lot] = lots.get(lot, ZERO) + qty
			if missing > 0 or not exact(choice.get("qty")):
				frappe.throw(
					_("{0}: {1} of {2}, lot {3}, are not at the line to be chosen.").format(
						division.order.name, plain(missing), choice.get("item"), lot or "-"
					),
					SplitPartError,
				)
	return found


def _check_choices(division: Division, row, cuts: Sequence[Cut], chosen: Iterable[int]) -> None:
	for place in chosen:
		if cuts[place].at_line > cuts[place].required:
			frappe.throw(
				_("{0}: a part would take {1} of {2} from the line and needs {3}. Choose less.").format(
					division.order.name,
					plain(cuts[place].at_line),
					row.item,
					plain(cuts[place].required),
				),
				SplitPartError,
			)


def _divide_demand(division: Division) -> None:
	"""The earliest due is served by what the order keeps, then by the parts that are due first."""
	demands = [
		(exact(row.qty), getdate(row.due_on) if row.due_on else None) for row in division.order.demands
	]
	due = get_datetime(division.order.due_at) if division.order.due_at else datetime.max
	filled = sorted(division.parts, key=lambda part: (part.wish and part.wish.due_at) or due)
	filled = [division.rest, *filled] if division.rest else filled
	shares = splitting.cut_demands(demands, [party.qty for party in filled])
	for party, share in zip(filled, shares, strict=True):
		party.demands = share


def _divide_contents(division: Division) -> None:
	"""The lots in the units that leave, in proportion to all units that hold them."""
	through = {op.op_no: op.through for op in quantities.get_ops(division.order)}
	if not any(part.carried for part in division.parts):
		return
	whole = {row.name: units.is_counted(row.uom) for row in division.order.materials}
	for content in carry.get_contents(division.order, before_op=division.op_no):
		weights = [part.carried.get(content.op_no, ZERO) for part in division.parts]
		stays = max(through.get(content.op_no, ZERO) - sum(weights, ZERO), ZERO) if division.rest else ZERO
		if not any(weights):
			continue
		unit = splitting.unit_of(whole=whole.get(content.material_row, False))
		left = Holding(content.qty, content.value)
		for part, qty in zip(
			division.parts, splitting.cut_all(content.qty, [*weights, stays], unit)[:-1], strict=True
		):
			if qty > 0:
				value, left = left.take(qty)
				part.contents.append((content, qty, value))


def _divide_cost(division: Division) -> None:
	"""Processed units take what they cost so far along; setup and scrap stay with the order they came from.

	A container keeps nothing: whatever is left on its account goes to its parts.
	"""
	entries = ledger.get_entries(division.order.name)
	if division.rest is None:
		_divide_account(division, entries)
	else:
		_divide_pools(division, entries)


def _divide_account(division: Division, entries: Sequence[frappe._dict]) -> None:
	left: dict[int, Decimal] = {}
	for entry in entries:
		left[cint(entry.op_no)] = left.get(cint(entry.op_no), ZERO) + money(entry.amount)
	for part in division.parts:
		for row, lots in zip(division.order.materials, part.lots, strict=True):
			for lot, _warehouse in lots:
				left[cint(row.op_no)] -= lot.held.value
	for op_no, amount in left.items():
		weights = [part.carried.get(op_no, ZERO) for part in division.parts]
		if not any(weights):
			weights = [part.qty for part in division.parts]
		if amount:
			for part, share in zip(division.parts, splitting.cut_all(amount, weights), strict=True):
				part.costs[op_no] = share


def _divide_pools(division: Division, entries: Sequence[frappe._dict]) -> None:
	sizes = [part.qty for part in division.parts]
	used = carry.get_used_value(division.order)
	cost_plan = plan.get_plan(division.order)
	setups = {row.op_no: row for row in cost_plan.operations}
	pools: list[tuple[int, Decimal, Decimal]] = [
		(0, _transferred(entries, 0), exact(division.order.planned_qty))
	]
	for op in quantities.get_ops(division.order):
		if op.op_no >= (division.op_no or 0):
			break
		time = sum(
			(money(row.amount) for row in entries if cint(row.op_no) == op.op_no and row.kind in TIME), ZERO
		)
		setup = ZERO
		if op.op_no in setups:
			row = setups[op.op_no]
			labour = costing.time_cost(row.setup_mins, row.labour_rate)
			machine = costing.time_cost(row.setup_mins, row.machine_rate)
			setup = splitting.setup_cost(labour + machine + cost_plan.overhead_on(labour, machine), time)
		pool = time - setup + used.get(op.op_no, ZERO) + _transferred(entries, op.op_no)
		pools.append((op.op_no, pool, op.through))
	for op_no, pool, through in pools:
		for part, share in zip(division.parts, splitting.cut_cost(pool, sizes, through), strict=True):
			if share:
				part.costs[op_no] = share


def _transferred(entries: Sequence[frappe._dict], op_no: int) -> Decimal:
	"""What came along with units less what left with them; not what a verdict sent to a rework order."""
	return sum(
		(
			money(row.amount)
			for row in entries
			if cint(row.op_no) == op_no
			and (
				row.kind == costing.TRANSFERRED_IN
				or (row.kind == costing.TRANSFERRED_OUT and row.reference_doctype == carry.WORK_ORDER)
			)
		),
		ZERO,
	)
