"""What a change of an order means: material to pick and to give back, minutes, demand no longer covered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sbk_mes.rules.change_rows import KEEP, RETURN, SCRAP, at_line
from sbk_mes.rules.quantities import exact

ZERO = Decimal(0)

Plan = Mapping[str, Any]


@dataclass(frozen=True)
class MaterialEffect:
	"""A material of an operation, all rows of it together, in stock units.

	What is issued counts without what was returned or spoilt; `to_return` lies at the line and is needed no
	more, `to_scrap` is given up there.
	"""

	item: str
	op_no: int
	uom: str
	required_before: Decimal
	required_after: Decimal
	issued: Decimal
	to_return: Decimal
	to_scrap: Decimal
	to_pick: Decimal
	short: Decimal

	@property
	def is_touched(self) -> bool:
		return self.required_before != self.required_after or bool(self.to_return or self.to_scrap)


def materials(before: Plan, after: Plan) -> list[MaterialEffect]:
	"""The materials that a change touches, in the order of operations and items."""
	keys = {_key(row) for plan in (before, after) for row in plan["materials"]}
	found = [_of_material(key, _rows(before, key), _rows(after, key)) for key in sorted(keys)]
	return [effect for effect in found if effect.is_touched]


def minutes(plan: Plan) -> Decimal:
	"""Standard minutes of all operations."""
	return sum((exact(row.get("planned_mins")) for row in plan["operations"]), ZERO)


def cut_demands(demands: Sequence[tuple[Decimal, date | None]], qty: Decimal) -> list[Decimal]:
	"""What stays of each demand when only `qty` is made: the latest due, there the last row, gives first."""
	result = [demand for demand, _due_on in demands]
	over = sum(result, ZERO) - qty
	order = sorted(range(len(demands)), key=lambda row: (demands[row][1] or date.max, row), reverse=True)
	for row in order:
		cut = min(max(over, ZERO), result[row])
		result[row] -= cut
		over -= cut
	return result


def _key(row: Mapping[str, Any]) -> tuple[int, str]:
	return int(row.get("op_no") or 0), str(row.get("item") or "")


def _rows(plan: Plan, key: tuple[int, str]) -> list[Mapping[str, Any]]:
	return [row for row in plan["materials"] if _key(row) == key]


def _of_material(
	key: tuple[int, str], before: list[Mapping[str, Any]], after: list[Mapping[str, Any]]
) -> MaterialEffect:
	required = _sum(after, "required_qty")
	issued = _sum(after, "issued_qty") - _sum(after, "returned_qty") - _sum(after, "scrapped_qty")
	given_back = sum((at_line(row) for row in after if row.get("disposition") == RETURN), ZERO)
	spoilt = sum((at_line(row) for row in after if row.get("disposition") == SCRAP), ZERO)
	left = issued - given_back - spoilt
	is_kept = any(row.get("disposition") == KEEP for row in after)
	loose = sum((at_line(row) for row in after), ZERO) - given_back - spoilt
	surplus = ZERO if is_kept else max(min(left - required, loose), ZERO)
	some = (after or before)[0]
	return MaterialEffect(
		key[1],
		key[0],
		str(some.get("uom") or ""),
		_sum(before, "required_qty"),
		required,
		issued,
		given_back + surplus,
		spoilt,
		max(required - left, ZERO),
		_sum(after, "short_qty"),
	)


def _sum(rows: Sequence[Mapping[str, Any]], field: str) -> Decimal:
	return sum((exact(row.get(field)) for row in rows), ZERO)
