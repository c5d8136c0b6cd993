"""A record in memory: its values, its child rows, and its form in the database."""

import weakref
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import frappe
from frappe.exceptions import DuplicateEntryError, UniqueValidationError
from frappe.model import _rows
from frappe.model._plan import BLANK_IS_NULL, CHECK, FLOAT, INT, JSON_TEXT, RAW, Plan
from frappe.model.docstatus import DocStatus
from frappe.utils.data import cint, flt

if TYPE_CHECKING:
	from typing_extensions import Self

	from frappe.model.meta import Meta

NOT_VALUES = frozenset({"meta", "flags", "_parent_doc", "_doc_before_save", "_plan"})
_MARKS = ("_user_tags", "__islocal", "__onload", "_liked_by", "__run_link_triggers", "__unsaved")
_CONTAINERS = (list, tuple, dict)


def _class_of(doc: "BaseDocument") -> Any:
	return doc.__class__


@lru_cache(maxsize=2048)
def _special_keys(controller: Any) -> frozenset[str]:
	"""Keys of a mapping that are not simply values of the class' documents."""
	members = (member for base in controller.__mro__ for member in vars(base).items())
	return NOT_VALUES | {key for key, own in members if isinstance(own, property)}


def get_controller(doctype: str) -> type["BaseDocument"]:
	"""The class of a DocType's documents: its controller, an app's override, or plain Document."""
	from frappe.model._controllers import controller_of

	return controller_of(doctype)


