"""Metadata of DocTypes: `frappe.get_meta(doctype)`.

Shared by all requests of a process, per site. A file in the site's folder holds a stamp that changes with
every change of metadata, so that other processes notice at their next request.
"""

import os
import uuid
from functools import cached_property
from typing import Any, NamedTuple

import frappe
from frappe.exceptions import DoesNotExistError
from frappe.model import child_table_fields, data_fieldtypes, no_value_fields, table_fields
from frappe.model._meta_source import read_rows
from frappe.model._plan import Plan, make_plan
from frappe.model.document import Document

DEFAULT_FIELD_LABELS = {
	"name": "ID",
	"creation": "Created On",
	"docstatus": "Document Status",
	"idx": "Index",
	"modified": "Last Updated On",
	"modified_by": "Last Updated By",
	"owner": "Created By",
	"_user_tags": "Tags",
	"_liked_by": "Liked By",
	"_comments": "Comments",
	"_assign": "Assigned To",
}

_shared: dict[str, tuple[str, dict[str, "Meta"]]] = {}


class Meta(Document):
	"""A DocType with its fields, Custom Fields included."""

	_metaclass = True

	def __init__(self, raw: dict[str, Any]) -> None:
		values = self.__dict__
		values.update(raw)
		values["doctype"] = "DocType"
		values["flags"] = frappe._dict()
		values["fields"] = [self._row("DocField", row) for row in raw["fields"]]
		values["permissions"] = [self._row("DocPerm", row) for row in raw["permissions"]]
		self._fields: dict[str, Any] = {df.fieldname: df for df in values["fields"]}

	def _row(self, doctype: str, values: dict[str, Any]) -> Document:
		row = _row_class(doctype).__new__(_row_class(doctype))
		row.__dict__.update(values)
		row.__dict__.update(doctype=doctype, flags=frappe._dict())
		return row

	def __repr__(self) -> str:
		return f"<Meta: {self.name}>"

	@cached_property
	def _plan(self) -> Plan:
		return make_plan(self)

	@cached_property
	def _stored_fieldnames(self) -> frozenset[str]:
		return frozenset(
			df.fieldname for df in self.fields if df.fieldtype in data_fieldtypes and not df.is_virtual
		)

	@cached_property
	def _valid_columns(self) -> list[str]:
		standard = ["name", "owner", "creation", "modified", "modified_by", "docstatus", "idx"]
		stored = [df.fieldname for df in self.fields if df.fieldname in self._stored_fieldnames]
		columns = [*standard, *stored]
		if self.istable:
			columns += [column for column in child_table_fields if column not in columns]
		return columns

	def get_field(self, fieldname: str) -> Any:
		"""The DocField, or None."""
		return self._fields.get(fieldname)

	def has_field(self, fieldname: str) -> bool:
		return fieldname in self._fields

	def get_label(self, fieldname: str) -> str:
		"""What people call the field; a standard column has a label too."""
		if df := self._fields.get(fieldname):
			return str(df.label or df.fieldname)
		return DEFAULT_FIELD_LABELS.get(fieldname, "No Label")

	def get_options(self, fieldname: str) -> Any:
		return self._fields[fieldname].options

	def get_valid_columns(self) -> list[str]:
		return list(self._valid_columns)

	def get_valid_fields(self) -> list[str]:
		return [df.fieldname for df in self.fields if df.fieldtype in data_fieldtypes]

	def get_table_fields(self) -> list[Any]:
		return [df for df in self.fields if df.fieldtype in table_fields]

	def get_table_field_doctype(self, fieldname: str) -> str | None:
		df = self._fields.get(fieldname)
		return df.options if df and df.fieldtype in table_fields else None

	def get_link_fields(self) -> list[Any]:
		return [df for df in self.fields if df.fieldtype == "Link" and df.options != "[Select]"]

	def get_dynamic_link_fields(self) -> list[Any]:
		return [df for df in self.fields if df.fieldtype == "Dynamic Link"]

	def get_select_fields(self) -> list[Any]:
		ignored = ("[Select]", "Loading...", "attach_files:")
		return [df for df in self.fields if df.fieldtype == "Select" and df.options not in ignored]

	def get_data_fields(self) -> list[Any]:
		return [df for df in self.fields if df.fieldtype == "Data"]

	def get_code_fields(self) -> list[Any]:
		return [df for df in self.fields if df.fieldtype == "Code"]

	def get_phone_fields(self) -> list[Any]:
		return [df for df in self.fields if df.fieldtype == "Phone"]

	def get_set_only_once_fields(self) -> list[Any]:
		return [df for df in self.fields if df.set_only_once]

	def get_image_fields(self) -> list[Any]:
		return [df for df in self.fields if df.fieldtype == "Attach Image"]

	def get_global_search_fields(self) -> list[Any]:
		return [df for df in self.fields if df.in_global_search and df.fieldtype not in no_value_fields]

	def get_virtual_fields(self) -> list[Any]:
		return [df for df in self.fields if df.is_virtual]

	def get_naming_series_options(self) -> list[str]:
		df = self._fields.get("naming_series")
		return str(df.options or "").split("\n") if df else []

	def get_list_fields(self) -> list[str]:
		shown = [df.fieldname for df in self.fields if df.in_list_view and df.fieldtype in data_fieldtypes]
		return list(dict.fromkeys(["name", *shown, *([self.title_field] if self.title_field else [])]))

	def get_title_field(self) -> str:
		"""The field whose value people know a document by; 'name' when there is none."""
		return str(self.title_field or ("title" if self.has_field("title") else "name"))

	def get_search_fields(self) -> list[str]:
		fields = [part.strip() for part in (self.search_fields or "").split(",") if part.strip()]
		return fields if "name" in fields else ["name", *fields]

	def get_translated_fields(self) -> list[str]:
		return [df.fieldname for df in self.fields if df.translatable]

	def is_translatable(self, fieldname: str) -> bool:
		df = self._fields.get(fieldname)
		return bool(df and df.translatable)

	def get_high_permlevel_fields(self) -> list[Any]:
		return list(self._plan.high_levels)

	def get_permissions(self, parenttype: str | None = None) -> list[Any]:
		"""Permission rows; those of the parent for a child DocType."""
		if self.istable and parenttype:
			return list(get_meta(parenttype).permissions)
		return [] if self.istable else list(self.permissions)

	def get_permlevel_access(
		self, permission_type: str = "read", parenttype: str | None = None, *, user: str | None = None
	) -> list[int]:
		"""Levels on which the user's roles grant the right."""
		roles = set(frappe.get_roles(user))
		levels = {
			perm.permlevel
			for perm in self.get_permissions(parenttype)
			if perm.role in roles and perm.get(permission_type)
		}
		return list(levels)

	def get_permitted_fieldnames(
		self,
		parenttype: str | None = None,
		*,
		user: str | None = None,
		permission_type: str | None = "read",
		with_virtual_fields: bool = True,
	) -> list[str]:
		"""Fields on a level the user may read (or `permission_type`); only search fields for 'select'."""
		permission_type = permission_type or "read"
		names = [
			df.fieldname
			for df in self.fields
			if df.fieldname in self._stored_fieldnames or (with_virtual_fields and df.is_virtual)
		]
		if self.istable and not parenttype:
			return []
		if permission_type == "select":
			wanted = {*self.get_search_fields(), self.get_title_field()}
			return [name for name in names if name in wanted]
		if (user or frappe.session.user) == "Administrator":
			return names
		levels = {0, *self.get_permlevel_access(permission_type, parenttype, user=user)}
		return [name for name in names if self._fields[name].permlevel in levels]

	def get_workflow(self) -> str:
		"""Name of the DocType's active Workflow, or ''."""
		from frappe.model.workflow import get_workflow_name

		return str(get_workflow_name(self.name) or "")

	def get_naming_series(self) -> str | None:
		return next(iter(self.get_naming_series_options()), None)

	def as_dict(  # type: ignore[override]
		self, no_nulls: bool = False, **_options: Any
	) -> "frappe._dict":
		values = frappe._dict(
			{key: value for key, value in self.__dict__.items() if key in self._plain_keys and key != "flags"}
		)
		values.doctype = "DocType"
		for key in ("fields", "permissions"):
			values[key] = [_row_dict(row, no_nulls) for row in self.__dict__[key]]
		if no_nulls:
			return frappe._dict({key: value for key, value in values.items() if value is not None})
		return values

	@property
	def _plain_keys(self) -> set[str]:
		return {key for key, value in self.__dict__.items() if isinstance(value, str | int | float | None)}


