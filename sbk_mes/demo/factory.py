"""Demo factories: a folder of CSV files, as a user could have exported them, becomes documents of a site.

A file holds one DocType. Columns are fieldnames; `table.field` columns hold child rows, and a row whose own
columns are empty belongs to the document above it. Dates are as of `as_of` in `factory.json`; they move, by
whole weeks, to today.
"""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate, nowdate

# Masters in the order their links need; the flag says whether the documents are submitted.
FILES = [
	("uoms", "MES UOM", False),
	("calendars", "MES Calendar", False),
	("warehouses", "MES Warehouse", False),
	("workshops", "MES Workshop", False),
	("suppliers", "MES Supplier", False),
	("resources", "MES Resource", False),
	("changeovers", "MES Changeover", False),
	("routings", "MES Routing", False),
	("items", "MES Item", False),
	("boms", "MES BOM", False),
	("customers", "MES Customer", False),
	("projects", "MES Project", False),
	("stock", "MES Stock Entry", True),
	("sales_orders", "MES Sales Order", True),
]


@dataclass(frozen=True)
class Factory:
	"""A demo factory on disk."""

	folder: Path
	title: str
	as_of: date
	convert: tuple[str, ...]
	settings: dict[str, Any]

	@property
	def shift(self) -> timedelta:
		"""Whole weeks from the day the figures were written to the current week."""
		return timedelta(weeks=(getdate(nowdate()) - self.as_of).days // 7)


def factories_folder() -> Path:
	return Path(frappe.get_app_path("sbk_mes")).resolve().parent / "fixtures"


def names() -> list[str]:
	return sorted(path.parent.name for path in factories_folder().glob("*/factory.json"))


def open_factory(name: str) -> Factory:
	"""The factory of that name; a wrong name is refused with the list of those there are."""
	if name not in names():
		frappe.throw(_("There is no demo factory {0}. Choose one of: {1}.").format(name, ", ".join(names())))
	folder = factories_folder() / name
	about = json.loads((folder / "factory.json").read_text(encoding="utf-8"))
	return Factory(
		folder, about["title"], getdate(about["as_of"]), tuple(about["convert"]), about["settings"]
	)


def load(factory: Factory, report: Callable[[str, int, int], None]) -> dict[str, int]:
	"""Every document of the factory is on the site; those already there are left as they are.

	`report(doctype, done, total)` is called after each document. Returns how many are new, per DocType.
	"""
	set_settings(factory.settings)
	created: dict[str, int] = {}
	for stem, doctype, is_submitted in FILES:
		path = factory.folder / f"{stem}.csv"
		if not path.exists():
			continue
		documents = list(read(path, doctype, factory.shift))
		created[doctype] = 0
		for count, values in enumerate(documents, 1):
			created[doctype] += _insert(doctype, values, is_submitted)
			report(doctype, count, len(documents))
	return created


def set_settings(values: dict[str, Any]) -> None:
	"""Settings that nobody has given a value have the factory's."""
	settings = frappe.get_single("MES Settings")
	missing = {field: value for field, value in values.items() if not settings.get(field)}
	if missing:
		settings.update(missing).save()


def read(path: Path, doctype: str, shift: timedelta) -> Iterator[dict[str, Any]]:
	"""Documents of one file, as dicts with their child tables as lists of dicts."""
	meta = frappe.get_meta(doctype)
	current: dict[str, Any] = {}
	with path.open(encoding="utf-8", newline="") as file:
		for row in csv.DictReader(file):
			own = {field: value for field, value in row.items() if value and "." not in field}
			if own and current:
				yield current
			if own:
				current = {"doctype": doctype} | {f: _value(meta, f, v, shift) for f, v in own.items()}
			for table, values in _child_values(row).items():
				child = frappe.get_meta(meta.get_field(table).options)
				typed = {f: _value(child, f, v, shift) for f, v in values.items()}
				current.setdefault(table, []).append(typed)
	if current:
		yield current


def _child_values(row: dict[str, str]) -> dict[str, dict[str, str]]:
	tables: dict[str, dict[str, str]] = {}
	for column, value in row.items():
		table, dot, field = column.partition(".")
		if dot and value:
			tables.setdefault(table, {})[field] = value
	return tables


def _value(meta: Any, fieldname: str, text: str, shift: timedelta) -> str | date:
	field = meta.get_field(fieldname)
	return getdate(text) + shift if field and field.fieldtype == "Date" else text


def _insert(doctype: str, values: dict[str, Any], is_submitted: bool) -> int:
	if _exists(doctype, values):
		return 0
	name = values.pop("name", None)
	doc = frappe.get_doc(values).insert(set_name=name)
	if is_submitted:
		doc.submit()
	return 1


def _exists(doctype: str, values: dict[str, Any]) -> bool:
	if values.get("name"):
		return bool(frappe.db.exists(doctype, values["name"]))
	autoname = frappe.get_meta(doctype).autoname or ""
	if autoname.startswith("field:"):
		return bool(frappe.db.exists(doctype, values[autoname.removeprefix("field:")]))
	own = {f: v for f, v in values.items() if isinstance(v, str) and f != "doctype"}
	return bool(frappe.db.exists(doctype, own))
