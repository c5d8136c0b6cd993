"""Rows of a plan that a change alters, ends or adds, without touching what was executed.

A material row serves the units [from_qty, to_qty) of its order; `to_qty` counts once the row `is_ended`,
before that it serves to the last unit.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from sbk_mes.rules.by_products import FIXED, NET
from sbk_mes.rules.change_errors import AlreadyExecuted, ChangeRefused
from sbk_mes.rules.quantities import exact, plain
from sbk_mes.rules.requirements import required_qty

RETURN, SCRAP, KEEP, MOVE = "Return", "Scrap", "Keep", "Move"
DISPOSITIONS = (RETURN, SCRAP, KEEP)
VALUE_RULES = (FIXED, NET)
DONE = ("good_qty", "scrap_qty", "rework_qty")
WORKED = ("in_qty", *DONE, "started_at")
MOVED = ("issued_qty", "consumed_qty", "returned_qty", "scrapped_qty")
RECEIVED = ("received_qty",)
RECORDED = {"operations": WORKED, "materials": MOVED, "by_products": RECEIVED}
OWN = (*MOVED, "reserved_qty", "short_qty", "child_qty", "child_work_order", "from_qty", "to_qty", "is_ended")
FROM_NOW_ON = ("qty_per", "scrap_pct", "is_fixed_qty", "source_warehouse")
QTY_FIELDS = ("qty_per", "scrap_pct", "is_fixed_qty")
ZERO = Decimal(0)

Row = dict[str, Any]
Plan = dict[str, Any]


def units_of(row: Mapping[str, Any], order_qty: Decimal) -> Decimal:
	"""Units of the order that a material row serves."""
	end = exact(row.get("to_qty")) if row.get("is_ended") else order_qty
	return max(end - exact(row.get("from_qty")), ZERO)


def reached(row: Mapping[str, Any], processed: Decimal) -> Decimal:
	"""Units of those that a material row serves that went through, when `processed` of the order did."""
	if row.get("is_ended"):
		processed = min(processed, exact(row.get("to_qty")))
	return max(processed - exact(row.get("from_qty")), ZERO)


def required_of(row: Mapping[str, Any], units: Decimal, *, whole: bool) -> Decimal:
	"""What a material row needs for the units it serves; one that has ended at least what it has used."""
	if not units:
		required = ZERO
	else:
		required = required_qty(
			exact(row.get("qty_per")),
			units,
			fixed=bool(row.get("is_fixed_qty")),
			scrap_pct=exact(row.get("scrap_pct")),
			whole=whole,
		)
	return max(required, exact(row.get("consumed_qty"))) if row.get("is_ended") else required


def is_executed(table: str, row: Mapping[str, Any]) -> bool:
	"""True when work was recorded at the operation, the material issued or the by-product received."""
	return any(bool(row.get(field)) for field in RECORDED[table])


def at_line(row: Mapping[str, Any]) -> Decimal:
	"""Issued material of the row that lies at the line unused."""
	left = exact(row.get("issued_qty")) - exact(row.get("consumed_qty"))
	return left - exact(row.get("returned_qty")) - exact(row.get("scrapped_qty"))


def processed_at(plan: Plan, op_no: int) -> Decimal:
	"""Units that went through an operation, good or not; through the first one where none has the number."""
	rows = [row for row in plan["operations"] if int(row.get("op_no") or 0) == op_no]
	row = (rows or plan["operations"] or [{}])[0]
	return sum((exact(row.get(field)) for field in DONE), ZERO)


def change_material(plan: Plan, row: Row, values: Mapping[str, Any]) -> None:
	"""The row has the values, or ends where it was used and a new row with the values goes on from there.

	What lies at the line for the old row is for the new one then.

	Raises
	------
	AlreadyExecuted
		Issued material would become another item, or belong to another operation.
	"""
	values = {field: value for field, value in values.items() if _differs(row.get(field), value)}
	if not values:
		return
	if is_executed("materials", row) and not set(values) <= set(FROM_NOW_ON):
		raise AlreadyExecuted(
			"{0} was already issued; remove it and add the other material", str(row.get("item") or "")
		)
	if not exact(row.get("consumed_qty")) or not set(values) & set(QTY_FIELDS):
		row.update(values)
		return
	successor = {field: value for field, value in row.items() if field not in OWN}
	successor["name"] = f"+{row['name']}"
	successor.update(values)
	_end(plan, row, MOVE if at_line(row) else "")
	successor["from_qty"] = row["to_qty"]
	plan["materials"].insert(plan["materials"].index(row) + 1, successor)


def end_material(plan: Plan, row: Row, disposition: str) -> None:
	"""The row is gone, or serves only what went through already, and what is kept at the line for it.

	Raises
	------
	ChangeRefused
		Nobody said what becomes of material at the line.
	"""
	if not is_executed("materials", row):
		plan["materials"].remove(row)
		return
	if disposition and disposition not in DISPOSITIONS:
		raise ChangeRefused("{0} is none of {1}", disposition, ", ".join(DISPOSITIONS))
	left = at_line(row)
	if left and not disposition:
		raise ChangeRefused(
			"{0} of {1} lie at the line; say whether they return, are scrap or are kept and used up first",
			plain(left),
			str(row.get("item") or ""),
		)
	_end(plan, row, disposition if left else "")
	if left and disposition == KEEP:
		row["to_qty"] = min(_units_left(row, left), exact(plan["planned_qty"]))


def place_added(plan: Plan) -> None:
	"""Material that comes to an operation where units went through already serves those that are to come.

	Where the one row it replaces is kept and used up first, it serves what comes after that.
	"""
	for row in plan["materials"]:
		if not str(row["name"]).startswith("+") or exact(row.get("from_qty")):
			continue
		op_no = int(row.get("op_no") or 0)
		kept = [
			exact(other["to_qty"])
			for other in plan["materials"]
			if other.get("disposition") == KEEP and int(other.get("op_no") or 0) == op_no
		]
		row["from_qty"] = max([processed_at(plan, op_no), *kept])


def replace_materials(plan: Plan, rows: Sequence[Mapping[str, Any]], from_op: int, disposition: str) -> None:
	"""Materials from an operation on are those of another BOM version; rows that are alike stay."""
	known = {
		(row.get("item"), int(row.get("op_no") or 0)): row
		for row in plan["materials"]
		if not row.get("is_ended") and int(row.get("op_no") or 0) >= from_op
	}
	for new in rows:
		key = new.get("item"), int(new.get("op_no") or 0)
		if key[1] < from_op:
			continue
		old = known.pop(key, None)
		if old is None:
			plan["materials"].append({**new, "name": f"+{key[0]} {key[1]}"})
		else:
			change_material(
				plan, old, {field: new[field] for field in FROM_NOW_ON if new.get(field) is not None}
			)
	for row in known.values():
		end_material(plan, row, disposition)


def change_operation(plan: Plan, row: Row, values: Mapping[str, Any]) -> None:
	"""The row has the values.

	Raises
	------
	AlreadyExecuted
		Work was recorded at the operation.
	"""
	values = {field: value for field, value in values.items() if _differs(row.get(field), value)}
	if values and set(values) != {"instructions"} and is_executed("operations", row):
		raise AlreadyExecuted(
			"operation {0} {1} was already worked on; its record stays as it is",
			row.get("op_no"),
			row.get("operation"),
		)
	row.update(values)


def remove_operation(plan: Plan, row: Row) -> None:
	"""The row is gone. Raise AlreadyExecuted when work was recorded at it."""
	if is_executed("operations", row):
		raise AlreadyExecuted(
			"operation {0} {1} was already worked on and cannot be removed",
			row.get("op_no"),
			row.get("operation"),
		)
	plan["operations"].remove(row)


def replace_operations(plan: Plan, rows: Sequence[Mapping[str, Any]], from_op: int) -> None:
	"""Operations from a number on are those of another routing version."""
	known = {
		int(row.get("op_no") or 0): row for row in plan["operations"] if int(row.get("op_no") or 0) >= from_op
	}
	for new in rows:
		op_no = int(new.get("op_no") or 0)
		if op_no < from_op:
			continue
		old = known.pop(op_no, None)
		if old is None:
			plan["operations"].append({**new, "name": f"+{op_no}"})
		else:
			change_operation(plan, old, {field: value for field, value in new.items() if field != "name"})
	for row in known.values():
		remove_operation(plan, row)


def change_by_product(plan: Plan, row: Row, values: Mapping[str, Any]) -> None:
	"""The row has the values, for what is still to come of it.

	Raises
	------
	ChangeRefused
		Its value follows no known rule.
	AlreadyExecuted
		What was received would become another item.
	"""
	rule = values.get("value_rule")
	if rule and rule not in VALUE_RULES:
		raise ChangeRefused("{0} is none of {1}", rule, ", ".join(VALUE_RULES))
	if _differs(row.get("item"), values.get("item", row.get("item"))) and is_executed("by_products", row):
		raise AlreadyExecuted(
			"{0} was already received; its record stays as it is", str(row.get("item") or "")
		)
	row.update(values)


def remove_by_product(plan: Plan, row: Row) -> None:
	"""The row is gone. Raise AlreadyExecuted when some of it was received."""
	if is_executed("by_products", row):
		raise AlreadyExecuted(
			"{0} was already received; its record stays as it is", str(row.get("item") or "")
		)
	plan["by_products"].remove(row)


def replace_by_products(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> None:
	"""By-products are those of another BOM version; one that was received and is none any more just ends."""
	known = {row.get("item"): row for row in plan["by_products"]}
	for new in rows:
		old = known.pop(new.get("item"), None)
		if old is None:
			plan["by_products"].append({**new, "name": f"+{new.get('item')}"})
		else:
			change_by_product(plan, old, new)
	for row in known.values():
		if is_executed("by_products", row):
			row["qty_per"] = ZERO
		else:
			plan["by_products"].remove(row)


def check_order_of_work(before: Plan, after: Plan) -> None:
	"""Raise AlreadyExecuted when an operation would come before one that units went through already.

	They would have passed it by: no pile of work in process is where the new routing wants it.
	"""
	known = {row["name"] for row in before["operations"]}
	worked = [int(row.get("op_no") or 0) for row in before["operations"] if is_executed("operations", row)]
	for row in after["operations"]:
		op_no = int(row.get("op_no") or 0)
		if worked and row["name"] not in known and op_no < max(worked):
			raise AlreadyExecuted(
				"operation {0} would come before operation {1}, which was already worked on; add it behind",
				op_no,
				max(worked),
			)


def _end(plan: Plan, row: Row, disposition: str) -> None:
	used = exact(row.get("consumed_qty")) > 0
	row["is_ended"] = True
	row["to_qty"] = processed_at(plan, int(row.get("op_no") or 0)) if used else exact(row.get("from_qty"))
	row["disposition"] = disposition


def _units_left(row: Row, left: Decimal) -> Decimal:
	"""The unit up to which consumed material and what lies at the line last: whole units of the order."""
	per_unit = exact(row.get("qty_per")) * (1 + exact(row.get("scrap_pct")) / 100)
	if row.get("is_fixed_qty") or not per_unit:
		return exact(row["to_qty"])
	lasts = ((exact(row.get("consumed_qty")) + left) / per_unit).to_integral_value(ROUND_FLOOR)
	return max(exact(row.get("from_qty")) + lasts, exact(row["to_qty"]).to_integral_value(ROUND_CEILING))


def _differs(before: Any, after: Any) -> bool:
	if isinstance(before, bool) or isinstance(after, bool):
		return bool(before) != bool(after)
	if isinstance(after, int | float | Decimal) or isinstance(before, int | float | Decimal):
		return exact(before or 0) != exact(after or 0)
	return (before or "") != (after or "")
