"""Names for many new documents at once: each series is counted up with one statement."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import frappe
from frappe.model.naming import parse_naming_series

MARK = "\0"


def next_names(series_of: Sequence[tuple[str, Any]]) -> list[str]:
	"""The next name of each (series, document). Counters belong to the transaction, in the order of keys."""
	wanted: Counter[str] = Counter()
	counted: list[tuple[str, int]] = []

	def mark(key: str, digits: int) -> str:
		wanted[key] += 1
		counted.append((key, digits))
		return MARK

	marked = [
		parse_naming_series(series.split("."), doc=doc, number_generator=mark) for series, doc in series_of
	]
	following = {key: reserve(key, number) for key, number in sorted(wanted.items())}
	names = []
	for name, (key, digits) in zip(marked, counted, strict=True):
		following[key] += 1
		names.append(name.replace(MARK, f"{following[key]:0{digits}d}"))
	return names


def reserve(key: str, number: int) -> int:
	"""The counter's value before; it has moved on by `number`."""
	series = frappe.qb.DocType("Series")
	found = frappe.qb.from_(series).select(series.current).where(series.name == key).for_update().run()
	if not found:
		frappe.qb.into(series).columns("name", "current").insert(key, number).run()
		return 0
	before = int(found[0][0])
	frappe.qb.update(series).set(series.current, before + number).where(series.name == key).run()
	return before


def start_counters(counts: dict[str, int]) -> None:
	"""New series that have already counted so far; none of them may exist."""
	if counts:
		series = frappe.qb.DocType("Series")
		frappe.qb.into(series).columns("name", "current").insert(*sorted(counts.items())).run()
