"""A change of a released order on paper: lines applied to a plain plan, and the field-by-field difference.

A plan is a dict: `planned_qty`, `due_at`, `bom`, `routing`, and the rows `materials` and `operations`, each
with its `name`. Plans are never altered; a change gives a new one. SPEC 3.6: what was executed is never
rewritten. A material row that was used ends at the unit reached, and another goes on from there.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sbk_mes.rules import by_products, change_rows
from sbk_mes.rules.change_errors import AlreadyExecuted, BelowFloor, ChangeRefused
from sbk_mes.rules.change_lines import (
	BY_PRODUCT_FIELDS,
	FLAG,
	FROM_OPERATION,
	MATERIAL_FIELDS,
	NUMBER,
	OPERATION_FIELDS,
	QTY,
	TARGETS,
	WHOLE_ORDER,
	Line,
	Point,
	kind_of,
	parse,
	show,
)
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.requirements import planned_mins

TABLES = {
	"Material": "materials",
	"Operation": "operations",
	"Inspection Plan": "operations",
	"By-Product": "by_products",
}
FLAGS = {name for fields in TARGETS.values() for name, kind in fields.items() if kind == FLAG}
NAMED_BY = {"materials": "item", "operations": "operation", "by_products": "item"}
EVERYTHING_LEFT = Point()
ADDABLE = ("Material", "Operation", "By-Product")
SHOWN = {
	"materials": (*MATERIAL_FIELDS, "from_qty", "to_qty", "required_qty", "short_qty"),
	"operations": (*OPERATION_FIELDS, "planned_mins"),
	"by_products": (*BY_PRODUCT_FIELDS, "planned_qty"),
}
ORDER_FIELDS = ("planned_qty", "due_at", "bom", "routing")
VERSIONS = {"BOM": "materials", "Routing": "operations"}

CHANGES = {
	"materials": change_rows.change_material,
	"operations": change_rows.change_operation,
	"by_products": change_rows.change_by_product,
}
SPLIT_OFF = "Split Off"
LEAVING = (SPLIT_OFF, change_rows.SCRAP)
ZERO = Decimal(0)

Plan = dict[str, Any]
Pile = tuple[int, Decimal]
"""An operation and how much waits there that was begun."""
Products = Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]
"""Rows of a BOM or routing version by (target, its name)."""


@dataclass(frozen=True)
class Difference:
	"""A field before and after; `where` is empty for the order itself."""

	table: str
	where: str
	field: str
	before: str
	after: str


def value_before(plan: Plan, line: Line) -> str:
	"""What the line's field is now; empty for a row that is to be added."""
	if line.action != "Change":
		return ""
	kind = kind_of(line)
	holder = plan if line.target not in TABLES else _row_of(plan, line)
	return show(_typed(kind, holder.get(line.field)))


def apply(
	plan: Plan,
	lines: Sequence[Line],
	*,
	whole_units: frozenset[str] = frozenset(),
	point: Point = EVERYTHING_LEFT,
	products: Products | None = None,
	piles: Sequence[Pile] = (),
) -> Plan:
	"""The plan after all lines, with requirements, shortages and minutes worked out again.

	`products` has the rows of every BOM or routing version that a line names, `piles` what waits between
	operations. What leaves the order because less is to be made than was begun stands under `leaving`, as
	piles; `leaving_as` says how.

	Raises
	------
	ChangeRefused
		A line names no known field or row, or its value is not of the field's kind.
	BelowFloor, AlreadyExecuted
		The result would take back or rewrite what is already recorded.
	"""
	changed = deepcopy(plan)
	if point.kind == WHOLE_ORDER:
		_check_nothing_is_executed(plan)
	added: dict[tuple[str, str], dict[str, Any]] = {}
	for line in lines:
		_check_point(changed, line, point)
		if line.action == "Remove":
			_remove(changed, line)
		elif line.action == "Add":
			_add(changed, line, added)
		else:
			_change(changed, line)
			if line.target in VERSIONS and products is not None:
				_take_version(changed, line, products, point)
	change_rows.place_added(changed)
	changed["leaving"], changed["leaving_as"] = [], ""
	_let_leave(changed, lines, piles)
	_check(plan, changed, point)
	_work_out(changed, whole_units)
	return changed


