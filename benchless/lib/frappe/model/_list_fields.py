"""The columns, order and groups of a list query: read from text, checked, and written as SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe.database._filters import is_plain
from frappe.database._joins import Joins

FUNCTIONS = frozenset(
	{
		"count",
		"sum",
		"avg",
		"min",
		"max",
		"abs",
		"round",
		"date",
		"time",
		"year",
		"month",
		"quarter",
		"week",
		"day",
		"hour",
		"dayname",
		"monthname",
		"date_format",
		"timestamp",
		"upper",
		"lower",
		"length",
	}
)
AGGREGATES = frozenset({"count", "sum", "avg", "min", "max"})

_ALIAS = re.compile(r"(?P<what>.+?)\s+as\s+[`'\"]?(?P<alias>\w[\w .-]*?)[`'\"]?\Z", re.IGNORECASE | re.DOTALL)
_DISTINCT = re.compile(r"distinct\s+(?P<what>.+)\Z", re.IGNORECASE | re.DOTALL)
_CALL = re.compile(r"(?P<name>\w+)\s*\((?P<arguments>[^()]*)\)\Z", re.DOTALL)
_REFERENCE = re.compile(r"(?:(?:`tab[^`]+`|tab[\w -]+|\w+)\.)?(?:`\w+`|\w+)\Z")
_ALL_OF_TABLE = re.compile(r"`?tab(?P<doctype>[^`.]+)`?\.\*\Z")
_LITERAL = re.compile(r"(?:'[^']*'|\"[^\"]*\"|\d+(?:\.\d+)?)\Z")
_DIRECTION = re.compile(r"(?P<what>.+?)(?:\s+(?P<direction>asc|desc))?\Z", re.IGNORECASE | re.DOTALL)
_COMMA = re.compile(r",(?![^()]*\))")


@dataclass
class Selected:
	"""One column of the result. `reads` names the stored columns it is made from, as (DocType, field)."""

	sql: str
	name: str
	reads: list[tuple[str, str]] = field(default_factory=list)
	function: str = ""


def split(text: str) -> list[str]:
	"""The parts between commas that stand outside parentheses."""
	return [part.strip() for part in _COMMA.split(text) if part.strip()]


class Columns:
	"""Reads field expressions of one query. Refuses whatever is no column, known function or constant."""

	def __init__(self, joins: Joins) -> None:
		self._joins = joins
		self._doctype = joins.doctype
		self.aliases: set[str] = set()
		self.distinct = False

	def select(self, text: str) -> list[Selected]:
		"""The columns that an entry of `fields` asks for.

		Raises
		------
		frappe.DataError
			The text is no field a list may show.
		"""
		text = text.strip()
		if match := _DISTINCT.match(text):
			self.distinct = True
			return self.select(match["what"])
		if text == "*" or _ALL_OF_TABLE.match(text):
			found = _ALL_OF_TABLE.match(text)
			return self._all(found["doctype"] if found else self._doctype)
		alias = None
		if match := _ALIAS.match(text):
			text, alias = match["what"].strip(), match["alias"].strip()
			self.aliases.add(alias)
		chosen = self._expression(text)
		if alias:
			chosen.name = alias
		if alias or chosen.function:
			chosen.sql = f"{chosen.sql} AS `{chosen.name}`"
		return [chosen]

	def _all(self, doctype: str) -> list[Selected]:
		if doctype != self._doctype:
			self._joins.join_child(doctype)
		columns = self._joins._db.get_table_columns(doctype)
		return [Selected(f"`tab{doctype}`.`{column}`", column, [(doctype, column)]) for column in columns]

	def _expression(self, text: str) -> Selected:
		if match := _CALL.match(text):
			name = match["name"].lower()
			if name not in FUNCTIONS:
				_refuse(text)
			return self._call(name, match["arguments"], text)
		if not _REFERENCE.match(text):
			_refuse(text)
		sql, doctype, column = self._reference(text)
		return Selected(sql, column, [(doctype, column)])

	def _call(self, name: str, arguments: str, text: str) -> Selected:
		reads: list[tuple[str, str]] = []
		parts = []
		for argument in split(arguments):
			prefix = ""
			if match := _DISTINCT.match(argument):
				prefix, argument = "DISTINCT ", match["what"].strip()
			if argument == "*" or _LITERAL.match(argument):
				parts.append(prefix + argument.replace('"', "'"))
			elif _REFERENCE.match(argument):
				sql, doctype, column = self._reference(argument)
				reads.append((doctype, column))
				parts.append(prefix + sql)
			else:
				_refuse(text)
		return Selected(f"{name}({', '.join(parts)})", text, reads, function=name)

	def _reference(self, text: str) -> tuple[str, str, str]:
		"""SQL, DocType and name of the column that `text` points at."""
		owner, _, column = text.rpartition(".")
		column, owner = column.strip("`"), owner.strip("`")
		if not owner:
			return self._joins.column(self._doctype, column)[0], self._doctype, column
		if owner.startswith("tab") and (owner == f"tab{self._doctype}" or not self._is_field(owner)):
			doctype = owner.removeprefix("tab")
			return self._joins.column(doctype, column)[0], doctype, column
		target = frappe.get_meta(self._doctype).get_field(owner)
		if target is None:
			_refuse(text)
		return self._joins.through(owner, column)[0], target.options, column

	def _is_field(self, name: str) -> bool:
		return bool(frappe.get_meta(self._doctype).get_field(name))

	def order(self, text: str) -> str:
		"""`text` as the list of an ORDER BY.

		Raises
		------
		frappe.ValidationError
			A part is no column, alias or known function with an optional direction.
		"""
		parts = []
		for part in split(text):
			match = _DIRECTION.match(part)
			assert match
			parts.append(f"{self._key(match['what'].strip())} {(match['direction'] or 'asc').upper()}")
		return ", ".join(parts)

	def group(self, text: str) -> str:
		"""`text` as the list of a GROUP BY. Raises like `order`."""
		return ", ".join([self._key(part) for part in split(text)])

	def _key(self, text: str) -> str:
		bare = text.strip("`")
		if is_plain(bare) and bare in self.aliases:
			return f"`{bare}`"
		try:
			chosen = self._expression(text)
		except frappe.DataError as e:
			raise frappe.ValidationError(frappe._("Illegal SQL Query: {0}").format(text)) from e
		return chosen.sql


def _refuse(text: Any) -> Any:
	frappe.throw(frappe._("Field not permitted in query: {0}").format(frappe.bold(text)), frappe.DataError)
