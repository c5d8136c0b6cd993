"""What writing documents of one DocType takes, worked out once from its fields."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from frappe.model import float_like_fields, table_fields

if TYPE_CHECKING:
	from frappe.model.meta import Meta

RAW, CHECK, INT, FLOAT, JSON_TEXT, BLANK_IS_NULL, NULLABLE_FLOAT = range(7)

_CONVERSIONS = {
	"Check": CHECK,
	"Int": INT,
	"Long Int": INT,
	"JSON": JSON_TEXT,
	"Date": BLANK_IS_NULL,
	"Datetime": BLANK_IS_NULL,
	"Time": BLANK_IS_NULL,
	**dict.fromkeys(float_like_fields, FLOAT),
}
_SHORT_TEXT = {
	"Data",
	"Link",
	"Dynamic Link",
	"Select",
	"Read Only",
	"Color",
	"Icon",
	"Phone",
	"Autocomplete",
}
_NEVER_CLEANED = {"Code", "Attach", "Attach Image", "Barcode", "Signature", "Password", "JSON"}
_NUMBERS = {"Int", "Long Int", "Float", "Currency", "Percent"}


@dataclass(frozen=True, slots=True)
class LinkField:
	"""A Link or Dynamic Link of the DocType, with the fields filled from its target."""

	df: Any
	fieldname: str
	target: str
	is_dynamic: bool
	fetches: tuple[tuple[Any, str], ...]


@dataclass(slots=True)
class Plan:
	"""Lists a save walks through, so that it never searches the fields of the DocType."""

	columns: tuple[tuple[str, int], ...]
	column_names: tuple[str, ...]
	blank: dict[str, Any]
	tables: tuple[Any, ...]
	table_options: dict[str, str]
	mandatory: tuple[Any, ...]
	mandatory_tables: tuple[Any, ...]
	selects: tuple[tuple[str, frozenset[str], Any], ...]
	checked_data: tuple[Any, ...]
	lengths: tuple[tuple[str, int, Any], ...]
	integers: tuple[tuple[str, Any], ...]
	non_negative: tuple[Any, ...]
	cleaned: tuple[Any, ...]
	links: tuple[LinkField, ...]
	passwords: tuple[str, ...]
	code: tuple[Any, ...]
	ratings: tuple[str, ...]
	constants: tuple[Any, ...]
	virtual: tuple[Any, ...]
	high_levels: tuple[Any, ...]


def make_plan(meta: "Meta") -> Plan:
	"""The plan of a DocType as its metadata stands."""
	stored = [df for df in meta.fields if df.fieldname in meta._stored_fieldnames]
	by_name = {df.fieldname: df for df in stored}
	columns = tuple((name, _conversion(by_name.get(name), name)) for name in meta.get_valid_columns())
	blank: dict[str, Any] = dict.fromkeys((name for name, _kind in columns), None)
	blank["docstatus"] = 0
	blank["idx"] = 0
	tables = tuple(
		df for df in meta.fields if df.fieldtype in table_fields and not df.is_virtual and df.options
	)
	required = [df for df in meta.fields if df.reqd and not df.is_virtual]
	return Plan(
		columns=columns,
		column_names=tuple(name for name, _kind in columns),
		blank=blank,
		tables=tables,
		table_options={df.fieldname: df.options for df in tables},
		mandatory=tuple(df for df in required if df.fieldname in by_name),
		mandatory_tables=tuple(df for df in required if df.fieldtype in table_fields),
		selects=tuple(_selects(stored)),
		checked_data=tuple(df for df in stored if df.fieldtype == "Data" and df.options in _DATA_OPTIONS),
		lengths=tuple(_lengths(meta, stored)),
		integers=tuple((df.fieldname, df) for df in stored if df.fieldtype == "Int" and not meta.issingle),
		non_negative=tuple(df for df in stored if df.non_negative and df.fieldtype in _NUMBERS),
		cleaned=tuple(_cleaned(stored)),
		links=tuple(_links(meta, stored)),
		passwords=tuple(df.fieldname for df in stored if df.fieldtype == "Password"),
		code=tuple(
			df for df in stored if df.fieldtype == "Code" and df.options in ("Python", "PythonExpression")
		),
		ratings=tuple(df.fieldname for df in stored if df.fieldtype == "Rating"),
		constants=tuple(df for df in meta.fields if df.set_only_once),
		virtual=tuple(df for df in meta.fields if df.is_virtual and df.fieldtype not in table_fields),
		high_levels=tuple(df for df in meta.fields if df.permlevel),
	)


_DATA_OPTIONS = {"Email", "Name", "Phone", "URL"}


def _conversion(df: Any, name: str) -> int:
	if df is None:
		return INT if name in ("docstatus", "idx") else RAW
	kind = _CONVERSIONS.get(df.fieldtype, RAW)
	return BLANK_IS_NULL if kind == RAW and df.unique else kind


def _selects(stored: list[Any]) -> Any:
	for df in stored:
		if df.fieldtype == "Select" and df.fieldname != "naming_series":
			options = frozenset((df.options or "").split("\n"))
			if any(options):
				yield df.fieldname, options, df


def _lengths(meta: "Meta", stored: list[Any]) -> Any:
	if meta.issingle:
		return
	for df in stored:
		if df.fieldtype in _SHORT_TEXT:
			yield df.fieldname, int(df.length or 0) or 140, df


def _cleaned(stored: list[Any]) -> Any:
	for df in stored:
		is_text = df.fieldtype not in {*_CONVERSIONS, *_NEVER_CLEANED, "Rating", "Duration"}
		if is_text and not df.ignore_xss_filter and df.fieldtype not in ("Link", "Dynamic Link"):
			yield df


def _links(meta: "Meta", stored: list[Any]) -> Any:
	fetches: dict[str, list[tuple[Any, str]]] = {}
	for df in meta.fields:
		if df.fetch_from and "." in df.fetch_from and df.fieldtype not in table_fields:
			source, _, fieldname = df.fetch_from.partition(".")
			fetches.setdefault(source.strip(), []).append((df, fieldname.strip()))
	for df in stored:
		if df.fieldtype in ("Link", "Dynamic Link") and df.options and df.options != "[Select]":
			yield LinkField(
				df=df,
				fieldname=df.fieldname,
				target=df.options,
				is_dynamic=df.fieldtype == "Dynamic Link",
				fetches=tuple(fetches.get(df.fieldname, ())),
			)