def differences(before: Plan, after: Plan) -> list[Difference]:
	"""Every field that differs: the order's own, then row by row, removed rows last."""
	found = list(_fields("", "", before, after, ORDER_FIELDS))
	for table, fields in SHOWN.items():
		old = {row["name"]: row for row in before[table]}
		for row in after[table]:
			found += _fields(table, _where(table, row), old.get(row["name"], {}), row, fields)
		kept = {row["name"] for row in after[table]}
		for name, row in old.items():
			if name not in kept:
				found += _fields(table, _where(table, row), row, {}, fields)
	return found


def _fields(
	table: str, where: str, before: Mapping[str, Any], after: Mapping[str, Any], fields: Iterable[str]
) -> Iterable[Difference]:
	for field in fields:
		plain_value = bool if field in FLAGS else _plain_value
		old, new = show(plain_value(before.get(field))), show(plain_value(after.get(field)))
		if old != new:
			yield Difference(table, where, field, old, new)


def _plain_value(value: Any) -> Any:
	"""Whole numbers and decimals of equal worth are shown alike."""
	return exact(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _typed(kind: str, value: Any) -> Any:
	if kind == FLAG:
		return bool(value)
	return exact(value or 0) if kind in (QTY, NUMBER) else value


def _where(table: str, row: Mapping[str, Any]) -> str:
	if table == "operations":
		return f"{row.get('op_no') or ''} {row.get('operation') or ''}".strip()
	return str(row.get("item") or "")


def _row_of(plan: Plan, line: Line) -> dict[str, Any]:
	table = TABLES[line.target]
	rows: list[dict[str, Any]] = plan[table]
	if line.row:
		found = [row for row in rows if row["name"] == line.row]
	else:
		found = [row for row in rows if line.label in (_where(table, row), row.get(NAMED_BY[table]))]
	if not found:
		raise ChangeRefused("the order has no row {0} in its {1}", line.label or line.row or "?", table)
	if len(found) > 1:
		raise ChangeRefused("{0} names {1} rows of the {2}; say which", line.label, len(found), table)
	return found[0]


def _change(plan: Plan, line: Line) -> None:
	value = parse(kind_of(line), line.after)
	if line.target not in TABLES:
		plan[line.field] = value
	else:
		change = CHANGES[TABLES[line.target]]
		change(plan, _row_of(plan, line), {line.field: value})


def _take_version(plan: Plan, line: Line, products: Products, point: Point) -> None:
	"""The rows of the version replace the plan's, from the point of the change on."""
	rows = products[line.target, line.after.strip()]
	from_op = point.op_no if point.kind == FROM_OPERATION else 0
	if line.target == "BOM":
		change_rows.replace_materials(plan, rows, from_op, line.disposition)
		change_rows.replace_by_products(plan, products.get(("By-Product", line.after.strip()), ()))
	else:
		change_rows.replace_operations(plan, rows, from_op)


def _remove(plan: Plan, line: Line) -> None:
	if line.target not in ADDABLE:
		raise ChangeRefused("{0} is changed, not removed", line.target)
	row = _row_of(plan, line)
	if line.target == "Material":
		change_rows.end_material(plan, row, line.disposition)
	elif line.target == "Operation":
		change_rows.remove_operation(plan, row)
	else:
		change_rows.remove_by_product(plan, row)


def _add(plan: Plan, line: Line, added: dict[tuple[str, str], dict[str, Any]]) -> None:
	if line.target not in ADDABLE:
		raise ChangeRefused("{0} is changed, not added", line.target)
	if not line.label:
		raise ChangeRefused("name the new row of {0}", line.target)
	table = TABLES[line.target]
	key = (table, line.label)
	if key not in added:
		added[key] = {"name": f"+{line.label}", NAMED_BY[table]: line.label}
		plan[table].append(added[key])
	added[key][line.field] = parse(kind_of(line), line.after)


def _check_nothing_is_executed(plan: Plan) -> None:
	for table in SHOWN:
		for row in plan[table]:
			if change_rows.is_executed(table, row):
				raise AlreadyExecuted(
					"{0} was already worked on; a change of the whole order is possible before that only",
					_where(table, row),
				)


def _check_point(plan: Plan, line: Line, point: Point) -> None:
	"""Raise ChangeRefused for a line on a row before the operation from which the change holds."""
	if point.kind != FROM_OPERATION or line.action == "Add":
		return
	if TABLES.get(line.target) not in ("materials", "operations"):
		return
	row = _row_of(plan, line)
	if int(row.get("op_no") or 0) < point.op_no:
		raise ChangeRefused(
			"{0} is used before operation {1}, from which the change holds",
			_where(TABLES[line.target], row),
			point.op_no,
		)


def _let_leave(plan: Plan, lines: Sequence[Line], piles: Sequence[Pile]) -> None:
	"""Units begun beyond the quantity leave from the piles that are least advanced.

	Raises
	------
	BelowFloor
		Nobody said what becomes of them, or more than waits between operations would have to leave.
	"""
	begun, qty = _begun(plan), exact(plan["planned_qty"])
	over = begun - qty
	if over <= 0:
		return
	ways = [line.disposition for line in lines if line.target == "Quantity" and line.disposition]
	waiting = sum((pile_qty for _op_no, pile_qty in piles), ZERO)
	if not ways:
		raise BelowFloor(
			"{0} is less than the {1} already reported; the {2} in process can be split off or scrapped",
			plain(qty),
			plain(begun),
			plain(waiting),
		)
	if ways[0] not in LEAVING:
		raise ChangeRefused(
			"{0} is no way for units in process to leave; known: {1}", ways[0], ", ".join(LEAVING)
		)
	if over > waiting:
		raise BelowFloor(
			"{0} is less than the {1} that are finished, scrapped, in rework or without a verdict",
			plain(qty),
			plain(begun - waiting),
		)
	plan["leaving_as"] = ways[0]
	for op_no, pile_qty in sorted(piles):
		share = min(over, pile_qty)
		if share <= 0:
			continue
		over -= share
		plan["leaving"].append((op_no, share))
		for row in plan["operations"]:
			if int(row.get("op_no") or 0) < op_no:
				row["moved_qty"] = exact(row.get("moved_qty")) - share


def _begun(plan: Plan) -> Decimal:
	"""Units of the order that some operation has behind it, good or not, here or where they came from."""
	return max(
		(
			exact(row.get("good_qty"))
			+ exact(row.get("scrap_qty"))
			+ exact(row.get("rework_qty"))
			+ exact(row.get("moved_qty"))
			for row in plan["operations"]
		),
		default=ZERO,
	)


def _check(before: Plan, after: Plan, point: Point) -> None:
	if point.kind == FROM_OPERATION and not any(
		int(row.get("op_no") or 0) == point.op_no for row in before["operations"]
	):
		raise ChangeRefused("the order has no operation {0}, from which the change would hold", point.op_no)
	change_rows.check_order_of_work(before, after)
	numbers = [int(row.get("op_no") or 0) for row in after["operations"]]
	if not numbers:
		raise ChangeRefused("an order keeps at least one operation")
	if len(set(numbers)) != len(numbers) or min(numbers) <= 0:
		raise ChangeRefused(
			"operations are numbered {0}; each needs its own number", ", ".join(map(str, numbers))
		)
	for row in after["materials"]:
		if row.get("op_no") and int(row["op_no"]) not in numbers:
			raise ChangeRefused(
				"{0} is used at operation {1}, which there is not", row.get("item"), row["op_no"]
			)


def _work_out(plan: Plan, whole_units: frozenset[str]) -> None:
	qty = exact(plan["planned_qty"])
	plan["operations"].sort(key=lambda row: int(row.get("op_no") or 0))
	own = {int(row.get("op_no") or 0): qty - exact(row.get("moved_qty")) for row in plan["operations"]}
	for row in plan["operations"]:
		units = own[int(row.get("op_no") or 0)]
		row["planned_mins"] = (
			planned_mins(exact(row.get("setup_mins")), exact(row.get("run_mins")), units)
			if units
			else Decimal(0)
		)
	for row in plan["materials"]:
		units = change_rows.units_of(row, own.get(int(row.get("op_no") or 0), qty))
		row["required_qty"] = change_rows.required_of(row, units, whole=row.get("uom") in whole_units)
		covered = exact(row.get("reserved_qty") or 0) + exact(row.get("issued_qty") or 0)
		covered -= exact(row.get("returned_qty") or 0)
		row["short_qty"] = max(row["required_qty"] - covered, Decimal(0))
	for row in plan["by_products"]:
		row["planned_qty"] = by_products.quantity(
			exact(row.get("qty_per")), qty, whole=row.get("uom") in whole_units
		)
