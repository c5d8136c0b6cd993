"""The tables of one query: its own, and those its fields and filters reach into."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import frappe
from frappe.database._filters import is_plain

if TYPE_CHECKING:
	from frappe.database._structure import Structure

_QUALIFIED = re.compile(r"`?tab(?P<doctype>[^`.]+)`?\.`?(?P<field>\w+)`?\Z")
_DOTTED = re.compile(r"(?P<link>\w+)\.(?P<field>\w+)\Z")


class Joins:
	"""Names columns, and remembers which tables must be joined for them.

	`link.field` joins the link's target, `table.field` and filters on a child DocType join the child's rows
	(the parent repeats for each).
	"""

	def __init__(self, db: Structure, doctype: str, *, qualified: bool = False) -> None:
		self._db = db
		self.doctype = doctype
		self.table = f"tab{doctype}"
		self._qualified = qualified
		self._joined: dict[str, str] = {}
		self.doctypes: list[str] = [doctype]

	@property
	def sql(self) -> str:
		"""Text of the FROM clause."""
		return " ".join([f"FROM `{self.table}`", *self._joined.values()])

	@property
	def joined(self) -> list[str]:
		"""Text of each join."""
		return list(self._joined.values())

	@property
	def repeats(self) -> bool:
		"""True when another table takes part."""
		return bool(self._joined)

	def column(self, doctype: str, field: str) -> tuple[str, str]:
		"""SQL of the column and its declared kind ('' when unknown)."""
		if is_plain(field):
			if doctype == self.doctype:
				text = f"`{self.table}`.`{field}`" if self._qualified else f"`{field}`"
				return text, self._kind(doctype, field)
			self.join_child(doctype)
			return f"`tab{doctype}`.`{field}`", self._kind(doctype, field)
		if match := _QUALIFIED.match(field):
			if match["doctype"] != self.doctype:
				self.join_child(match["doctype"])
			return f"`tab{match['doctype']}`.`{match['field']}`", self._kind(match["doctype"], match["field"])
		if match := _DOTTED.match(field):
			return self.through(match["link"], match["field"])
		if hasattr(field, "get_sql"):
			return field.get_sql(quote_char="`"), ""
		return field, ""

	def _kind(self, doctype: str, field: str) -> str:
		declared = self._db._column_types(f"tab{doctype}").get(field, "")
		return declared.split("(")[0].lower()

	def through(self, link: str, field: str) -> tuple[str, str]:
		"""The column `field` of the document that `link` names, or of the rows of the table `link`.

		Raises
		------
		frappe.ValidationError
			`link` is neither a Link nor a table of the DocType.
		"""
		definition: Any = frappe.get_meta(self.doctype).get_field(link)
		if definition is None or not definition.options:
			raise frappe.ValidationError(
				frappe._("{0} is not a link or table of {1}").format(link, self.doctype)
			)
		target = definition.options
		if definition.fieldtype in frappe.model.table_fields:
			self.join_child(target, link)
			alias = f"tab{target}"
		else:
			alias = f"{link}.tab{target}"
			self._joined.setdefault(
				alias,
				f"LEFT JOIN `tab{target}` AS `{alias}` ON `{alias}`.`name` = `{self.table}`.`{link}`",
			)
			self._note(target)
		return f"`{alias}`.`{field}`", self._kind(target, field)

	def join_child(self, child: str, parentfield: str | None = None) -> None:
		"""The rows of the child DocType take part."""
		self._qualified = True
		self._note(child)
		if child in self._joined:
			return
		condition = (
			f"`tab{child}`.`parent` = `{self.table}`.`name`"
			f" AND `tab{child}`.`parenttype` = {_quoted(self.doctype)}"
		)
		if parentfield:
			condition += f" AND `tab{child}`.`parentfield` = {_quoted(parentfield)}"
		self._joined[child] = f"LEFT JOIN `tab{child}` ON {condition}"

	def _note(self, doctype: str) -> None:
		self._qualified = True
		if doctype not in self.doctypes:
			self.doctypes.append(doctype)


def _quoted(text: str) -> str:
	return "'" + text.replace("'", "''") + "'"
