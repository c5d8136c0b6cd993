"""How documents get their names."""

import datetime
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import frappe
from frappe import _
from frappe._values import _random_name
from frappe.exceptions import DoesNotExistError, ValidationError
from frappe.model import _events

if TYPE_CHECKING:
	from frappe.model.document import Document
	from frappe.model.meta import Meta

NAME_LENGTH = 140
_BRACES = re.compile(r"\{([^{}]+)\}")
_SERIES_CHARACTERS = re.compile(r"^[\w\- \/.#{}]+$", re.UNICODE)


class InvalidNamingSeriesError(ValidationError):
	pass


class InvalidUUIDValue(ValidationError):
	pass


class NamingSeries:
	"""One series text, such as `WO-.YYYY.-.####`."""

	def __init__(self, series: str) -> None:
		self.series = series if "#" in series else f"{series}.#####"

	def validate(self) -> None:
		"""InvalidNamingSeriesError without a dot, or with characters not fit for a name."""
		if "." not in self.series:
			frappe.throw(
				_("Invalid naming series {}: dot (.) missing").format(self.series), InvalidNamingSeriesError
			)
		if not _SERIES_CHARACTERS.match(self.series):
			frappe.throw(
				_(
					"Special characters except '-', '#', '.', '/', '{{', '}}' are not allowed in series {0}"
				).format(self.series),
				InvalidNamingSeriesError,
			)

	def generate_next_name(self, doc: "Document", *, ignore_validate: bool = False) -> str:
		if not ignore_validate:
			self.validate()
		return parse_naming_series(self.series.split("."), doc=doc)

	def get_prefix(self, doc: Any = None) -> str:
		"""Key of the counter: the text before the digits."""
		found: list[str] = []

		def keep(prefix: str, _digits: int) -> str:
			found.append(prefix)
			return ""

		parse_naming_series(self.series, doc=doc, number_generator=keep)
		return found[0] if found else ""

	def get_preview(self, doc: Any = None) -> list[str]:
		"""The next three names; nothing is counted."""
		current = self.get_current_value()

		def counted(ahead: int) -> Callable[[str, int], str]:
			return lambda _key, digits: f"{current + ahead:0{digits}d}"

		return [
			parse_naming_series(self.series, doc=doc, number_generator=counted(ahead)) for ahead in (1, 2, 3)
		]

	def update_counter(self, new_count: int) -> None:
		"""The next name is `new_count` + 1."""
		_ensure_counter(self.get_prefix())
		frappe.db.sql(
			"update `tabSeries` set current = %s where name = %s",
			(frappe.utils.cint(new_count), self.get_prefix()),
		)

	def get_current_value(self) -> int:
		rows = frappe.db.sql("select current from `tabSeries` where name = %s", (self.get_prefix(),))
		return int(rows[0][0]) if rows else 0


def set_new_name(doc: Any) -> None:
	"""`doc.name` is set: counter, amendment, Single, `autoname` method, `autoname` option, else random."""
	doc.run_method("before_naming")
	meta = frappe.get_meta(doc.doctype)
	autoname: str = meta.autoname or ""
	if autoname.lower() != "prompt" and not frappe.local.flags.in_import:
		doc.name = None
	if is_autoincremented(doc.doctype, meta):
		doc.name = _next_number(doc.doctype)
		return
	if doc.get("amended_from"):
		_set_amended_name(doc)
	elif meta.issingle:
		doc.name = doc.doctype
	if not doc.name:
		doc.run_method("autoname")
	if not doc.name and autoname:
		set_name_from_naming_options(autoname, doc)
	if not doc.name:
		doc.name = _random_name()
	doc.name = validate_name(doc.doctype, doc.name)


def _set_names_of_rows(rows: list[Any]) -> None:
	"""Each row has its name; where nobody has a say in it, a random one."""
	plain: dict[str, bool] = {}
	for row in rows:
		doctype = row.doctype
		if doctype not in plain:
			plain[doctype] = (
				row.meta.autoname in (None, "", "hash")
				and not frappe.local.flags.in_import
				and not row.meta.has_field("amended_from")
				and not _events.has_handlers(row, "before_naming")
				and not _events.has_handlers(row, "autoname")
			)
		if plain[doctype]:
			row.__dict__["name"] = _random_name()
		else:
			set_new_name(row)


def is_autoincremented(doctype: str, meta: "Meta | None" = None) -> bool:
	return bool((meta or frappe.get_meta(doctype)).autoname == "autoincrement")


def _next_number(doctype: str) -> int:
	return int(getseries(f"{frappe.scrub(doctype)}_id_seq", 1))


