"""Classes of documents, found by DocType."""

from typing import TYPE_CHECKING, Any

import frappe
from frappe.exceptions import DoesNotExistError

if TYPE_CHECKING:
	from frappe.model.base_document import BaseDocument


def controller_of(doctype: str) -> type["BaseDocument"]:
	"""The class, remembered per site. Unknown DocTypes and missing modules are ImportError."""
	known: dict[str, Any] = frappe.controllers.setdefault(frappe.local.site or "", {})
	found = known.get(doctype)
	if found is None:
		found = known[doctype] = _find(doctype)
	return found


def _find(doctype: str) -> type[Any]:
	from frappe.model.document import Document
	from frappe.modules.utils import load_doctype_module

	if doctype not in ("DocType", "DocField", "DocPerm") and (
		overrides := frappe.get_hooks("override_doctype_class", {}).get(doctype)
	):
		return frappe.get_attr(overrides[-1])  # type: ignore[no-any-return]
	try:
		meta = frappe.get_meta(doctype)
	except DoesNotExistError as error:
		frappe.clear_last_message()
		raise ImportError(f"DocType {doctype} not found") from error
	if meta.custom:
		return Document
	module = load_doctype_module(doctype, meta.module)
	name = doctype.replace(" ", "").replace("-", "")
	found = getattr(module, name, None)
	if not (isinstance(found, type) and issubclass(found, _base())):
		raise ImportError(f"{doctype}: class {name} is missing in {module.__name__}")
	return found


def _base() -> type["BaseDocument"]:
	from frappe.model.base_document import BaseDocument

	return BaseDocument
