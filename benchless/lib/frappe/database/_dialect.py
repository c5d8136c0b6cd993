"""MariaDB's spelling of a query, turned into SQLite's.

Application code writes what Frappe's default database reads: backticks, double-quoted strings, `%s` and
`%(name)s`, `if(...)`, `interval 1 day`, `for update`. What SQLite spells alike passes untouched. Functions it
lacks are registered on the connection (see `_functions`).
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from frappe.database._tokens import Token, blank, closing, next_to, tokens_of, words_from
from frappe.database._values import bound

WRITING = frozenset(
	{"insert", "update", "delete", "replace", "create", "alter", "drop", "truncate", "with_dml"}
)
DEFINING = frozenset({"create", "alter", "drop", "truncate"})

_UNITS = frozenset({"microsecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"})
_BEFORE_PAREN = {
	"if": "iif",
	"left": "left_",
	"right": "right_",
	"isnull": "isnull_",
	"current_date": "curdate",
	"current_timestamp": "now",
}
_RENAMED = {
	"rlike": "regexp",
	"straight_join": "join",
	"div": "/",
	"current_date": "curdate()",
	"current_timestamp": "now()",
}
_TEXT_CALLS = frozenset(
	{"ifnull", "coalesce", "concat", "iif", "trim", "left_", "right_", "substring", "nullif"}
)
_SUMMING = re.compile(r"\b(?:sum|avg)\s*\(", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
	"""A query SQLite understands. `marks` names the value of each `?`: a key, or None for the next one."""

	sql: str
	pieces: tuple[str, ...]
	marks: tuple[str | None, ...]
	verb: str
	locks: bool
	sums: bool
	sum_columns: tuple[int, ...]

	@property
	def writes(self) -> bool:
		return self.verb in WRITING

	@property
	def defines(self) -> bool:
		return self.verb in DEFINING

	def bind(self, values: Any) -> tuple[str, list[Any]]:
		"""The SQL and its parameters. A list or tuple among `values` becomes `(?, ?, ...)`.

		Raises
		------
		sqlite3.OperationalError
			One of them is empty.
		"""
		if not self.marks:
			return self.sql, []
		chosen = self._chosen(values)
		if not any(isinstance(value, list | tuple | set | frozenset) for value in chosen):
			return self.sql, [bound(value) for value in chosen]
		sql, parameters = [self.pieces[0]], []
		for value, piece in zip(chosen, self.pieces[1:], strict=True):
			if isinstance(value, list | tuple | set | frozenset):
				if not value:
					raise _empty_list(self.sql)
				parameters += [bound(item) for item in value]
				sql.append(f"({', '.join('?' * len(value))})")
			else:
				parameters.append(bound(value))
				sql.append("?")
			sql.append(piece)
		return "".join(sql), parameters

	def _chosen(self, values: Any) -> list[Any]:
		if isinstance(values, dict):
			return [values[mark] for mark in self.marks if mark is not None]
		if not isinstance(values, list | tuple):
			values = (values,)
		if len(values) != len(self.marks):
			raise TypeError(f"Query takes {len(self.marks)} values, {len(values)} were given")
		return list(values)


@lru_cache(maxsize=4096)
def translate(query: str, formatted: bool) -> Statement:
	"""The statement `query` means. With `formatted`, `%s` marks a value and `%%` is a percent sign.

	Raises
	------
	sqlite3.OperationalError
		It asks whether something is `IN ()`: SQLite would take that, MariaDB does not.
	"""
	tokens = tokens_of(query, formatted)
	_refuse_empty_lists(tokens, query)
	verb = next((t.word for t in tokens if t.word), "")
	locks = _drop_locking(tokens)
	_drop_index_hints(tokens)
	_respell(tokens)
	_respell_intervals(tokens)
	_compare_without_case(tokens)
	_unwrap_union(tokens)
	if verb == "insert":
		_respell_insert(tokens)
	elif verb == "truncate":
		_respell_truncate(tokens)
	elif verb == "with" and any(t.word in {"insert", "update", "delete"} for t in tokens):
		verb = "with_dml"
	pieces: list[str] = [""]
	marks: list[str | None] = []
	for token in tokens:
		if token.kind == "mark":
			marks.append(token.text[2:-2] if token.text != "%s" else None)
			pieces.append("")
		else:
			pieces[-1] += token.text
	sql = "?".join(pieces).strip().rstrip(";")
	sums = bool(_SUMMING.search(sql))
	sum_columns = _sum_columns(tokens) if sums and verb == "select" else ()
	return Statement(sql, tuple(pieces), tuple(marks), verb, locks, sums, sum_columns)


def _refuse_empty_lists(tokens: list[Token], query: str) -> None:
	for at, token in enumerate(tokens):
		if token.word == "in":
			opening = next_to(tokens, at)
			if opening > 0 and tokens[opening].text == "(" and tokens[next_to(tokens, opening)].text == ")":
				raise _empty_list(query)


def _empty_list(query: str) -> sqlite3.OperationalError:
	return sqlite3.OperationalError(f'near ")": syntax error, a list of values is empty in: {query}')


def _sum_columns(tokens: list[Token]) -> tuple[int, ...]:
	"""Places of the result's columns that are a sum: MariaDB's sum of whole numbers is a decimal."""
	found, column, depth, is_first = [], 0, 0, False
	for token in tokens:
		if token.kind == "space" or token.word == "distinct":
			continue
		if depth == 0 and token.word == "from":
			break
		if depth == 0 and is_first and token.word in ("sum", "avg"):
			found.append(column)
		is_first = depth == 0 and (token.word == "select" or token.text == ",")
		if token.kind == "sign":
			column += int(depth == 0 and token.text == ",")
			depth += {"(": 1, ")": -1}.get(token.text, 0)
	return tuple(found)


def _drop_locking(tokens: list[Token]) -> bool:
	locks = False
	for at, token in enumerate(tokens):
		end = -1
		if token.word == "for":
			end = words_from(tokens, at, "for", "update")
		elif token.word == "lock":
			end = words_from(tokens, at, "lock", "in", "share", "mode")
		if end < 0:
			continue
		for tail in (("nowait",), ("skip", "locked")):
			after = next_to(tokens, end)
			last = words_from(tokens, after, *tail) if after > 0 else -1
			end = max(end, last)
		blank(tokens, at, end)
		locks = True
	return locks


def _drop_index_hints(tokens: list[Token]) -> None:
	for at, token in enumerate(tokens):
		if token.word in {"force", "use", "ignore"}:
			index = next_to(tokens, at)
			opening = next_to(tokens, index) if index > 0 and tokens[index].word in {"index", "key"} else -1
			if opening > 0 and tokens[opening].text == "(":
				blank(tokens, at, closing(tokens, opening))


def _respell(tokens: list[Token]) -> None:
	for at, token in enumerate(tokens):
		if token.kind == "sign":
			if token.text == "/":
				token.text = "*1.0/"  # whole numbers divide exactly in MariaDB
			elif token.text == "<=>":
				token.text = " is "
			continue
		word = token.word
		if not word:
			continue
		after = next_to(tokens, at)
		following = tokens[after] if after > 0 else Token("space", "")
		if word in _BEFORE_PAREN and following.text == "(":
			token.text = _BEFORE_PAREN[word]
		elif word in _RENAMED and following.text != "(":
			token.text = _RENAMED[word]
		elif word == "separator" and following.kind == "single":
			token.text = ","
		elif word == "extract" and following.text == "(":
			unit_at = next_to(tokens, after)
			token.text = tokens[unit_at].text.lower()
			blank(tokens, after + 1, next_to(tokens, unit_at))
		elif word == "timestampdiff" and following.text == "(":
			unit = tokens[next_to(tokens, after)]
			unit.kind, unit.text = "single", f"'{unit.text.lower()}'"
		elif word in {"signed", "unsigned", "char"} and tokens[next_to(tokens, at, -1)].word == "as":
			token.text = "text" if word == "char" else "integer"


def _compare_without_case(tokens: list[Token]) -> None:
	"""A column compares without case; what a function makes of it forgets that unless told."""
	for at, token in enumerate(tokens):
		opening = next_to(tokens, at)
		if token.kind != "word" or token.text.lower() not in _TEXT_CALLS or opening < 0:
			continue
		if tokens[opening].text != "(":
			continue
		end = closing(tokens, opening)
		before, after = next_to(tokens, at, -1), next_to(tokens, end)
		follows = after > 0 and (
			tokens[after].text in ("=", "!", "<", ">") or tokens[after].word in ("in", "not")
		)
		precedes = before > 0 and tokens[before].text in ("=", "<", ">")
		if follows or precedes:
			tokens[end].text += " collate nocase"


def _unwrap_union(tokens: list[Token]) -> None:
	"""SQLite takes no parentheses around the members of a union."""
	if not any(token.word == "union" for token in tokens):
		return
	at = next_to(tokens, -1)
	while 0 <= at < len(tokens) and tokens[at].text == "(":
		end = closing(tokens, at)
		blank(tokens, at, at)
		blank(tokens, end, end)
		at = next_to(tokens, end)
		while at > 0 and tokens[at].word in ("union", "all", "distinct"):
			at = next_to(tokens, at)


def _respell_intervals(tokens: list[Token]) -> None:
	at = -1
	while (at := at + 1) < len(tokens):
		if tokens[at].word != "interval":
			continue
		unit = next((i for i in range(at + 1, min(at + 20, len(tokens))) if tokens[i].word in _UNITS), -1)
		if unit < 0:
			continue
		name = tokens[unit].word
		before = next_to(tokens, at, -1)
		sign = tokens[before].text if before >= 0 else ""
		tokens[at].text, tokens[at].kind = "interval_(", "sign"
		tokens[unit].text, tokens[unit].kind = f", '{name}')", "sign"
		if sign in ("+", "-"):
			start = _operand_start(tokens, before)
			tokens[before].text = ", "
			tokens[unit].text += ")"
			tokens.insert(start, Token("sign", "date_add(" if sign == "+" else "date_sub("))


def _operand_start(tokens: list[Token], operator: int) -> int:
	"""Index where the operand left of `operator` begins: a name, a value, or a call with its arguments."""
	at = next_to(tokens, operator, -1)
	if tokens[at].text == ")":
		depth = 0
		while at >= 0:
			depth += {")": 1, "(": -1}.get(tokens[at].text, 0) if tokens[at].kind == "sign" else 0
			if depth == 0:
				break
			at -= 1
		if at > 0 and tokens[at - 1].kind == "word":
			at -= 1
	while at > 1 and tokens[at - 1].text == ".":
		at -= 2
	return at


def _respell_insert(tokens: list[Token]) -> None:
	in_update = False
	for at, token in enumerate(tokens):
		if token.word == "ignore" and tokens[next_to(tokens, at, -1)].word == "insert":
			token.text = "or ignore"
		elif token.word == "on":
			end = words_from(tokens, at, "on", "duplicate", "key", "update")
			if end > 0:
				blank(tokens, at, end)
				token.text = "on conflict do update set"
				in_update = True
		elif in_update and token.word == "values":
			opening = next_to(tokens, at)
			token.text = "excluded"
			tokens[opening].text = "."
			tokens[_closing_of_call(tokens, opening)].text = ""


def _closing_of_call(tokens: list[Token], opening: int) -> int:
	return next(i for i in range(opening, len(tokens)) if tokens[i].text == ")")


def _respell_truncate(tokens: list[Token]) -> None:
	first = next(i for i, token in enumerate(tokens) if token.word == "truncate")
	tokens[first].text = "delete from"
	after = next_to(tokens, first)
	if tokens[after].word == "table":
		tokens[after].text = ""