def set_name_from_naming_options(autoname: str, doc: Any) -> None:
	"""`doc.name` as the DocType's `autoname` text says."""
	kind = autoname.lower()
	if kind.startswith("field:"):
		doc.name = _field_autoname(autoname, doc)
		if not doc.name:
			frappe.throw(
				_("{0} is required").format(_(doc.meta.get_label(autoname[6:].strip()))), ValidationError
			)
	elif kind.startswith("naming_series:"):
		set_name_by_naming_series(doc)
	elif kind.startswith("prompt"):
		if not doc.name:
			frappe.throw(_("Please set the document name"))
	elif kind.startswith("format:"):
		doc.name = _format_autoname(autoname, doc)
	elif kind == "hash":
		doc.name = _random_name()
	elif "#" in autoname or "." in autoname:
		doc.name = make_autoname(autoname, doc=doc)


def set_name_by_naming_series(doc: Any) -> None:
	"""`doc.name` from its field `naming_series`, the first option when that is empty."""
	if not doc.naming_series:
		doc.naming_series = get_default_naming_series(doc.doctype)
	if not doc.naming_series:
		frappe.throw(frappe._("Naming Series mandatory"))
	doc.name = make_autoname(doc.naming_series + ".#####", doc.doctype, doc)


def get_default_naming_series(doctype: str) -> str | None:
	"""The first option that is not blank."""
	return next((text for text in frappe.get_meta(doctype).get_naming_series_options() if text), None)


def make_autoname(key: str = "", doctype: str = "", doc: Any = "", *, ignore_validate: bool = False) -> str:
	"""The next name of a series text; `hash` gives ten random characters."""
	if key == "hash":
		return _random_name()
	return NamingSeries(_one_counter(key)).generate_next_name(doc, ignore_validate=ignore_validate)


def _one_counter(key: str) -> str:
	"""`A-.###.#####` counts with its first run of `#`s only."""
	parts = key.split(".")
	counters = [index for index, part in enumerate(parts) if part.startswith("#")]
	return ".".join(part for index, part in enumerate(parts) if index not in counters[1:])


def parse_naming_series(
	parts: list[str] | str,
	doctype: str | None = None,
	doc: Any = None,
	number_generator: Callable[[str, int], str] | None = None,
) -> str:
	"""Text of the parts, joined: `#`s count, date codes and field names are replaced, the rest stands."""
	if isinstance(parts, str):
		parts = parts.split(".")
	count = number_generator or getseries
	name = ""
	counted = False
	today = frappe.utils.now_datetime()
	for part in parts:
		if not part:
			continue
		if part.startswith("#"):
			if counted:
				continue
			counted = True
			name += count(name, len(part))
		else:
			name += _series_part(part, doc, today)
	return name


def _series_part(part: str, doc: Any, today: datetime.datetime) -> str:
	code = _date_code(part, today)
	if code is not None:
		return code
	if part == "timestamp":
		return str(today)
	if variables := frappe.get_hooks("naming_series_variables", {}).get(part):
		return str(frappe.get_attr(variables[-1])(doc, part) or "")
	fieldname = part.strip("{}") if part.startswith("{") and part.endswith("}") else part
	if doc and (part.startswith("{") or doc.get(fieldname) is not None):
		value = doc.get(fieldname)
		return frappe.utils.cstr(value).strip() if value is not None else ""
	return part


def _date_code(part: str, today: datetime.datetime) -> str | None:
	match part:
		case "YY":
			return today.strftime("%y")
		case "YYYY":
			return today.strftime("%Y")
		case "MM":
			return today.strftime("%m")
		case "DD":
			return today.strftime("%d")
		case "WW":
			return determine_consecutive_week_number(today)
		case "JJJ":
			return today.strftime("%j")
	return None


def determine_consecutive_week_number(moment: datetime.datetime) -> str:
	"""ISO week of the date as two digits; days of January in the old year's last week are week 00."""
	iso_year, week, _day = moment.isocalendar()
	if iso_year < moment.year:
		return "00"
	if iso_year > moment.year:
		return "53"
	return f"{week:02d}"


def getseries(key: str, digits: int) -> str:
	"""The counter's next value with at least `digits` digits. It belongs to the transaction."""
	frappe.db.sql("update `tabSeries` set current = current + 1 where name = %s", (key,))
	rows = frappe.db.sql("select current from `tabSeries` where name = %s", (key,))
	if rows:
		current = int(rows[0][0])
	else:
		current = 1
		frappe.db.sql("insert into `tabSeries` (name, current) values (%s, 1)", (key,))
	return f"{current:0{digits}d}"


