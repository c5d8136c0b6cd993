"""Tables of DocTypes: made, and kept in step with their fields. Columns are added, never dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from frappe.database._structure import _index_key
from frappe.utils._numbers import cint, flt

if TYPE_CHECKING:
	from frappe.database.database import Database

VARCHAR_LENGTH = 140
LONGEST_INT = 11

_SHORT_TEXT = frozenset(
	{
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
)
_TEXT = frozenset({"Small Text", "Attach", "Attach Image", "Password"})
_LONG_TEXT = frozenset(
	{
		"Text",
		"Long Text",
		"Text Editor",
		"Code",
		"HTML Editor",
		"Markdown Editor",
		"JSON",
		"Signature",
		"Barcode",
		"Geolocation",
	}
)
_REAL = frozenset({"Currency", "Float", "Percent"})
_MOMENTS = {"Date": "date", "Datetime": "datetime", "Time": "time"}
_NOT_LITERAL = frozenset(
	{"Today", "__today", "Now", "now", "__user", "_Login", "_Full Name", "None"},
)

_BASE_TABLES = (
	"""CREATE TABLE IF NOT EXISTS `tabSingles` (
		`doctype` varchar(255) COLLATE NOCASE, `field` varchar(255) COLLATE NOCASE, `value` longtext)""",
	"""CREATE INDEX IF NOT EXISTS `tabSingles.singles_doctype_field_index`
		ON `tabSingles` (`doctype`, `field`)""",
	"""CREATE TABLE IF NOT EXISTS `tabSeries` (
		`name` varchar(100) COLLATE NOCASE PRIMARY KEY, `current` int NOT NULL DEFAULT 0)""",
	"""CREATE TABLE IF NOT EXISTS `__Auth` (
		`doctype` varchar(140) COLLATE NOCASE NOT NULL, `name` varchar(255) COLLATE NOCASE NOT NULL,
		`fieldname` varchar(140) NOT NULL, `password` text NOT NULL, `encrypted` int NOT NULL DEFAULT 0,
		PRIMARY KEY (`doctype`, `name`, `fieldname`))""",
	"""CREATE TABLE IF NOT EXISTS `tabSessions` (
		`user` varchar(255) COLLATE NOCASE, `sid` varchar(255) PRIMARY KEY, `sessiondata` longtext,
		`ipaddress` varchar(45), `lastupdate` datetime(6), `status` varchar(20))""",
	"CREATE INDEX IF NOT EXISTS `tabSessions.user` ON `tabSessions` (`user`)",
)


@dataclass(frozen=True)
class Column:
	"""A column as it should be."""

	name: str
	kind: str
	default: str | None = None
	required: bool = False
	extra: str = ""

	@property
	def sql(self) -> str:
		"""The column's definition."""
		parts = [f"`{self.name}`", self.kind]
		if self.required:
			parts.append("NOT NULL")
		if self.default is not None:
			parts.append(f"DEFAULT {self.default}")
		if self.extra:
			parts.append(self.extra)
		return " ".join(parts)


def _text_column(name: str, kind: str, default: str | None = None, extra: str = "") -> Column:
	return Column(name, kind, default, extra=f"COLLATE NOCASE {extra}".strip())


def _quoted(text: Any) -> str:
	return "'" + str(text).replace("'", "''") + "'"


def column_of(field: Any) -> Column | None:
	"""The column that holds a DocField's values; None when nothing is stored."""
	name, fieldtype, length = field.fieldname, field.fieldtype, cint(field.get("length"))
	default = field.get("default")
	literal = (
		default not in (None, "") and str(default) not in _NOT_LITERAL and not str(default).startswith(":")
	)
	if cint(field.get("is_virtual")):
		return None
	if fieldtype in _SHORT_TEXT:
		return _text_column(
			name, f"varchar({length or VARCHAR_LENGTH})", _quoted(default) if literal else None
		)
	if fieldtype in _TEXT:
		return _text_column(name, "text")
	if fieldtype in _LONG_TEXT:
		check = f"CHECK (`{name}` IS NULL OR json_valid(`{name}`))" if fieldtype == "JSON" else ""
		return _text_column(name, "longtext", extra=check)
	if fieldtype in ("Int", "Check", "Long Int"):
		kind = "bigint" if fieldtype == "Long Int" or length > LONGEST_INT else "int"
		return Column(name, kind, str(cint(default)), required=True)
	if fieldtype in _REAL:
		return Column(name, "real", str(flt(default)), required=True)
	if fieldtype == "Rating":
		return Column(name, "real", "0", required=True)
	if fieldtype == "Duration":
		return Column(name, "real")
	if fieldtype in _MOMENTS:
		return Column(name, _MOMENTS[fieldtype])
	return None


