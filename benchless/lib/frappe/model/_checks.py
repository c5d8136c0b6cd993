"""Field checks of a document about to be written, its own fields first and then its rows'."""

from typing import TYPE_CHECKING, Any

import frappe
from frappe import _, bold
from frappe.exceptions import (
	CannotChangeConstantError,
	CharacterLengthExceededError,
	MandatoryError,
	NonNegativeError,
	UpdateAfterSubmitError,
	ValidationError,
)
from frappe.model import table_fields
from frappe.utils.data import cint, cstr, flt, get_datetime, getdate, to_timedelta

if TYPE_CHECKING:
	from frappe.model.base_document import BaseDocument

INT_LIMIT = 2_147_483_647
_EMBEDDED = ("<img", "<video", "<iframe", "<audio")


def check_fields(doc: "BaseDocument") -> None:
	"""Everything a field alone can tell is right; texts are cleaned and secrets moved away."""
	rows = doc.get_all_children()
	check_mandatory(doc, rows)
	for d in (doc, *rows):
		_check_values(d)
	if (doc.meta.autoname or "").lower().startswith("field:"):
		doc.set(doc.meta.autoname[6:].strip(), doc.name)
	for d in (doc, *rows):
		_clean_texts(d)
		_keep_secrets(d)


def check_mandatory(doc: "BaseDocument", rows: list[Any]) -> None:
	"""MandatoryError naming every required field that is empty; each gets a message."""
	if doc.flags.ignore_mandatory:
		return
	missing: list[tuple[str, str]] = []
	for d in (doc, *rows):
		missing.extend(missing_fields(d))
	if not missing:
		return
	for _fieldname, message in missing:
		frappe.msgprint(message, title=_("Missing Fields"), indicator="red")
	names = ", ".join(fieldname for fieldname, _message in missing)
	raise MandatoryError(f"[{doc.doctype}, {doc.name}]: {names}")


def missing_fields(d: "BaseDocument") -> list[tuple[str, str]]:
	"""Required fields of one document that are empty, each with the sentence about it."""
	plan, values = d._plan, d.__dict__
	found: list[tuple[str, str]] = []
	for df in plan.mandatory_tables:
		if not values.get(df.fieldname):
			text = _("Error: {0}: {1} table has no rows").format(
				_(d.doctype), bold(_(df.label or df.fieldname))
			)
			found.append((df.fieldname, text))
	for df in plan.mandatory:
		value = values.get(df.fieldname)
		if value is None or value == [] or (isinstance(value, str) and _is_blank(value)):
			found.append((df.fieldname, _missing_text(d, df)))
	if d.meta.istable:
		for fieldname in ("parent", "parenttype"):
			if not values.get(fieldname):
				found.append((fieldname, f"{_('Error: Value missing for')} {_(d.doctype)}: {fieldname}"))
	return found


def _missing_text(d: "BaseDocument", df: Any) -> str:
	label = bold(_(df.label or df.fieldname))
	if d.get("parentfield"):
		return "{}: {} {} #{}: {}: {}".format(
			_("Error"), bold(_(d.doctype)), _("Row"), d.idx, _("Value missing for"), label
		)
	return _("Error: Value missing for {0}: {1}").format(_(d.doctype), label)


def _is_blank(text: str) -> bool:
	if "<" not in text:
		return not text.strip()
	if any(mark in text for mark in _EMBEDDED):
		return False
	return not frappe.utils.strip_html(text).strip()


def _check_values(d: "BaseDocument") -> None:
	plan, values = d._plan, d.__dict__
	for fieldname, options, df in plan.selects:
		value = values.get(fieldname)
		if value and not frappe.local.flags.in_import:
			_check_select(d, fieldname, options, df, value)
	for fieldname, limit, df in plan.lengths:
		value = values.get(fieldname)
		if value.__class__ is str and len(value) > limit:
			_refuse_length(d, df, value, limit)
	for fieldname, df in plan.integers:
		value = values.get(fieldname)
		if value and abs(cint(value)) > INT_LIMIT:
			_refuse_length(d, df, cstr(value), INT_LIMIT)
	for df in plan.non_negative:
		value = values.get(df.fieldname)
		if value and flt(value) < 0:
			frappe.throw(
				_("Value cannot be negative for {0}: {1}").format(*_place(d, df)),
				NonNegativeError,
				title=_("Negative Value"),
			)
	for df in plan.checked_data:
		if values.get(df.fieldname):
			_check_data(values[df.fieldname], df)
	for df in plan.code:
		if values.get(df.fieldname):
			_check_python(d, values[df.fieldname], df)
	for fieldname in plan.ratings:
		value = values.get(fieldname)
		if value is not None:
			values[fieldname] = min(max(flt(value), 0.0), 1.0)


