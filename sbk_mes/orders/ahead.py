"""Many orders moved one after the other: what each would read by itself is read for all of them at once.

Frappe's Workflow still moves every order by itself, with its checks, rights and hooks, and each writes what
is its own at once, but for the events of the moves, which are recorded together in the end. Reading is
shared: stored orders, pick lists, inbox and balances, all of them locked or written by this very transaction,
so that nobody else changes them meanwhile.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import frappe
from frappe.model.base_document import BaseDocument
from frappe.utils import cint

from sbk_mes import events
from sbk_mes.conversion.inbox import Inbox
from sbk_mes.stock import picking
from sbk_mes.stock.ledger import Place, lock_balances
from sbk_mes.stock.reserve import get_wanted

WORK_ORDER = "MES Work Order"
STAMPS = ("docstatus", "modified", "modified_by")

Rows = dict[str, list[frappe._dict]]


class Ahead:
	"""What was read of some orders; each is handed out until its own save begins to change it."""

	def __init__(self, names: Iterable[str]):
		wanted = sorted(set(names))
		meta = frappe.get_meta(WORK_ORDER)
		self._stored = {row.name: row for row in _locked_rows(WORK_ORDER, "name", wanted)}
		self._before_save: dict[str, frappe._dict] = {}
		self._tables = [field.fieldname for field in meta.get_table_fields()]
		self._rows: dict[str, Rows] = {name: {table: [] for table in self._tables} for name in self._stored}
		for field in meta.get_table_fields():
			for row in _locked_rows(field.options, "parent", wanted):
				if row.parenttype == WORK_ORDER and row.parentfield == field.fieldname:
					self._rows[row.parent][field.fieldname].append(row)
		self.drafts = picking.get_drafts(wanted)
		self.balances: dict[Place, frappe._dict] = lock_balances(
			(row.item, row.source_warehouse)
			for rows in self._rows.values()
			for row in rows["materials"]
			if row.source_warehouse and get_wanted(row) > 0
		)
		self.inbox = Inbox(WORK_ORDER, wanted)
		self.moves: list[Mapping[str, Any]] = []
		self._linked = self._find_linked()

	def fill(self, order) -> bool:
		"""The order in memory is as it is stored, without a look at the database; False when it must look."""
		stored = self._stored.get(order.name)
		if stored is None:
			return False
		flags = order.flags
		rows = self._rows[order.name]
		tables = {table: [dict(row) for row in rows[table]] for table in self._tables}
		BaseDocument.__init__(order, {**stored, **tables})
		order.flags = flags
		order.flags.ignore_links = order.name in self._linked
		return True

	def forget(self, order) -> None:
		"""From now on the order is read from the database: somebody may have changed it."""
		self._before_save.pop(order.name, None)
		if stored := self._stored.pop(order.name, None):
			self._before_save[order.name] = stored
			order.flags.ignore_links = False

	@contextmanager
	def recalling(self, order) -> Iterator[None]:
		"""Inside, the order is in memory again as it was stored when its first save began."""
		self._stored[order.name] = self._before_save[order.name]
		try:
			yield
		finally:
			del self._stored[order.name]

	def store_rows(self, order) -> bool:
		"""The rows of the order that is being moved are stored with it; False when Frappe must do it.

		The rows of a table where something is new have the stamps and the docstatus of the order.
		"""
		known = self._rows.get(order.name)
		if known is None or order.flags.move is None:
			return False
		if any(
			{row.name for row in order.get(table)} != {row.name for row in rows}
			for table, rows in known.items()
		):
			return False
		for table, rows in known.items():
			_store_table(order, table, {row.name: row for row in rows})
		return True

	def has_same_rows(self, order) -> bool:
		"""True when the order is being saved for the first time and every row of it is as it was read."""
		if order.name not in self._before_save:
			return False
		known = self._rows[order.name]
		for table, rows in known.items():
			stored = {row.name: row for row in rows}
			mine = order.get(table)
			if {row.name for row in mine} != stored.keys():
				return False
			if any(_new_fields(row, stored[row.name]) for row in mine):
				return False
		return True

	def _find_linked(self) -> set[str]:
		"""Orders of which every link leads to a record that is there and not canceled.

		What leads nowhere is left to Frappe, which names it.
		"""
		targets: dict[str, set[tuple[str, str]]] = {}
		wanted: dict[str, set[str]] = {}
		fields = _link_fields(WORK_ORDER)
		of_table = {
			field.fieldname: _link_fields(field.options)
			for field in frappe.get_meta(WORK_ORDER).get_table_fields()
		}
		for name, stored in self._stored.items():
			found = {(doctype, stored[field]) for field, doctype in fields if stored.get(field)}
			for table, rows in self._rows[name].items():
				found.update(
					(doctype, row[field])
					for row in rows
					for field, doctype in of_table[table]
					if row.get(field)
				)
			targets[name] = found
			for doctype, value in found:
				wanted.setdefault(doctype, set()).add(value)
		there = {
			(doctype, name)
			for doctype, names in wanted.items()
			for name in _find_uncanceled(doctype, sorted(names))
		}
		return {name for name, found in targets.items() if found <= there}

	@contextmanager
	def attempt(self) -> Iterator[None]:
		"""What fails inside leaves balances and moves as they were; the caller sees to the database."""
		reserved = {place: balance.reserved_qty for place, balance in self.balances.items()}
		told = len(self.moves)
		try:
			yield
		except Exception:
			for place, qty in reserved.items():
				self.balances[place].reserved_qty = qty
			del self.moves[told:]
			raise


@contextmanager
def reading(names: Iterable[str]) -> Iterator[Ahead]:
	"""Meanwhile these orders are read from memory, until each begins to be saved; then the moves are told."""
	frappe.flags.mes_ahead = ahead = Ahead(names)
	try:
		yield ahead
	finally:
		frappe.flags.mes_ahead = None
	events.record_many(ahead.moves)


def current() -> Ahead | None:
	return frappe.flags.mes_ahead


def forget(order) -> None:
	"""The order is about to be saved: from now on it is read from the database."""
	if known := current():
		known.forget(order)


def _locked_rows(doctype: str, key: str, values: list[str]) -> list[frappe._dict]:
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table.star).where(table[key].isin(values or [""]))
	for field in (key, "idx"):
		query = query.orderby(table[field])
	return query.for_update().run(as_dict=True)


def _link_fields(doctype: str) -> list[tuple[str, str]]:
	return [
		(field.fieldname, field.options)
		for field in frappe.get_meta(doctype).get("fields", {"fieldtype": "Link"})
	]


def _find_uncanceled(doctype: str, names: list[str]) -> list[str]:
	return frappe.get_all(
		doctype, filters={"name": ["in", names], "docstatus": ["!=", 2]}, pluck="name", order_by="name asc"
	)


def _new_fields(row, before: frappe._dict) -> list[str]:
	return [field for field in before if field not in STAMPS and row.get(field) != before[field]]


def _store_table(order, table: str, stored: dict[str, frappe._dict]) -> None:
	changed = {}
	for row in order.get(table):
		if new := _new_fields(row, stored[row.name]):
			values = row.get_valid_dict(convert_dates_to_str=True)
			changed[row.name] = {field: values[field] for field in new}
	if not changed and all(cint(row.docstatus) == cint(order.docstatus) for row in stored.values()):
		return
	doctype = order.meta.get_field(table).options
	stamps = zip(STAMPS, (cint(order.docstatus), order.modified, order.modified_by), strict=True)
	target = frappe.qb.DocType(doctype)
	query = frappe.qb.update(target).where(target.parent == order.name).where(target.parenttype == WORK_ORDER)
	for field, value in stamps:
		query = query.set(target[field], value)
	query.where(target.parentfield == table).run()
	frappe.db.bulk_update(doctype, changed, update_modified=False)
