"""Items that a change brings into an order: they exist, and their quantity is meant in their own unit."""

from collections.abc import Iterator
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sbk_mes import units
from sbk_mes.exceptions import ChangeFieldError
from sbk_mes.rules.changes import Plan
from sbk_mes.rules.quantities import exact


def check(order, before: Plan, after: Plan) -> None:
	"""Raise ChangeFieldError for an item that cannot be in the order.

	One that takes the place of another in its row is counted in the same unit, unless the quantity per unit
	changes with it.
	"""
	rows = list(_changed_rows(before, after))
	facts = units.get_item_facts(row["item"] for row, _known in rows)
	for row, known in rows:
		fact = facts.get(row["item"])
		if not fact:
			_refuse(order, row, _("there is no such item"))
		elif cint(fact.disabled) or cint(fact.is_style):
			_refuse(order, row, _("it is disabled or a style; choose another"))
		elif row["item"] == order.item:
			_refuse(order, row, _("the order makes it"))
		elif known:
			_check_unit(order, row, known, fact)


def _changed_rows(before: Plan, after: Plan) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
	"""Rows with another item than before, and what they were; None for a new row."""
	for table in ("materials", "by_products"):
		known = {row["name"]: row for row in before[table]}
		for row in after[table]:
			old = known.get(row["name"])
			if old is None or old["item"] != row["item"]:
				yield row, old


def _check_unit(order, row, known, fact) -> None:
	if fact.stock_uom == known["uom"] or exact(row["qty_per"]) != exact(known["qty_per"]):
		return
	_refuse(
		order,
		row,
		_("{0} is counted in {1}, it in {2}; change the quantity per unit with it").format(
			known["item"], known["uom"], fact.stock_uom
		),
	)


def _refuse(order, row, why: str) -> None:
	frappe.throw(
		_("{0}: {1} cannot be used: {2}.").format(order.name, row["item"] or "-", why), ChangeFieldError
	)