def columns_of(meta: Any) -> list[Column]:
	"""Every column the DocType's table needs, standard columns first."""
	if meta.autoname == "autoincrement":
		name = Column("name", "INTEGER", extra="PRIMARY KEY AUTOINCREMENT")
	else:
		name = Column("name", "varchar(140)", required=True, extra="PRIMARY KEY COLLATE NOCASE")
	columns = [
		name,
		Column("creation", "datetime"),
		Column("modified", "datetime"),
		_text_column("modified_by", "varchar(140)"),
		_text_column("owner", "varchar(140)"),
		Column("docstatus", "int", "0", required=True),
		Column("idx", "int", "0", required=True),
	]
	if cint(meta.istable):
		columns += [_text_column(field, "varchar(140)") for field in ("parent", "parentfield", "parenttype")]
	else:
		columns += [
			_text_column(field, "text") for field in ("_user_tags", "_comments", "_assign", "_liked_by")
		]
	known = {column.name for column in columns}
	for field in meta.get("fields") or []:
		column = column_of(field)
		if column and column.name not in known:
			known.add(column.name)
			columns.append(column)
	return columns


class Table:
	"""The table of one DocType, as it is and as it should be."""

	def __init__(self, db: Database, doctype: str, meta: Any) -> None:
		self._db = db
		self._meta = meta
		self._doctype = doctype
		self._name = f"tab{doctype}"

	def sync(self) -> None:
		"""The table has every column and index the DocType asks for."""
		wanted = columns_of(self._meta)
		present = self._db._column_types(self._name)
		if not present:
			self._change(f"CREATE TABLE `{self._name}` ({', '.join(column.sql for column in wanted)})")
		else:
			self._mend(wanted, present)
		self._index()

	def _mend(self, wanted: list[Column], present: dict[str, str]) -> None:
		spelled = {name.lower(): kind for name, kind in present.items()}
		missing = [column for column in wanted if column.name.lower() not in spelled]
		changed = [
			column
			for column in wanted
			if column.name.lower() in spelled
			and _family(spelled[column.name.lower()]) != _family(column.kind)
		]
		if changed:
			self._rebuild(wanted, present)
			return
		for column in missing:
			self._change(f"ALTER TABLE `{self._name}` ADD COLUMN {column.sql}")

	def _rebuild(self, wanted: list[Column], present: dict[str, str]) -> None:
		"""SQLite cannot change a column's type: the rows move to a new table, columns without field too."""
		names = {column.name.lower() for column in wanted}
		columns = wanted + [Column(n, k) for n, k in present.items() if n.lower() not in names]
		spelled = {name.lower() for name in present}
		kept = [column for column in columns if column.name.lower() in spelled]
		source = ", ".join(
			f"IFNULL(`{c.name}`, {c.default})" if c.required and c.default is not None else f"`{c.name}`"
			for c in kept
		)
		target = ", ".join(f"`{column.name}`" for column in kept)
		moved = f"{self._name} moving"
		self._change(f"CREATE TABLE `{moved}` ({', '.join(column.sql for column in columns)})")
		self._change(f"INSERT INTO `{moved}` ({target}) SELECT {source} FROM `{self._name}`")
		self._change(f"DROP TABLE `{self._name}`")
		self._change(f"ALTER TABLE `{moved}` RENAME TO `{self._name}`")

	def _index(self) -> None:
		present = {
			row[0]
			for row in self._db._execute(
				"SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", (self._name,)
			)
		}
		plain = ["parent" if cint(self._meta.istable) else "modified"]
		for field in self._meta.get("fields") or []:
			if column_of(field) is None:
				continue
			unique = _index_key(self._name, f"unique_{field.fieldname}")
			if cint(field.get("unique")):
				if unique not in present:
					self._change(f"CREATE UNIQUE INDEX `{unique}` ON `{self._name}` (`{field.fieldname}`)")
			else:
				if unique in present:
					self._change(f"DROP INDEX `{unique}`")
				if cint(field.get("search_index")):
					plain.append(field.fieldname)
		for column in plain:
			key = _index_key(self._name, column)
			if key not in present:
				self._change(f"CREATE INDEX `{key}` ON `{self._name}` (`{column}`)")

	def _change(self, sql: str) -> None:
		self._db._lock()
		self._db._execute(sql)
		self._db._forget_structure()


def _family(kind: str) -> str:
	"""Types whose values are stored and read alike."""
	name = kind.split("(")[0].strip().lower()
	return {"varchar": "text", "longtext": "text", "bigint": "int", "integer": "int"}.get(name, name)


def create_base_tables(db: Database) -> None:
	"""The tables that are no DocType's exist."""
	db._lock()
	for sql in _BASE_TABLES:
		db._execute(sql)
	db._forget_structure()


def sync_doctype(db: Database, doctype: str, meta: Any) -> None:
	"""The DocType has its table, unless it needs none (Single, virtual)."""
	if cint(meta.issingle) or cint(meta.get("is_virtual")):
		return
	Table(db, doctype, meta).sync()
