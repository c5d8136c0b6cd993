"""From checked lines to planned work orders: trees, dates, materials. Nothing is read or written here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

import pandas as pd

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes.conversion import check
from sbk_mes.conversion.clock import Clock, Clocks
from sbk_mes.conversion.load import Source
from sbk_mes.conversion.products import Products
from sbk_mes.exceptions import BOMError, DemandError, RoutingError
from sbk_mes.rules.calendars import BeyondHorizon
from sbk_mes.rules.explosion import ExplosionError, ProductBook, explode
from sbk_mes.rules.quantities import exact

END_OF_DAY = time(23, 59)


@dataclass
class Plant:
	"""What planning needs to know besides the products."""

	clocks: Clocks
	workshops: dict[str, frappe._dict]
	default_warehouse: str | None
	over_production_pct: float
	today: date


@dataclass
class Operation:
	"""One operation of a planned order; times in the site's zone."""

	values: frappe._dict
	mins: Decimal
	start_at: datetime
	end_at: datetime


@dataclass
class Material:
	"""One component of a planned order. `child` is the number of the planned order that makes it."""

	item: str
	op_no: int
	qty_per: Decimal
	is_fixed: bool
	scrap_pct: Decimal
	required: Decimal
	warehouse: str | None
	child: int | None
	child_qty: Decimal
	is_backflushed: bool


@dataclass
class PlannedOrder:
	"""A work order to be written; `parent` is the number of the planned order it is made for."""

	number: int
	parent: int | None
	line: "Line"
	item: str
	qty: Decimal
	bom: str
	routing: str
	workshop: str | None
	level: int
	due_at: datetime
	operations: list[Operation]
	materials: list[Material] = field(default_factory=list)

	@property
	def start_at(self) -> datetime:
		return self.operations[0].start_at

	@property
	def end_at(self) -> datetime:
		return self.operations[-1].end_at


@dataclass
class Line:
	"""A line that may be converted."""

	source: Source
	qty: Decimal
	order_type: str
	due_at: datetime


@dataclass
class Plan:
	"""Trees of orders, parents before children; `refused` has the reason of each line without a tree."""

	orders: list[PlannedOrder]
	refused: dict[int, Exception]

	def by_line(self) -> dict[int, list[PlannedOrder]]:
		trees: dict[int, list[PlannedOrder]] = {}
		for order in self.orders:
			trees.setdefault(order.line.source.position, []).append(order)
		return trees


def check_lines(
	sources: Sequence[Source], products: Products, plant: Plant
) -> tuple[list[Line], dict[int, Exception]]:
	"""Lines that pass every rule about themselves, and the reasons of the others."""
	lines: list[Line] = []
	refused: dict[int, Exception] = {}
	circles: dict[tuple[str, str], str | None] = {}
	for source in sources:
		try:
			lines.append(_check_line(source, products, plant, circles))
		except (DemandError, check.NothingOpen) as reason:
			refused[source.position] = reason
	return lines, refused


def _check_line(
	source: Source, products: Products, plant: Plant, circles: dict[tuple[str, str], str | None]
) -> Line:
	check.check_state(source)
	check.check_item(source, products)
	check.check_unit(source, products)
	qty = check.quantity_of(source, products, plant.over_production_pct)
	order_type = check.order_type_of(source, products)
	bom = source.bom or products.default_bom(source.item)
	if bom:
		key = (source.item, bom)
		if key not in circles:
			circles[key] = products.cycle_below(source.item, bom)
		if circles[key]:
			raise BOMError(
				_("{0}: its BOM closes a circle: {1}. Remove one of these components.").format(
					source.label, circles[key]
				)
			)
	lead = timedelta(days=cint(products.items[source.item].lead_time_days))
	due_at = datetime.combine(source.due_on or plant.today + lead, END_OF_DAY)
	return Line(source, qty, order_type, due_at)