def _place(d: "BaseDocument", df: Any) -> tuple[str, str]:
	row = f"{_('Row')} #{d.idx} " if d.get("parentfield") else ""
	return row + _(d.doctype), bold(_(df.label or df.fieldname))


def _check_select(d: "BaseDocument", fieldname: str, options: frozenset[str], df: Any, value: Any) -> None:
	if value in options:
		return
	value = cstr(value).strip()
	d.__dict__[fieldname] = value
	if value in options or (frappe.local.flags.in_test and value.startswith("_T-")):
		return
	prefix = f"{_('Row #{0}:').format(d.idx)} " if d.get("parentfield") else ""
	choices = '", "'.join(_(option) for option in df.options.split("\n") if option)
	frappe.throw(
		_('{0} {1} cannot be "{2}". It should be one of "{3}"').format(
			prefix, _(df.label or fieldname), value, choices
		)
	)


def _refuse_length(d: "BaseDocument", df: Any, value: str, limit: int) -> None:
	row = f"{_('Row')} #{d.idx}: " if d.get("parentfield") else ""
	frappe.throw(
		_("{0}: '{1}' ({3}) will get truncated, as max characters allowed is {2}").format(
			f"{row}{_(d.doctype)} {d.name}", _(df.label or df.fieldname), limit, value[:500]
		),
		CharacterLengthExceededError,
		title=_("Value too big"),
	)


def _check_data(value: Any, df: Any) -> None:
	match df.options:
		case "Email":
			for address in frappe.utils.split_emails(value):
				frappe.utils.validate_email_address(address, throw=True)
		case "Name":
			frappe.utils.validate_name(value, throw=True)
		case "Phone":
			frappe.utils.validate_phone_number(value, throw=True)
		case "URL":
			frappe.utils.validate_url(value, throw=True)


def _check_python(d: "BaseDocument", value: str, df: Any) -> None:
	try:
		compile(value.strip(), df.fieldname, "exec" if df.options == "Python" else "eval")
	except SyntaxError as error:
		place = ": ".join(_place(d, df))
		frappe.throw(f"{place}: {_('Invalid Python code in line {0}').format(error.lineno)}: {error.msg}")


def _clean_texts(d: "BaseDocument") -> None:
	"""Scripts and event attributes are gone from every text with angle brackets."""
	values = d.__dict__
	docstatus = values.get("docstatus") or 0
	if docstatus == 2 or frappe.local.flags.in_install:
		return
	for df in d._plan.cleaned:
		value = values.get(df.fieldname)
		if (
			value.__class__ is str
			and ("<" in value or ">" in value)
			and not (docstatus == 1 and not df.allow_on_submit)
		):
			values[df.fieldname] = frappe.utils.sanitize_html(value, linkify=df.fieldtype == "Text Editor")


def _keep_secrets(d: "BaseDocument") -> None:
	"""Secrets sit encrypted in their own table, the document keeps as many asterisks."""
	ignored = d.flags.ignore_save_passwords
	if not d._plan.passwords or ignored is True:
		return
	from frappe.utils.password import remove_encrypted_password, set_encrypted_password

	for fieldname in d._plan.passwords:
		if isinstance(ignored, list | tuple) and fieldname in ignored:
			continue
		secret = d.get(fieldname)
		if not secret:
			remove_encrypted_password(d.doctype, d.name, fieldname)
		elif not d.is_dummy_password(secret):
			set_encrypted_password(d.doctype, d.name, secret, fieldname)
			d.__dict__[fieldname] = "*" * len(secret)


