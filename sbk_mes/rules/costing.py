"""What an order should cost, what it did cost, and why the two differ. Exact to six places.

A cost account is a list of signed amounts: above zero into the order, below zero out of it. What is left is
its work in process; settling gives all of it to what was received, so that nothing is left.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sbk_mes.rules.quantities import shares
from sbk_mes.rules.valuation import money

CENT = Decimal("0.01")
ZERO = Decimal(0)
HUNDRED = Decimal(100)
HOUR_MINS = Decimal(60)

MATERIAL = "Material"
LABOUR = "Labour"
MACHINE = "Machine"
OVERHEAD = "Overhead"
SUBCONTRACT = "Subcontract"
TRANSFERRED_IN = "Transferred In"
TRANSFERRED_OUT = "Transferred Out"
FINISHED_GOODS = "Finished Goods"
RETURN = "Return"
SALVAGE = "Salvage"
BY_PRODUCT = "By-Product"
SCRAP_LOSS = "Scrap Loss"
VARIANCE = "Variance"

INTO = (MATERIAL, LABOUR, MACHINE, OVERHEAD, SUBCONTRACT, TRANSFERRED_IN)
ELEMENTS = (MATERIAL, LABOUR, MACHINE, OVERHEAD)

PRICE = "Material Price"
USAGE = "Material Usage"
LABOUR_RATE = "Labour Rate"
EFFICIENCY = "Labour Efficiency"
MACHINE_TIME = "Machine"
OVERHEADS = "Overhead"
YIELD = "Yield"
BY_PRODUCTS = "By-Product"
OTHER = "Other"
LATE = "Late Cost"
CAUSES = (PRICE, USAGE, LABOUR_RATE, EFFICIENCY, MACHINE_TIME, OVERHEADS, YIELD, BY_PRODUCTS, OTHER)

LABOUR_BASE = "Labour"
MACHINE_BASE = "Machine"
TIME_BASE = "Labour and Machine"


class NothingGood(ValueError):
	"""All cost would be lost: nothing was received to carry it."""

	code = "E-COST-LOSS"


@dataclass(frozen=True)
class PlannedMaterial:
	"""What the whole order needs of an item, and what one unit of it should cost."""

	item: str
	op_no: int
	qty: Decimal
	rate: Decimal
	is_fixed: bool = False


@dataclass(frozen=True)
class PlannedOperation:
	"""Minutes of an operation, and what an hour of its people and of its machine should cost."""

	op_no: int
	setup_mins: Decimal
	run_mins: Decimal
	labour_rate: Decimal
	machine_rate: Decimal

	def mins(self, qty: Decimal) -> Decimal:
		"""Nothing processed takes no time, not even a setup."""
		return self.setup_mins + self.run_mins * qty if qty else ZERO


@dataclass(frozen=True)
class PlannedByProduct:
	"""What the whole order should give of an item besides, and what one unit of it takes off the cost."""

	item: str
	qty: Decimal
	rate: Decimal


@dataclass(frozen=True)
class Plan:
	"""The cost of an order as frozen at its release; `brought` came along with units from another order."""

	qty: Decimal
	materials: tuple[PlannedMaterial, ...] = ()
	operations: tuple[PlannedOperation, ...] = ()
	overhead_pct: Decimal = ZERO
	overhead_base: str = TIME_BASE
	brought: Decimal = ZERO
	by_products: tuple[PlannedByProduct, ...] = ()

	@property
	def cost(self) -> dict[str, Decimal]:
		"""Planned cost of the whole order by element."""
		return self.allowed({row.op_no: self.qty for row in self.operations}, self.qty)

	@property
	def credit(self) -> Decimal:
		"""What by-products should take off the cost of the whole order."""
		return sum((money(row.qty * row.rate) for row in self.by_products), ZERO)

	@property
	def total(self) -> Decimal:
		return sum(self.cost.values(), self.brought) - self.credit

	@property
	def unit_cost(self) -> Decimal:
		return money(self.total / self.qty) if self.qty else ZERO

	def allowed(self, processed: Mapping[int, Decimal], otherwise: Decimal) -> dict[str, Decimal]:
		"""What so many units at each operation may cost, by element.

		otherwise
			Units for materials of an operation that is not in `processed`.
		"""
		materials = sum(
			(row.rate * self.allowed_qty(row, processed, otherwise) for row in self.materials), ZERO
		)
		labour = machine = ZERO
		for row in self.operations:
			mins = row.mins(processed.get(row.op_no, otherwise))
			labour += mins * row.labour_rate / HOUR_MINS
			machine += mins * row.machine_rate / HOUR_MINS
		return {
			MATERIAL: money(materials),
			LABOUR: money(labour),
			MACHINE: money(machine),
			OVERHEAD: self.overhead_on(labour, machine),
		}

	def allowed_qty(
		self, row: PlannedMaterial, processed: Mapping[int, Decimal], otherwise: Decimal
	) -> Decimal:
		units = processed.get(row.op_no, otherwise)
		if row.is_fixed:
			return row.qty if units else ZERO
		return row.qty * units / self.qty if self.qty else ZERO

	def overhead_on(self, labour: Decimal, machine: Decimal) -> Decimal:
		"""The overhead that labour and machine cost draw with them."""
		return overhead(labour, machine, self.overhead_pct, self.overhead_base)


@dataclass(frozen=True)
class Entry:
	"""One signed amount of a cost account; `qty` is signed alike (stock units, or minutes of time)."""

	kind: str
	amount: Decimal
	qty: Decimal = ZERO
	item: str = ""
	op_no: int = 0


@dataclass(frozen=True)
class Receipt:
	"""Finished goods received at a value that was right until now."""

	qty: Decimal
	value: Decimal


@dataclass(frozen=True)
class Line:
	"""An amount to post at the settlement; `receipt` is the place of the receipt that it belongs to."""

	kind: str
	amount: Decimal
	cause: str = ""
	receipt: int | None = None


@dataclass(frozen=True)
class Settlement:
	"""How the account of an order is emptied.

	values
		What each receipt is worth from now on.
	total, loss
		What all receipts are worth together; what was lost with abnormal scrap.
	variances
		By cause: above zero means dearer than planned. They add up to `total` less the planned cost.
	"""

	values: tuple[Decimal, ...]
	adjustments: tuple[Decimal, ...]
	total: Decimal
	loss: Decimal
	variances: dict[str, Decimal] = field(default_factory=dict)

	@property
	def lines(self) -> tuple[Line, ...]:
		"""Amounts to post; after them the account is empty.

		A variance leaves the order by its cause, and comes back in one sum as what finished goods absorb.
		"""
		found = [
			Line(FINISHED_GOODS, -amount, receipt=place)
			for place, amount in enumerate(self.adjustments)
			if amount
		]
		if self.loss:
			found.append(Line(SCRAP_LOSS, -self.loss))
		causes = {cause: amount for cause, amount in self.variances.items() if amount}
		found.extend(Line(VARIANCE, -amount, cause) for cause, amount in causes.items())
		absorbed = sum(causes.values(), ZERO)
		if absorbed:
			found.append(Line(VARIANCE, absorbed))
		return tuple(found)


def overhead(labour: Decimal, machine: Decimal, pct: Decimal, base: str) -> Decimal:
	"""So many percent of the base."""
	of = {LABOUR_BASE: labour, MACHINE_BASE: machine}.get(base, labour + machine)
	return money(of * pct / HUNDRED)


def time_cost(mins: Decimal, rate_per_hour: Decimal) -> Decimal:
	return money(mins * rate_per_hour / HOUR_MINS)


def balance(entries: Iterable[Entry]) -> Decimal:
	"""Work in process: what went into the order and did not come out."""
	return sum((entry.amount for entry in entries), ZERO)


def by_kind(entries: Iterable[Entry]) -> dict[str, Decimal]:
	"""Sums by kind, kinds without an entry left out."""
	sums: dict[str, Decimal] = defaultdict(Decimal)
	for entry in entries:
		sums[entry.kind] += entry.amount
	return dict(sums)


def interim_unit_value(plan_unit_cost: Decimal, spent: Decimal, good: Decimal) -> Decimal:
	"""What a received unit counts for before the settlement: the plan, or without one the actual to date."""
	if plan_unit_cost or not good:
		return plan_unit_cost
	return money(max(spent, ZERO) / good)


def abnormal_scrap(scrap: Decimal, processed: Decimal, normal_pct: Decimal) -> Decimal:
	"""Scrap beyond what is normal for so many units."""
	return max(scrap - processed * normal_pct / HUNDRED, ZERO)


def settle(
	entries: Sequence[Entry],
	receipts: Sequence[Receipt],
	*,
	plan: Plan | None = None,
	processed: Mapping[int, Decimal] | None = None,
	abnormal: Decimal = ZERO,
	accept_loss: bool = False,
) -> Settlement:
	"""All that is left on the account, and what receipts carry already, is shared out by their quantity.

	processed
		Units good or bad by operation: what the plan allows cost for.
	abnormal
		Scrapped units whose cost is a loss and not carried by the good ones.

	Raises
	------
	NothingGood
		There is no receipt to carry the cost and `accept_loss` is not given.
	"""
	left = balance(entries) + sum((receipt.value for receipt in receipts), ZERO)
	good = sum((receipt.qty for receipt in receipts), ZERO)
	if not good:
		if left and not accept_loss:
			raise NothingGood("nothing was received that could carry the cost")
		loss, values = left, [ZERO] * len(receipts)
	else:
		loss = round(left * abnormal / (good + abnormal), 2)
		values = shares(left - loss, [receipt.qty for receipt in receipts], CENT)
	total = left - loss
	return Settlement(
		values=tuple(values),
		adjustments=tuple(value - receipt.value for value, receipt in zip(values, receipts, strict=True)),
		total=total,
		loss=loss,
		variances=variances(entries, plan, processed or {}, good, total) if plan else {},
	)


def variances(
	entries: Iterable[Entry],
	plan: Plan,
	processed: Mapping[int, Decimal],
	good: Decimal,
	total: Decimal,
) -> dict[str, Decimal]:
	"""Why finished goods cost `total` and not the plan; above zero is dearer. Their sum is exact.

	Price, usage, rates and hours are measured against what the plan allows for the units processed. What the
	units cost that did not come out good, or came out of a smaller lot than planned, is yield.
	"""
	entries = list(entries)
	sums = by_kind(entries)
	allowed = plan.allowed(processed, good)
	price, usage = _material(entries, plan, processed, good)
	rate, efficiency = _labour(entries, plan, processed, good)
	found = {
		PRICE: price,
		USAGE: usage,
		LABOUR_RATE: rate,
		EFFICIENCY: efficiency,
		MACHINE_TIME: sums.get(MACHINE, ZERO) - allowed[MACHINE],
		OVERHEADS: sums.get(OVERHEAD, ZERO) - allowed[OVERHEAD],
		BY_PRODUCTS: sums.get(BY_PRODUCT, ZERO)
		+ (money(plan.credit * good / plan.qty) if plan.qty else ZERO),
		OTHER: sums.get(SUBCONTRACT, ZERO) + sums.get(TRANSFERRED_IN, ZERO) - plan.brought,
	}
	found[YIELD] = total - planned_for(plan, good) - sum(found.values(), ZERO)
	return {cause: found[cause] for cause in CAUSES}


def planned_for(plan: Plan, good: Decimal) -> Decimal:
	"""What so many good units should have cost."""
	return money(plan.total * good / plan.qty) if plan.qty else ZERO


def by_element(entries: Iterable[Entry], plan: Plan, good: Decimal) -> dict[str, Decimal]:
	"""Material, labour, machine, overhead: actual less the plan of the good units; above zero is dearer."""
	sums = by_kind(entries)
	planned = plan.cost
	actual = {**{kind: sums.get(kind, ZERO) for kind in ELEMENTS}}
	actual[MATERIAL] += sums.get(RETURN, ZERO)
	return {
		kind: actual[kind] - (money(planned[kind] * good / plan.qty) if plan.qty else ZERO)
		for kind in ELEMENTS
	}


def _material(
	entries: Iterable[Entry], plan: Plan, processed: Mapping[int, Decimal], good: Decimal
) -> tuple[Decimal, Decimal]:
	used_qty: dict[str, Decimal] = defaultdict(Decimal)
	used: dict[str, Decimal] = defaultdict(Decimal)
	for entry in entries:
		if entry.kind in (MATERIAL, RETURN):
			used_qty[entry.item] += entry.qty
			used[entry.item] += entry.amount
	planned_qty: dict[str, Decimal] = defaultdict(Decimal)
	planned: dict[str, Decimal] = defaultdict(Decimal)
	for row in plan.materials:
		planned_qty[row.item] += row.qty
		planned[row.item] += row.qty * row.rate
	allowed = plan.allowed(processed, good)[MATERIAL]
	at_plan = ZERO
	for item, qty in used_qty.items():
		if planned_qty[item]:
			at_plan += money(qty * planned[item] / planned_qty[item])
		else:
			at_plan += used[item]
	return sum(used.values(), ZERO) - at_plan, at_plan - allowed


def _labour(
	entries: Iterable[Entry], plan: Plan, processed: Mapping[int, Decimal], good: Decimal
) -> tuple[Decimal, Decimal]:
	rates = {row.op_no: row.labour_rate for row in plan.operations}
	paid = at_plan = ZERO
	for entry in entries:
		if entry.kind == LABOUR:
			paid += entry.amount
			rate = rates.get(entry.op_no)
			at_plan += entry.amount if rate is None else time_cost(entry.qty, rate)
	return paid - at_plan, at_plan - plan.allowed(processed, good)[LABOUR]
