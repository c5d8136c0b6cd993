"""Kinds of fields, and the columns every table has."""

from typing import Any

data_fieldtypes = (
	"Currency",
	"Int",
	"Long Int",
	"Float",
	"Percent",
	"Check",
	"Small Text",
	"Long Text",
	"Code",
	"Text Editor",
	"Markdown Editor",
	"HTML Editor",
	"Date",
	"Datetime",
	"Time",
	"Text",
	"Data",
	"Link",
	"Dynamic Link",
	"Password",
	"Select",
	"Rating",
	"Read Only",
	"Attach",
	"Attach Image",
	"Signature",
	"Color",
	"Barcode",
	"Geolocation",
	"Duration",
	"Icon",
	"Phone",
	"Autocomplete",
	"JSON",
)

table_fields = ("Table", "Table MultiSelect")
attachment_fieldtypes = ("Attach", "Attach Image")
float_like_fields = {"Float", "Currency", "Percent"}
numeric_fieldtypes = ("Currency", "Int", "Long Int", "Float", "Percent", "Check")
datetime_fields = {"Datetime", "Date", "Time"}
display_fieldtypes = (
	"Section Break",
	"Column Break",
	"Tab Break",
	"HTML",
	"Button",
	"Image",
	"Fold",
	"Heading",
)
no_value_fields = (*display_fieldtypes, *table_fields)

default_fields = ("doctype", "name", "owner", "creation", "modified", "modified_by", "docstatus", "idx")
child_table_fields = ("parent", "parentfield", "parenttype")
optional_fields = ("_user_tags", "_comments", "_assign", "_liked_by", "_seen")

core_doctypes_list = (
	"DefaultValue",
	"DocType",
	"DocField",
	"DocPerm",
	"Custom Field",
	"Custom DocPerm",
	"Property Setter",
	"User",
	"Role",
	"Has Role",
	"Page",
	"Module Def",
	"Patch Log",
)

log_types = ("Version", "Error Log", "Scheduled Job Log", "Activity Log", "Deleted Document")

std_fields: list[dict[str, Any]] = [
	{"fieldname": "name", "fieldtype": "Link", "label": "ID"},
	{"fieldname": "owner", "fieldtype": "Link", "label": "Created By", "options": "User"},
	{"fieldname": "idx", "fieldtype": "Int", "label": "Index"},
	{"fieldname": "creation", "fieldtype": "Datetime", "label": "Created On"},
	{"fieldname": "modified", "fieldtype": "Datetime", "label": "Last Updated On"},
	{"fieldname": "modified_by", "fieldtype": "Link", "label": "Last Updated By", "options": "User"},
	{"fieldname": "_user_tags", "fieldtype": "Data", "label": "Tags"},
	{"fieldname": "_liked_by", "fieldtype": "Data", "label": "Liked By"},
	{"fieldname": "_comments", "fieldtype": "Text", "label": "Comments"},
	{"fieldname": "_assign", "fieldtype": "Text", "label": "Assigned To"},
	{"fieldname": "docstatus", "fieldtype": "Int", "label": "Document Status"},
]


def get_permitted_fields(
	doctype: str,
	parenttype: str | None = None,
	user: str | None = None,
	permission_type: str | None = None,
	*,
	ignore_virtual: bool = False,
) -> list[str]:
	"""Columns of a DocType the user may read (or `permission_type`), standard columns first."""
	from frappe.model.meta import get_meta

	meta = get_meta(doctype)
	if doctype in core_doctypes_list:
		return meta.get_valid_columns()
	permitted = set(
		meta.get_permitted_fieldnames(
			parenttype=parenttype,
			user=user,
			permission_type=permission_type,
			with_virtual_fields=not ignore_virtual,
		)
	)
	if not permitted:
		return []
	own = [column for column in meta.get_valid_columns() if not meta.has_field(column)]
	return [*own, *(f.fieldname for f in meta.fields if f.fieldname in permitted)]