def check_constants(doc: "BaseDocument", previous: "BaseDocument") -> None:
	"""CannotChangeConstantError when owner, creation or a set-only-once field is not as stored."""
	for fieldname in ("owner", "creation"):
		if cstr(doc.get(fieldname)) != cstr(previous.get(fieldname)):
			_refuse_constant(doc, doc.meta.get_label(fieldname))
	for df in doc._plan.constants:
		if df.fieldtype in table_fields:
			changed = not _same_rows(doc.get(df.fieldname) or [], previous.get(df.fieldname) or [])
		else:
			changed = not same_value(doc.get(df.fieldname), previous.get(df.fieldname), df)
		if changed:
			_refuse_constant(doc, df.label or df.fieldname)


def _refuse_constant(doc: "BaseDocument", label: str) -> None:
	frappe.throw(
		_("Value cannot be changed for {0}").format(bold(_(label))),
		CannotChangeConstantError,
		title=_(doc.doctype),
	)


def _same_rows(rows: list[Any], stored: list[Any]) -> bool:
	by_name = {row.name: row for row in stored}
	return len(rows) == len(stored) and all(
		row.name in by_name
		and all(
			same_value(row.get(df.fieldname), by_name[row.name].get(df.fieldname), df)
			for df in row.meta.fields
			if df.fieldname in row.meta._stored_fieldnames
		)
		for row in rows
	)


def same_value(value: Any, stored: Any, df: Any) -> bool:
	"""True when both mean the same in the field's type."""
	if value == stored or (value.__class__ is str and value == str(stored)):
		return True
	match df.fieldtype:
		case "Int" | "Check" | "Long Int":
			return bool(cint(value) == cint(stored))
		case "Float" | "Currency" | "Percent":
			return bool(round(flt(value), 9) == round(flt(stored), 9))
		case "Date" | "Datetime" | "Time":
			convert = _CONVERT[df.fieldtype]
			return bool(_moment(value, convert) == _moment(stored, convert))
	if isinstance(value, dict | list):
		return bool(value == frappe.parse_json(stored))
	return cstr(value) == cstr(stored)


_CONVERT = {"Date": getdate, "Datetime": get_datetime, "Time": to_timedelta}


def _moment(value: Any, convert: Any) -> Any:
	return convert(value) if value not in (None, "") else None


def check_after_submit(doc: "BaseDocument", previous: "BaseDocument") -> None:
	"""UpdateAfterSubmitError when a field without allow_on_submit differs from the stored copy."""
	if doc.flags.ignore_validate_update_after_submit:
		return
	_compare_submitted(doc, previous)
	for table in doc._plan.tables:
		rows, stored = doc.get(table.fieldname) or [], previous.get(table.fieldname) or []
		if not table.allow_on_submit and len(rows) != len(stored):
			_refuse_change(doc, table, len(stored), len(rows))
		by_name = {row.name: row for row in stored}
		for row in rows:
			if row.name in by_name and not row.is_new():
				_compare_submitted(row, by_name[row.name])
			elif not table.allow_on_submit:
				_refuse_change(doc, table, len(stored), len(rows))


def _compare_submitted(d: "BaseDocument", stored: "BaseDocument") -> None:
	for df in d.meta.fields:
		if df.allow_on_submit or df.fieldname not in d.meta._stored_fieldnames or df.fieldtype == "Password":
			continue
		old, new = stored.get(df.fieldname), d.get(df.fieldname)
		if not same_value(new, old, df):
			_refuse_change(d, df, old, new)


def _refuse_change(d: "BaseDocument", df: Any, old: Any, new: Any) -> None:
	row = f"{_('Row')} #{d.idx}: " if d.get("parentfield") else ""
	frappe.throw(
		row
		+ _("Not allowed to change {0} after submission from {1} to {2}").format(
			bold(_(df.label or df.fieldname)), bold(old), bold(new)
		),
		UpdateAfterSubmitError,
		title=_("Cannot Update After Submit"),
	)


def check_amended(doc: "BaseDocument") -> None:
	"""ValidationError when the document amends one that is not cancelled."""
	if doc.get("amended_from") and frappe.db.get_value(doc.doctype, doc.amended_from, "docstatus") != 2:
		frappe.throw(
			_("{0} cannot be amended because it is not cancelled. Please cancel it first.").format(
				frappe.get_desk_link(doc.doctype, str(doc.amended_from))
			),
			ValidationError,
			title=_("Amendment Not Allowed"),
		)