def _ensure_counter(key: str) -> None:
	if not frappe.db.sql("select 1 from `tabSeries` where name = %s", (key,)):
		frappe.db.sql("insert into `tabSeries` (name, current) values (%s, 0)", (key,))


def revert_series_if_last(key: str, name: str, doc: Any = None) -> None:
	"""The counter steps back when `name` carries its last number."""
	if key.lower().startswith("format:"):
		return
	prefix = NamingSeries(_one_counter(key)).get_prefix(doc)
	digits = re.fullmatch(r"(\d+).*", name[len(prefix) :]) if name.startswith(prefix) else None
	if digits is not None:
		frappe.db.sql(
			"update `tabSeries` set current = current - 1 where name = %s and current = %s",
			(prefix, int(digits.group(1))),
		)


def validate_name(doctype: str, name: Any) -> str | int:
	"""The name without blanks around it, or an error telling why it will not do."""
	if not name:
		frappe.throw(_("No Name Specified for {0}").format(doctype))
	if isinstance(name, int):
		if is_autoincremented(doctype):
			return name
		frappe.throw(_("Invalid name type (integer) for varchar name column"), frappe.NameError)
	name = name.strip()
	if name.startswith("New " + doctype):
		frappe.throw(
			_("There were some errors setting the name, please contact the administrator"), frappe.NameError
		)
	if not frappe.get_meta(doctype).issingle and doctype == name and name != "DocType":
		frappe.throw(_("Name of {0} cannot be {1}").format(doctype, name), frappe.NameError)
	if "<" in name or ">" in name:
		frappe.throw(
			_("Name cannot contain special characters like {0}").format("'<', '>'"), frappe.NameError
		)
	if len(name) > NAME_LENGTH:
		frappe.throw(
			_("Name {0} is longer than {1} characters").format(name, NAME_LENGTH),
			frappe.CharacterLengthExceededError,
		)
	return str(name)


def append_number_if_name_exists(
	doctype: str,
	value: str,
	fieldname: str = "name",
	separator: str = "-",
	filters: dict[str, Any] | None = None,
) -> str:
	"""`value`, or `value-1`, `value-2`, … when it is taken."""
	conditions = {**(filters or {}), fieldname: value}
	if not frappe.db.exists(doctype, conditions):
		return value
	taken = frappe.get_all(
		doctype, {fieldname: ["like", f"{value}{separator}%"]}, pluck=fieldname, order_by=None
	)
	pattern = re.compile(rf"{re.escape(value)}{re.escape(separator)}(\d+)", re.IGNORECASE)
	numbers = [int(match.group(1)) for text in taken if (match := pattern.fullmatch(text))]
	return f"{value}{separator}{max(numbers, default=0) + 1}"


def _set_amended_name(doc: Any) -> None:
	"""`X` is amended as `X-1`, `X-1` as `X-2`."""
	origin = str(doc.amended_from)
	number, prefix = 1, origin
	try:
		again = frappe.db.get_value(doc.doctype, doc.amended_from, "amended_from")
	except DoesNotExistError:
		again = None
	if again:
		prefix, _dash, last = origin.rpartition("-")
		number = frappe.utils.cint(last) + 1
	doc.name = f"{prefix}-{number}"


def _field_autoname(autoname: str, doc: Any, skip_slicing: bool | None = None) -> str:
	fieldname = autoname if skip_slicing else autoname[6:].strip()
	return frappe.utils.cstr(doc.get(fieldname)).strip()


def _format_autoname(autoname: str, doc: Any) -> str:
	"""`format:A-{field}-{##}`: the counter runs per text before it, other braces filled in first."""
	template = autoname[autoname.find(":") + 1 :]
	today = frappe.utils.now_datetime()
	pieces: list[str] = []
	for index, text in enumerate(_BRACES.split(template)):
		is_brace = index % 2 == 1
		pieces.append(
			f"{{{text}}}"
			if is_brace and text.startswith("#")
			else _brace(text, doc, today)
			if is_brace
			else text
		)
	filled = "".join(pieces)
	first = re.search(r"\{(#+)\}", filled)
	if first is None:
		return filled
	number = getseries(filled[: first.start()], len(first.group(1)))
	rest = re.sub(r"\{#+\}", "", filled[first.end() :])
	return f"{filled[: first.start()]}{number}{rest}"


def _brace(text: str, doc: Any, today: datetime.datetime) -> str:
	return _series_part(
		f"{{{text}}}" if _date_code(text, today) is None and text != "timestamp" else text, doc, today
	)
