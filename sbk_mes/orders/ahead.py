"""Many orders released one after the other: what each would read by itself is read for all of them at once.

Frappe's Workflow still moves every order by itself, with its checks, rights, events and hooks, and each
writes what is its own at once. Only reading is shared: stored orders, pick lists, inbox and balances, all of
them locked or written by this very transaction, so that nobody else changes them meanwhile.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import frappe
from frappe.model.base_document import BaseDocument

from sbk_mes.conversion.inbox import Inbox
from sbk_mes.stock import picking
from sbk_mes.stock.ledger import Place, lock_balances
from sbk_mes.stock.reserve import get_wanted

WORK_ORDER = "MES Work Order"

Rows = dict[str, list[frappe._dict]]


class Ahead:
	"""What was read of some orders; each is handed out until its own save begins to change it."""

	def __init__(self, names: Iterable[str]):
		wanted = sorted(set(names))
		meta = frappe.get_meta(WORK_ORDER)
		self._stored = {row.name: row for row in _locked_rows(WORK_ORDER, "name", wanted)}
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
		return True

	def forget(self, name: str) -> None:
		"""From now on the order is read from the database: somebody may have changed it."""
		self._stored.pop(name, None)

	@contextmanager
	def attempt(self) -> Iterator[None]:
		"""What fails inside leaves the balances in memory unchanged; the caller sees to the database."""
		reserved = {place: balance.reserved_qty for place, balance in self.balances.items()}
		try:
			yield
		except Exception:
			for place, qty in reserved.items():
				self.balances[place].reserved_qty = qty
			raise


@contextmanager
def reading(names: Iterable[str]) -> Iterator[Ahead]:
	"""Meanwhile these orders are read from memory, until each begins to be saved."""
	frappe.flags.mes_ahead = ahead = Ahead(names)
	try:
		yield ahead
	finally:
		frappe.flags.mes_ahead = None


def current() -> Ahead | None:
	return frappe.flags.mes_ahead


def _locked_rows(doctype: str, key: str, values: list[str]) -> list[frappe._dict]:
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table.star).where(table[key].isin(values or [""]))
	for field in (key, "idx"):
		query = query.orderby(table[field])
	return query.for_update().run(as_dict=True)