class Planner:
	"""Explodes checked lines and dates every order backward from what it is needed for."""

	def __init__(self, products: Products, plant: Plant):
		self.products = products
		self.plant = plant
		self.lines: dict[int, Line] = {}
		self.routes: dict[int, tuple[str, list[Operation]]] = {}

	def plan(self, lines: Sequence[Line], book: ProductBook, free_stock: dict[str, Decimal]) -> Plan:
		"""Orders of all lines; a line that cannot be made is refused and leaves no order."""
		self.lines = {line.source.position: line for line in lines}
		frame = pd.DataFrame(
			[
				(
					line.source.position,
					line.source.item,
					line.qty,
					line.source.bom or None,
					line.due_at,
				)
				for line in lines
			],
			columns=["line", "item", "qty", "bom", "due"],
		).astype(object)
		exploded = explode(frame, book, free_stock, self.starts_of, self.bom_of)
		refused: dict[int, Exception] = {
			position: _as_demand_error(self.lines[position], error)
			for position, error in exploded.errors.items()
		}
		orders, misplaced = self._orders(exploded.orders, exploded.materials)
		refused |= misplaced
		return Plan([order for order in orders if order.line.source.position not in refused], refused)

	def starts_of(self, level: pd.DataFrame) -> "pd.Series[Any]":
		"""When each order of one level starts; an ExplosionError where its routing cannot be used."""
		starts: list[Any] = []
		for number, position, depth, item, qty, bom, due in zip(
			level["order"],
			level["line"],
			level["level"],
			level["item"],
			level["qty"],
			level["bom"],
			level["due"],
			strict=True,
		):
			bom_name = bom or self.products.default_bom(item)
			if bom_name not in self.products.boms:
				starts.append(due)
				continue
			chosen = self.lines[position].source.routing if depth == 0 else None
			try:
				routing = self.products.routing_for(item, chosen, bom_name)
				operations = self._operations(routing, qty, due)
			except DemandError as refused:
				starts.append(ExplosionError(refused.code, str(refused)))
				continue
			self.routes[number] = (routing, operations)
			starts.append(operations[0].start_at)
		return pd.Series(starts, index=level.index, dtype=object)

	def bom_of(self, item: str, start: object, chosen: str | None) -> str:
		day = start.date() if isinstance(start, datetime) else self.plant.today
		try:
			return str(self.products.bom_for(item, chosen, max(day, self.plant.today)).name)
		except DemandError as refused:
			raise ExplosionError(refused.code, str(refused)) from refused

	def _operations(self, routing: str, qty: Decimal, due: datetime) -> list[Operation]:
		"""The routing's operations, one after the other, each as late as it can be; waits go by the clock."""
		clock = self.plant.clocks.of(self.products.routings[routing].workshop)
		planned: list[Operation] = []
		for row in reversed(self.products.operations[routing]):
			mins = exact(row.setup_mins) + exact(row.run_mins) * qty
			over = due - timedelta(minutes=_whole(exact(row.wait_mins)))
			start, end = _last_span(clock, over, _whole(mins), routing)
			planned.append(Operation(row, mins, start, end))
			due = start
		return planned[::-1]

	def _orders(
		self, orders: pd.DataFrame, materials: pd.DataFrame
	) -> tuple[list[PlannedOrder], dict[int, Exception]]:
		planned: dict[int, PlannedOrder] = {}
		refused: dict[int, Exception] = {}
		for row in orders.itertuples(index=False):
			routing, operations = self.routes[row.order]
			line = self.lines[row.line]
			planned[row.order] = PlannedOrder(
				number=row.order,
				parent=row.parent if row.parent >= 0 else None,
				line=line,
				item=row.item,
				qty=row.qty,
				bom=row.bom,
				routing=routing,
				workshop=self.products.routings[routing].workshop or line.source.workshop or None,
				level=row.level,
				due_at=row.due,
				operations=operations,
			)
		for row in materials.itertuples(index=False):
			order = planned[row.order]
			try:
				op_no = self._op_no(order, row)
			except RoutingError as reason:
				refused[order.line.source.position] = reason
				continue
			child = planned.get(row.child)
			order.materials.append(self._material(order, row, op_no, child))
		return list(planned.values()), refused

	def _op_no(self, order: PlannedOrder, row: Any) -> int:
		known = [operation.values.op_no for operation in order.operations]
		if row.op_no and row.op_no not in known:
			raise RoutingError(
				_(
					"{0}: {1} is used at operation {2}, which routing {3} does not have. Choose another one."
				).format(order.line.source.label, row.item, row.op_no, order.routing)
			)
		return int(row.op_no or known[0])

	def _material(self, order: PlannedOrder, row: Any, op_no: int, child: PlannedOrder | None) -> Material:
		"""A component; its child order, if any, makes what stock does not cover."""
		item = self.products.items[row.item]
		return Material(
			item=row.item,
			op_no=op_no,
			qty_per=row.qty_per,
			is_fixed=bool(row.is_fixed_qty),
			scrap_pct=row.scrap_pct,
			required=row.required,
			warehouse=row.source_warehouse or self._warehouse(order, item, is_made=child is not None),
			child=child.number if child else None,
			child_qty=child.qty if child else Decimal(0),
			is_backflushed=bool(item.backflush),
		)

	def _warehouse(self, order: PlannedOrder, item: frappe._dict, *, is_made: bool) -> str | None:
		"""Where a component is picked: made ones where they are received, the others where they are kept."""
		shop = self.plant.workshops.get(order.workshop or "") or frappe._dict()
		own = item.fg_warehouse or item.source_warehouse if is_made else item.source_warehouse
		return (
			own
			or (shop.fg_warehouse if is_made else None)
			or shop.source_warehouse
			or self.plant.default_warehouse
		)


def _last_span(clock: Clock, end: datetime, mins: int, routing: str) -> tuple[datetime, datetime]:
	try:
		return clock.last_span(end, mins)
	except BeyondHorizon as empty:
		raise RoutingError(
			_("Routing {0}: calendar {1} has no {2} working minutes before {3}. Add shifts to it.").format(
				routing, clock.name, mins, end
			)
		) from empty


def _whole(mins: Decimal) -> int:
	return int(mins.to_integral_value(ROUND_CEILING))


def _as_demand_error(line: Line, error: ExplosionError) -> DemandError:
	kinds = {kind.code: kind for kind in DemandError.__subclasses__()}
	return kinds.get(error.code, BOMError)(f"{line.source.label}: {error}")