class BaseDocument:
	"""Values as attributes, rows as lists of documents. Nothing is converted until it is written."""

	doctype: str
	name: Any
	flags: "frappe._dict"

	if TYPE_CHECKING:

		def __getattr__(self, key: str) -> Any: ...

	def __init__(self, d: dict[str, Any]) -> None:
		values = self.__dict__
		doctype = d.get("doctype")
		if doctype:
			values["doctype"] = doctype
		values["flags"] = frappe._dict()
		values["meta"] = meta = frappe.local.meta_cache.get(self.doctype) or frappe.get_meta(self.doctype)
		values["_plan"] = plan = meta._plan
		values.update(plan.blank)
		for fieldname in plan.table_options:
			values[fieldname] = []
		self.update(d)

	@cached_property
	def meta(self) -> "Meta":
		return frappe.local.meta_cache.get(self.doctype) or frappe.get_meta(self.doctype)

	@cached_property
	def _plan(self) -> Plan:
		return self.meta._plan

	@property
	def docstatus(self) -> DocStatus:
		return DocStatus(self.__dict__.get("docstatus") or 0)

	@docstatus.setter
	def docstatus(self, value: Any) -> None:
		self.__dict__["docstatus"] = DocStatus(cint(value))

	@property
	def parent_doc(self) -> Any:
		"""The document this row belongs to, None for others."""
		reference = self.__dict__.get("_parent_doc")
		return reference() if reference else None

	@parent_doc.setter
	def parent_doc(self, value: Any) -> None:
		self.__dict__["_parent_doc"] = weakref.ref(value) if value is not None else None

	def __getstate__(self) -> dict[str, Any]:
		return {key: value for key, value in self.__dict__.items() if key not in NOT_VALUES}

	def __setstate__(self, state: dict[str, Any]) -> None:
		self.__dict__.update(state)
		self.__dict__["flags"] = frappe._dict()
		for fieldname in self._plan.table_options:
			for row in state.get(fieldname) or ():
				row.parent_doc = self

	def update(self, d: Any) -> "Self":
		"""Sets every value of a mapping; a list for a child table replaces its rows."""
		if isinstance(d, BaseDocument):
			d = d.__getstate__()
		values = self.__dict__
		tables = self._plan.table_options
		special = _special_keys(_class_of(self))
		if special.isdisjoint(d) and tables.keys().isdisjoint(d):
			values.update(d)
			return self
		for key, value in d.items():
			if key in tables:
				self.set(key, value)
			elif key == "docstatus":
				values[key] = value if value is not None else 0
			elif key == "flags" and isinstance(value, dict):
				values[key] = frappe._dict(value)
			elif key not in special:
				values[key] = value
		return self

	def update_if_missing(self, d: Any) -> None:
		"""Fills the fields that are None; standard columns are left alone."""
		if isinstance(d, BaseDocument):
			d = d.get_valid_dict()
		values = self.__dict__
		for key, value in d.items():
			if value is not None and values.get(key) is None and key not in ("name", "doctype", "parent"):
				self.set(key, value)

	def get(self, key: Any, filters: Any = None, limit: int | None = None, default: Any = None) -> Any:
		"""A value, or the rows of a table that fit `filters`; `default` where there is nothing."""
		if isinstance(key, dict):
			return _rows.matching(self.get_all_children(), key, limit)
		if filters is not None:
			if isinstance(filters, dict):
				return _rows.matching(self.__dict__.get(key) or [], filters, limit)
			default = filters
		if key == "docstatus":
			return self.docstatus
		value = self.__dict__.get(key, default)
		if (
			value is None
			and key not in self.__dict__
			and isinstance(getattr(type(self), key, None), property)
		):
			value = getattr(self, key)
		if limit and isinstance(value, list | tuple) and len(value) > limit:
			value = value[:limit]
		return value

	def getone(self, key: Any, filters: Any = None) -> Any:
		found = self.get(key, filters, limit=1)
		return found[0] if found else None

	def set(self, key: str, value: Any, as_value: bool = False) -> None:
		"""Sets a field; a list for a child table replaces its rows."""
		if key in self._plan.table_options and not as_value:
			self.__dict__[key] = []
			if value:
				self.extend(key, value)
		elif key == "docstatus" or key not in _special_keys(_class_of(self)):
			self.__dict__[key] = value
		elif key not in NOT_VALUES:
			setattr(self, key, value)

	def delete_key(self, key: str) -> None:
		self.__dict__.pop(key, None)

	def append(self, key: str, value: Any = None, position: int = -1) -> Any:
		"""A new row at the end of a table (or at `position`, the others move on). Returns the row."""
		rows = self.__dict__.get(key)
		if rows is None:
			if key not in self._plan.table_options:
				raise AttributeError(key)
			rows = self.__dict__[key] = []
		row = _rows.make_row(self, key, {} if value is None else value)
		if position == -1:
			rows.append(row)
			if not row.idx:
				row.idx = len(rows)
		else:
			rows.insert(position, row)
			_rows.renumber(rows)
		return row

	def extend(self, key: str, value: Iterable[Any]) -> None:
		if isinstance(value, str | bytes) or not isinstance(value, Iterable):
			raise ValueError(f"Document for field {key} attached to child table must be a list of rows")
		for row in list(value):
			self.append(key, row)

	def remove(self, doc: Any) -> None:
		"""Takes a row out of its table; it is deleted at save. The others are renumbered."""
		parentfield = doc.get("parentfield")
		if not parentfield:
			return
		rows = self.__dict__[parentfield]
		rows[:] = [row for row in rows if row is not doc]
		_rows.renumber(rows)

	def get_all_children(self, parenttype: str | None = None) -> list[Any]:
		"""Rows of all tables in field order."""
		values = self.__dict__
		found: list[Any] = []
		for fieldname, options in self._plan.table_options.items():
			if parenttype is None or options == parenttype:
				found.extend(values.get(fieldname) or ())
		return found

	def get_table_field_doctype(self, fieldname: str) -> str | None:
		return self._plan.table_options.get(fieldname)

	def get_parentfield_of_doctype(self, doctype: str) -> str | None:
		return next((name for name, options in self._plan.table_options.items() if options == doctype), None)

	def is_new(self) -> bool:
		"""True until the document is in the database."""
		return bool(self.__dict__.get("__islocal"))

	def get_valid_columns(self) -> list[str]:
		return self.meta.get_valid_columns()

	def init_valid_columns(self) -> None:
		values = self.__dict__
		for key, value in self._plan.blank.items():
			values.setdefault(key, value)

	def _column_values(self) -> list[Any]:
		"""Values in the order of the DocType's columns, converted as they are stored."""
		get = self.__dict__.get
		found: list[Any] = []
		add = found.append
		for name, kind in self._plan.columns:
			value = get(name)
			if kind == FLOAT:
				if value.__class__ is not float:
					value = flt(value) if value else 0.0
			elif kind != RAW:
				value = self._converted(name, kind, value)
			elif value.__class__ in _CONTAINERS:
				self._refuse_container(name, value)
			add(value)
		return found

	def _converted(self, name: str, kind: int, value: Any) -> Any:
		if kind == CHECK:
			return 1 if value is True or (value and cint(value)) else 0
		if kind == INT:
			return int(value) if isinstance(value, int) else cint(value)
		if kind == JSON_TEXT and isinstance(value, dict):
			return frappe.as_json(value, indent=None, separators=(",", ":"))
		if isinstance(value, _CONTAINERS):
			self._refuse_container(name, value)
		if kind == BLANK_IS_NULL and value == "":
			return None
		return value

	def _refuse_container(self, name: str, value: Any) -> None:
		if isinstance(value, dict):
			raise TypeError(f"{self.doctype}.{name} cannot hold a dict")
		frappe.throw(frappe._("Value for {0} cannot be a list").format(frappe._(self.meta.get_label(name))))

	def get_valid_dict(
		self,
		sanitize: bool = True,
		convert_dates_to_str: bool = False,
		ignore_nulls: bool = False,
		ignore_virtual: bool = False,
	) -> "frappe._dict":
		"""Columns with the values they are stored as; virtual fields computed."""
		plan = self._plan
		found = frappe._dict(zip(plan.column_names, self._column_values(), strict=True))
		if not ignore_virtual:
			for df in plan.virtual:
				found[df.fieldname] = self._virtual_value(df)
		if convert_dates_to_str:
			for key, value in found.items():
				if hasattr(value, "isoformat") or value.__class__.__name__ == "timedelta":
					found[key] = str(value)
		if ignore_nulls:
			return frappe._dict({key: value for key, value in found.items() if value is not None})
		return found

	def _virtual_value(self, df: Any) -> Any:
		own = getattr(type(self), df.fieldname, None)
		if isinstance(own, property | cached_property):
			return getattr(self, df.fieldname)
		if df.options:
			return frappe.safe_eval(df.options, eval_locals={"doc": self})
		return None

	def as_dict(
		self,
		no_nulls: bool = False,
		no_default_fields: bool = False,
		convert_dates_to_str: bool = False,
		no_child_table_fields: bool = False,
		no_private_properties: bool = False,
	) -> "frappe._dict":
		"""All columns and rows as plain values, with `doctype`."""
		doc = self.get_valid_dict(convert_dates_to_str=convert_dates_to_str, ignore_nulls=no_nulls)
		values = self.__dict__
		doc["doctype"] = self.doctype
		for fieldname in self._plan.table_options:
			doc[fieldname] = [
				row.as_dict(
					convert_dates_to_str=convert_dates_to_str,
					no_nulls=no_nulls,
					no_default_fields=no_default_fields,
					no_child_table_fields=no_child_table_fields,
					no_private_properties=no_private_properties,
				)
				for row in values.get(fieldname) or ()
			]
		if no_default_fields:
			for key in frappe.model.default_fields:
				doc.pop(key, None)
		if no_child_table_fields:
			for key in frappe.model.child_table_fields:
				doc.pop(key, None)
		if not no_private_properties:
			for key in _MARKS:
				if values.get(key):
					doc[key] = values[key]
		return doc

	def as_json(self) -> str:
		return frappe.as_json(self.as_dict())

	def get_db_value(self, key: str) -> Any:
		return frappe.db.get_value(self.doctype, self.name, key)

	def db_insert(self, ignore_if_duplicate: bool = False) -> None:
		"""The row is written as it stands, without checks or events."""
		if not self.name:
			from frappe.model.naming import set_new_name

			set_new_name(self)
		values = self.__dict__
		plan = self._plan
		try:
			_rows.insert_many(self.doctype, plan.column_names, [self._column_values()])
		except Exception as error:
			self._explain_conflict(error, ignore_if_duplicate)
			return
		values.pop("__islocal", None)

	def db_update(self) -> None:
		"""The row is overwritten as it stands, without checks or events."""
		if self.is_new() or not self.name:
			self.db_insert()
			return
		try:
			_rows.update_many(self.doctype, self._plan, [self._column_values()])
		except Exception as error:
			self._explain_conflict(error, ignore_if_duplicate=False)

	def db_update_all(self) -> None:
		self.db_update()
		for row in self.get_all_children():
			row.db_update()

	def _explain_conflict(self, error: Exception, ignore_if_duplicate: bool) -> None:
		"""Raises the named error for a key that is taken; other errors go on as they are."""
		if frappe.db.is_primary_key_violation(error) or self._takes_a_name_twice(error):
			if ignore_if_duplicate:
				return
			text = frappe._("{0} {1} already exists").format(frappe._(self.doctype), frappe.bold(self.name))
			frappe.msgprint(text, title=frappe._("Duplicate Name"), indicator="red")
			raise DuplicateEntryError(self.doctype, self.name, error) from error
		if frappe.db.is_unique_key_violation(error):
			self.show_unique_validation_message(error)
		raise error

	def _takes_a_name_twice(self, error: Exception) -> bool:
		"""The name is taken as well: that is what counts, whichever index SQLite looked at first."""
		if not (self.is_new() and frappe.db.is_unique_key_violation(error)):
			return False
		return bool(frappe.db.exists(self.doctype, self.name))

	def show_unique_validation_message(self, error: Exception) -> None:
		text = str(error)
		fieldname = next(
			(df.fieldname for df in self.meta.fields if df.unique and f".{df.fieldname}" in text), None
		)
		label = frappe._(self.meta.get_label(fieldname)) if fieldname else None
		message = frappe._("{0} must be unique").format(label) if label else text
		frappe.msgprint(message, title=frappe._("Message"), indicator="red")
		raise UniqueValidationError(self.doctype, self.name, error) from error

	def precision(self, fieldname: str, parentfield: str | None = None) -> int | None:
		"""Decimals of a numeric field, None for other kinds."""
		from frappe.model.meta import get_field_precision

		if parentfield and not isinstance(parentfield, str):
			parentfield = parentfield.parentfield
		options = self._plan.table_options.get(parentfield) if parentfield else None
		meta = frappe.get_meta(options) if options else self.meta
		df = meta.get_field(fieldname)
		if df and df.fieldtype in ("Currency", "Float", "Percent"):
			return get_field_precision(df, self)
		return None

	def get_formatted(
		self,
		fieldname: str,
		doc: Any = None,
		currency: str | None = None,
		absolute_value: bool = False,
		**_kw: Any,
	) -> str:
		"""The value as people read it."""
		value = self.get(fieldname)
		if absolute_value and isinstance(value, int | float):
			value = abs(value)
		return str(frappe.format_value(value, self.meta.get_field(fieldname), doc or self, currency))

	def get_password(self, fieldname: str = "password", raise_exception: bool = True) -> str | None:
		"""The secret of a Password field in clear."""
		from frappe.utils.password import get_decrypted_password

		if self.get(fieldname) and not self.is_dummy_password(self.get(fieldname)):
			return str(self.get(fieldname))
		secret = get_decrypted_password(self.doctype, self.name, fieldname, raise_exception=raise_exception)
		return str(secret) if secret is not None else None

	def is_dummy_password(self, pwd: str) -> bool:
		return not pwd.replace("*", "")

	def get_label_from_fieldname(self, fieldname: str) -> str | None:
		df = self.meta.get_field(fieldname)
		return df.label if df else None

	def cast(self, value: Any, df: Any) -> Any:
		"""The value in its field's type."""
		return frappe.utils.data.cast(df.fieldtype, value)
