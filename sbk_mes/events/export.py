"""The event stream as files: CSV for people, JSON lines for programs."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from sbk_mes.events.chain import CHAIN, CONTENT, content_of
from sbk_mes.rules.snapshot import canonical

COLUMNS = (*CONTENT, *(field for field in CHAIN if field != "chain_key"))
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def to_csv(events: Iterable[Mapping[str, Any]]) -> str:
	"""A header and one line per event. Text that a spreadsheet would run as a formula is quoted."""
	sheet = io.StringIO()
	writer = csv.DictWriter(sheet, COLUMNS, lineterminator="\r\n")
	writer.writeheader()
	for event in events:
		row = _row(event)
		writer.writerow({column: _cell(row[column]) for column in COLUMNS})
	return sheet.getvalue()


def to_json_lines(events: Iterable[Mapping[str, Any]]) -> str:
	"""One JSON object per line; content and hash are enough to check the chain elsewhere."""
	return "".join(f"{canonical(_row(event))}\n" for event in events)


def _row(event: Mapping[str, Any]) -> dict[str, Any]:
	return {**content_of(event), "previous_hash": event["previous_hash"], "hash": event["hash"]}


def _cell(value: Any) -> Any:
	if isinstance(value, dict | list):
		return canonical(value)
	if isinstance(value, str) and value.startswith(FORMULA_STARTS):
		return f"'{value}"
	return value
