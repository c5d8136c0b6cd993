"""Bill-of-material explosion over many demand lines at once (SPEC 3.1).

Works level by level: all orders of one level are joined with their BOM lines in one merge, phantoms are
flattened, stock is netted, and what is left to make becomes the next level. Quantities are exact Decimals.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

from sbk_mes.rules.requirements import required_qty

ZERO = Decimal(0)
FROM_STOCK = "From Stock"

ORDER_COLUMNS = ["order", "line", "parent", "item", "qty", "bom", "level", "due", "start"]
MATERIAL_COLUMNS = [
	"order",
	"item",
	"qty_per",
	"required",
	"op_no",
	"is_fixed_qty",
	"scrap_pct",
	"source_warehouse",
	"sub_bom",
	"child",
]


class ExplosionError(ValueError):
	"""A demand line cannot be exploded; `code` names the rule of SPEC 3.1."""

	def __init__(self, code: str, message: str):
		super().__init__(message)
		self.code = code


@dataclass(frozen=True)
class ProductBook:
	"""Masters needed for one explosion.

	items
		Indexed by item code: `supply`, `make_policy`, `is_phantom`, `whole` (counted, never a fraction).
	bom_lines
		One row per component: `bom`, `item`, `qty`, `base_qty`, `op_no`, `scrap_pct`, `is_fixed_qty`,
		`source_warehouse`, `sub_bom`. Quantities and percentages are Decimals.
	"""

	items: pd.DataFrame
	bom_lines: pd.DataFrame


@dataclass
class Explosion:
	"""What is to be made and what it needs; `errors` maps a refused line to its reason, it leaves no rows."""

	orders: pd.DataFrame
	materials: pd.DataFrame
	errors: dict[int, ExplosionError] = field(default_factory=dict)


DatesOf = Callable[[pd.DataFrame], "pd.Series[Any]"]
BomOf = Callable[[str, object, str | None], str]


def explode(
	lines: pd.DataFrame,
	book: ProductBook,
	free_stock: dict[str, Decimal],
	starts_of: DatesOf,
	bom_of: BomOf,
) -> Explosion:
	"""Every good line has one order tree; a bad line has an error and nothing else.

	Parameters
	----------
	lines
		`line` (unique int), `item`, `qty` (Decimal, stock units), `bom` (chosen or None), `due`.
	free_stock
		Stock units nobody has reserved, per item. Netted in line order; the caller's dict is left as it was.
	starts_of
		Start of each order of a frame with `order`, `line`, `level`, `item`, `qty`, `bom`, `due`: a child is
		due when its parent starts. An ExplosionError in place of a start refuses the line.
	bom_of
		BOM of (item, start, chosen BOM); raises ExplosionError when there is none.
	"""
	errors: dict[int, ExplosionError] = {}
	while True:
		good = lines[~lines["line"].isin(list(errors))]
		result, found = _explode_once(good, book, dict(free_stock), starts_of, bom_of)
		if not found:
			result.errors = errors
			return result
		errors.update(found)


def _explode_once(
	lines: pd.DataFrame, book: ProductBook, free: dict[str, Decimal], starts_of: DatesOf, bom_of: BomOf
) -> tuple[Explosion, dict[int, ExplosionError]]:
	level = lines.assign(order=range(len(lines)), parent=-1, level=0).reset_index(drop=True)
	all_orders: list[pd.DataFrame] = []
	all_materials: list[pd.DataFrame] = []
	errors: dict[int, ExplosionError] = {}
	next_order = len(level)
	while len(level):
		level["start"] = starts_of(level)
		chosen, level_errors = _choose_boms(level, bom_of)
		level["bom"] = pd.Series(chosen, index=level.index, dtype=object)
		errors.update(level_errors)
		level = level[level["bom"].notna()].reset_index(drop=True)
		if not len(level):
			break
		materials = _components(level, book, bom_of, errors)
		materials = materials[~materials["line"].isin(list(errors))].reset_index(drop=True)
		to_make = _net(materials, book, free)
		materials["child"] = -1
		made = to_make > 0
		materials.loc[made, "child"] = range(next_order, next_order + int(made.sum()))
		next_order += int(made.sum())
		all_orders.append(level[ORDER_COLUMNS])
		all_materials.append(materials[MATERIAL_COLUMNS])
		level = pd.DataFrame(
			{
				"order": materials.loc[made, "child"],
				"line": materials.loc[made, "line"],
				"parent": materials.loc[made, "order"],
				"item": materials.loc[made, "item"],
				"qty": to_make[made],
				"bom": materials.loc[made, "sub_bom"],
				"level": materials.loc[made, "level"] + 1,
				"due": materials.loc[made, "start"],
			}
		).reset_index(drop=True)
		_refuse_endless(level, book, errors)
		level = level[~level["line"].isin(list(errors))].reset_index(drop=True)
	return Explosion(_stack(all_orders, ORDER_COLUMNS), _stack(all_materials, MATERIAL_COLUMNS)), errors


def _stack(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
	filled = [frame for frame in frames if len(frame)]
	return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def _choose_boms(level: pd.DataFrame, bom_of: BomOf) -> tuple[list[str | None], dict[int, ExplosionError]]:
	chosen: list[str | None] = []
	errors: dict[int, ExplosionError] = {}
	for line, item, start, bom in zip(
		level["line"], level["item"], level["start"], level["bom"], strict=True
	):
		try:
			if isinstance(start, ExplosionError):
				raise start
			chosen.append(bom_of(item, start, bom or None))
		except ExplosionError as error:
			errors[line] = error
			chosen.append(None)
	return chosen, errors


def _components(
	level: pd.DataFrame, book: ProductBook, bom_of: BomOf, errors: dict[int, ExplosionError]
) -> pd.DataFrame:
	"""Material rows of the orders, phantoms replaced by their components at the phantom's own operation."""
	orders = level[["order", "line", "level", "qty", "bom", "start"]].rename(columns={"qty": "order_qty"})
	rows = orders.merge(book.bom_lines, on="bom", how="inner", sort=False)
	rows["qty_per"] = rows["qty"] / rows["base_qty"] if len(rows) else rows["qty"]
	rows["position"] = [(n,) for n in range(len(rows))]
	done: list[pd.DataFrame] = []
	for _depth in range(len(book.items) + 1):
		is_phantom = rows["item"].map(book.items["is_phantom"]).fillna(0).astype(bool)
		done.append(rows[~is_phantom])
		rows = _open_phantoms(rows[is_phantom], book, bom_of, errors)
		if not len(rows):
			break
	for line, item in zip(rows["line"], rows["item"], strict=True):
		errors[line] = _endless(item)
	flat = pd.concat([frame for frame in done if len(frame)] or done[:1], ignore_index=True)
	positions = flat["position"].tolist()
	flat = flat.iloc[sorted(range(len(flat)), key=positions.__getitem__)].reset_index(drop=True)
	flat["required"] = [
		required_qty(per, qty, fixed=bool(fixed), scrap_pct=scrap, whole=bool(whole))
		for per, qty, fixed, scrap, whole in zip(
			flat["qty_per"],
			flat["order_qty"],
			flat["is_fixed_qty"],
			flat["scrap_pct"],
			flat["item"].map(book.items["whole"]),
			strict=True,
		)
	]
	return flat