def _row_dict(row: Document, no_nulls: bool) -> "frappe._dict":
	return frappe._dict(
		{
			key: value
			for key, value in row.__dict__.items()
			if key not in ("flags", "meta") and not (no_nulls and value is None)
		}
	)


def _row_class(doctype: str) -> type[Document]:
	if doctype == "DocField":
		from frappe.core.doctype.docfield.docfield import DocField

		return DocField
	from frappe.core.doctype.docperm.docperm import DocPerm

	return DocPerm


def get_meta(doctype: "str | Meta | Document", cached: bool = True) -> Meta:
	"""Metadata of a DocType. Unknown: DoesNotExistError."""
	name: str = doctype if isinstance(doctype, str) else str(doctype.doctype)
	metas: dict[str, Meta] = frappe.local.meta_cache
	if cached:
		meta = metas.get(name)
		if meta is not None:
			return meta
		meta = _shared_metas().get(name)
		if meta is None:
			meta = load_meta(name)
			if not getattr(frappe.local, "meta_is_dirty", False):
				_shared_metas()[name] = meta
		metas[name] = meta
		return meta
	return load_meta(name)


def load_meta(doctype: str) -> Meta:
	raw = read_rows(doctype)
	if raw is None:
		from frappe._messages import _, throw

		frappe.local.flags.error_message = _("DocType {0} not found").format(doctype)
		throw(
			frappe.local.flags.error_message,
			DoesNotExistError(frappe.local.flags.error_message, doctype="DocType"),
		)
	return Meta(raw)


