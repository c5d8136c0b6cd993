"""Many orders moved one after the other: what each would read by itself is read for all of them at once.

Frappe's Workflow still moves every order by itself, with its checks, rights and hooks, and each writes what
is its own at once. What a move leaves behind besides, its event, comment and answer in the inbox, is written
for all of them in the end. Reading is shared: stored orders, pick lists, inbox and balances, all of them
locked or written by this very transaction, so that nobody else changes them meanwhile.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import frappe
from frappe.model.base_document import BaseDocument
from frappe.model.document import Document

from sbk_mes import events
from sbk_mes.conversion import bulk
from sbk_mes.conversion.inbox import Inbox
from sbk_mes.orders import touched
from sbk_mes.stock import picking
from sbk_mes.stock.ledger import Place, lock_balances
from sbk_mes.stock.reserve import get_wanted

WORK_ORDER = "MES Work Order"
COMMENT = "Comment"

Rows = dict[str, list[Document]]


class Ahead:
	"""What was read of some orders; each is handed out until its own save begins to change it."""

	def __init__(self, names: Iterable[str]):
		wanted = sorted(set(names))
		meta = frappe.get_meta(WORK_ORDER)
		self._stored = {row.name: row for row in _locked_rows(WORK_ORDER, "name", wanted)}
		tables = meta.get_table_fields()
		self._rows: dict[str, Rows] = {
			name: {field.fieldname: [] for field in tables} for name in self._stored
		}
		for field in tables:
			for row in _locked_rows(field.options, "parent", wanted):
				if row.parenttype == WORK_ORDER and row.parentfield == field.fieldname:
					document = frappe.get_doc({"doctype": field.options, **row})
					self._rows[row.parent][field.fieldname].append(document)
		self.drafts = picking.get_drafts(wanted)
		self.balances: dict[Place, frappe._dict] = lock_balances(
			(row.item, row.source_warehouse)
			for rows in self._rows.values()
			for row in rows["materials"]
			if row.source_warehouse and get_wanted(row) > 0
		)
		self.inbox = Inbox(WORK_ORDER, wanted)
		self.moves: list[Mapping[str, Any]] = []
		self._comments: list[Any] = []
		self._blank_comment = bulk.defaults_of(COMMENT)
		self._shown: tuple[list[dict[str, Any]], dict[str, Any]] = ([], {})
		self._linked = self._find_linked()

	def fill(self, order) -> bool:
		"""The order in memory is as it is stored, without a look at the database; False when it must look."""
		stored = self._stored.get(order.name)
		if stored is None:
			return False
		flags = order.flags
		tables = {table: [_copy_of(row) for row in rows] for table, rows in self._rows[order.name].items()}
		BaseDocument.__init__(order, {**stored, **tables})
		order.flags = flags
		order.flags.ignore_links = order.name in self._linked
		return True

	def expect(self, state: str) -> None:
		"""What the inbox says of orders in the state is written, for all of them at once."""
		orders = [frappe.get_doc(WORK_ORDER, name, for_update=True) for name in self._stored]
		for order in orders:
			order.workflow_state = state
		self.inbox.expect(orders)

	def forget(self, order) -> None:
		"""From now on the order is read from the database: somebody may have changed it."""
		if self._stored.pop(order.name, None):
			order.flags.ignore_links = False

	def show(self, order, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
		"""The order as `make` says, asked once while nothing changes: the workflow looks for every arrow."""
		now = [dict(doc.__dict__) for doc in (order, *touched.rows_of(order))]
		if now != self._shown[0]:
			self._shown = now, make()
		return frappe._dict(
			(field, [frappe._dict(row) for row in value] if isinstance(value, list) else value)
			for field, value in self._shown[1].items()
		)

	def comment(self, order, text: str):
		"""The comment that a move leaves on the order; it is stored with those of the others."""
		comment = frappe.get_doc(
			{
				**self._blank_comment,
				"doctype": COMMENT,
				"name": frappe.generate_hash(length=10),
				"comment_type": "Workflow",
				"comment_email": frappe.session.user,
				"reference_doctype": order.doctype,
				"reference_name": order.name,
				"content": text,
			}
		)
		self._comments.append(comment)
		return comment

	def write(self) -> None:
		"""Events, comments and answers in the inbox, which the moves leave behind, are written."""
		events.record_many(self.moves)
		bulk.prepare(self._comments)
		bulk.store(self._comments)
		bulk.announce(self._comments)
		self.inbox.write()

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
					(doctype, row.get(field))
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

	def _growing(self) -> tuple[list[Any], ...]:
		return self.moves, self._comments, self.inbox.answers, self.inbox.arrived

	@contextmanager
	def attempt(self) -> Iterator[None]:
		"""What fails inside leaves no trace in memory; the caller sees to the database."""
		reserved = {place: balance.reserved_qty for place, balance in self.balances.items()}
		waiting = [(each, len(each)) for each in self._growing()]
		try:
			yield
		except Exception:
			for place, qty in reserved.items():
				self.balances[place].reserved_qty = qty
			for each, count in waiting:
				del each[count:]
			raise


@contextmanager
def reading(names: Iterable[str], *, towards: str | None = None) -> Iterator[Ahead]:
	"""Meanwhile these orders are read from memory, until each begins to be saved; then the moves are told.

	towards
		The state that most of them will be moved to.
	"""
	frappe.flags.mes_ahead = ahead = Ahead(names)
	try:
		if towards:
			ahead.expect(towards)
		yield ahead
	finally:
		frappe.flags.mes_ahead = None
	ahead.write()


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


def _copy_of(row: Document) -> Document:
	"""A row of its own, at a tenth of what a new one costs."""
	twin = object.__new__(type(row))
	twin.__dict__.update(row.__dict__, flags=frappe._dict())
	return twin


def _link_fields(doctype: str) -> list[tuple[str, str]]:
	return [
		(field.fieldname, field.options)
		for field in frappe.get_meta(doctype).get("fields", {"fieldtype": "Link"})
	]


def _find_uncanceled(doctype: str, names: list[str]) -> list[str]:
	return frappe.get_all(
		doctype, filters={"name": ["in", names], "docstatus": ["!=", 2]}, pluck="name", order_by="name asc"
	)