def _open_phantoms(
	phantoms: pd.DataFrame, book: ProductBook, bom_of: BomOf, errors: dict[int, ExplosionError]
) -> pd.DataFrame:
	phantoms = phantoms.reset_index(drop=True)
	chosen, found = _choose_boms(phantoms.assign(bom=phantoms["sub_bom"]), bom_of)
	errors.update(found)
	outer = phantoms.assign(bom=pd.Series(chosen, index=phantoms.index, dtype=object))
	outer = outer[outer["bom"].notna()]
	columns = ["order", "line", "level", "order_qty", "start", "bom", "position"]
	outer = outer[[*columns, "qty_per", "op_no", "is_fixed_qty", "scrap_pct"]].rename(
		columns={
			"qty_per": "outer_per",
			"op_no": "outer_op",
			"is_fixed_qty": "outer_fixed",
			"scrap_pct": "outer_scrap",
		}
	)
	rows = outer.merge(book.bom_lines, on="bom", how="inner", sort=False)
	if not len(rows):
		return rows
	per = rows["qty"] / rows["base_qty"]
	grown = 1 + rows["outer_scrap"] / 100
	rows["qty_per"] = per.where(rows["is_fixed_qty"].astype(bool), per * rows["outer_per"] * grown)
	rows["is_fixed_qty"] = rows["is_fixed_qty"].astype(bool) | rows["outer_fixed"].astype(bool)
	rows["op_no"] = rows["outer_op"]
	rows["position"] = [(*outer_position, n) for n, outer_position in enumerate(rows["position"])]
	return rows


def _net(materials: pd.DataFrame, book: ProductBook, free: dict[str, Decimal]) -> "pd.Series[Any]":
	"""Quantity to make per row: all of it when made to order, the shortfall after free stock otherwise."""
	supply = materials["item"].map(book.items["supply"])
	policy = materials["item"].map(book.items["make_policy"])
	to_make: list[Decimal] = []
	for item, required, made, how in zip(
		materials["item"], materials["required"], supply == "Make", policy, strict=True
	):
		if not made or required <= 0:
			to_make.append(ZERO)
		elif how == FROM_STOCK:
			taken = min(required, max(free.get(item, ZERO), ZERO))
			free[item] = free.get(item, ZERO) - taken
			to_make.append(required - taken)
		else:
			to_make.append(required)
	return pd.Series(to_make, index=materials.index, dtype=object)


def _refuse_endless(level: pd.DataFrame, book: ProductBook, errors: dict[int, ExplosionError]) -> None:
	"""A tree deeper than there are items can only be a cycle; the check of the BOM graph prints its path."""
	if len(level) and int(level["level"].max()) > len(book.items):
		for line, item in zip(level["line"], level["item"], strict=True):
			errors[line] = _endless(item)


def _endless(item: str) -> ExplosionError:
	return ExplosionError("E-BOM", f"The BOM of {item} contains itself.")