def _shared_metas() -> dict[str, Meta]:
	"""The process' metadata of this site; empty when the stamp has moved since. Looked up once per `init`."""
	metas: dict[str, Meta] | None = getattr(frappe.local, "shared_metas", None)
	if metas is not None:
		return metas
	if not frappe.local.site_path:
		metas = {}
	else:
		site = os.path.abspath(frappe.local.site_path)
		stamp = frappe.read_file(_stamp_path()) or ""
		known_stamp, metas = _shared.get(site, (None, {}))
		if known_stamp != stamp:
			metas = {}
			_shared[site] = (stamp, metas)
	frappe.local.shared_metas = metas
	return metas


def _stamp_path() -> str:
	return os.path.join(frappe.local.site_path, "locks", "metadata_stamp")


def clear_meta_cache(doctype: str = "*") -> None:
	"""Metadata is read again from here on; by other processes once this transaction is committed."""
	local = frappe.local
	local.meta_cache = {}
	local.shared_metas = {}
	local.doctype_tables = None
	if getattr(local, "db", None) is None:
		_move_stamp()
	elif not getattr(local, "meta_is_dirty", False):
		local.meta_is_dirty = True
		local.db.after_commit.add(_move_stamp)
		local.db.after_rollback.add(_forget_uncommitted)


def _move_stamp() -> None:
	if frappe.local.site_path and os.path.isdir(frappe.local.site_path):
		path = _stamp_path()
		os.makedirs(os.path.dirname(path), exist_ok=True)
		with open(path, "w", encoding="utf-8") as file:
			file.write(uuid.uuid4().hex)
	_forget_uncommitted()


def _forget_uncommitted() -> None:
	frappe.local.meta_is_dirty = False
	frappe.local.meta_cache = {}
	if hasattr(frappe.local, "shared_metas"):
		del frappe.local.shared_metas


def is_single(doctype: str) -> bool:
	return bool(get_meta(doctype).issingle)


def get_parent_dt(dt: str) -> str:
	"""A DocType that has `dt` as child table, or ''."""
	parent = frappe.db.get_value(
		"DocField", {"fieldtype": ["in", table_fields], "options": dt}, "parent", order_by="creation asc"
	)
	return str(parent or "")


def get_field_precision(df: Any, doc: Any = None, currency: str | None = None) -> int:
	"""Decimals of a numeric field: its own, else the system's."""
	if df is not None and df.precision:
		return int(df.precision)
	if df is not None and df.fieldtype == "Currency":
		precision = frappe.get_system_settings("currency_precision")
		return int(precision) if precision else 2
	return int(frappe.get_system_settings("float_precision") or 3)


def get_default_df(fieldname: str) -> Any:
	"""A made-up DocField for a standard column."""
	if fieldname in ("creation", "modified"):
		return frappe._dict(fieldname=fieldname, fieldtype="Datetime")
	if fieldname in ("idx", "docstatus"):
		return frappe._dict(fieldname=fieldname, fieldtype="Int")
	if fieldname in ("name", "owner", "modified_by", *child_table_fields):
		return frappe._dict(fieldname=fieldname, fieldtype="Data")
	return None


class _LinkSource(NamedTuple):
	"""A Link or Dynamic Link field somewhere on the site."""

	doctype: str
	fieldname: str
	issingle: bool
	type_field: str = ""


def _linked_fields(target: str) -> list[_LinkSource]:
	"""Fields that link to a DocType; all Dynamic Links for `*dynamic*`."""
	found: dict[str, list[_LinkSource]] | None = getattr(frappe.local, "linked_fields", None)
	metas = _shared_metas()
	if found is None or frappe.local.linked_fields_of is not metas:
		found = frappe.local.linked_fields = _all_linked_fields()
		frappe.local.linked_fields_of = metas
	return found.get(target, [])


def _all_linked_fields() -> dict[str, list[_LinkSource]]:
	query = """
		select {owner}, field.fieldname, field.fieldtype, field.options, doctype.issingle
		from `tab{table}` field inner join `tabDocType` doctype on doctype.name = {owner}
		where field.fieldtype in ('Link', 'Dynamic Link') and field.options is not null
			and doctype.is_virtual = 0 and field.is_virtual = 0
	"""
	found: dict[str, list[_LinkSource]] = {}
	for owner, table in (("field.parent", "DocField"), ("field.dt", "Custom Field")):
		for doctype, fieldname, kind, options, issingle in frappe.db.sql(
			query.format(owner=owner, table=table)
		):
			if kind == "Link":
				found.setdefault(options, []).append(_LinkSource(doctype, fieldname, bool(issingle)))
			else:
				found.setdefault("*dynamic*", []).append(
					_LinkSource(doctype, fieldname, bool(issingle), type_field=options)
				)
	return found
