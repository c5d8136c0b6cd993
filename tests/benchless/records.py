"""Documents of the tiny app, kinds of documents made on the fly, and an ear for their events."""

import contextlib
from collections.abc import Iterator
from typing import Any

import frappe
from frappe.model.document import Document

ITEM = {"item": "Bolt", "qty": 2, "rate": 5}


def make_customer(name: str = "Ada", **fields: Any) -> Document:
	return frappe.get_doc({"doctype": "Tiny Customer", "customer_name": name, **fields}).insert()


def new_order(customer: str = "Ada", *, rows: int = 1, **fields: Any) -> Document:
	"""An unsaved order of an existing or new customer."""
	if not frappe.db.exists("Tiny Customer", customer):
		make_customer(customer)
	items = fields.pop("items", None) or [dict(ITEM) for _number in range(rows)]
	return frappe.get_doc({"doctype": "Tiny Order", "customer": customer, "items": items, **fields})


def make_order(customer: str = "Ada", **fields: Any) -> Document:
	return new_order(customer, **fields).insert()


def make_kind(name: str, fields: list[dict[str, Any]], **properties: Any) -> str:
	"""A DocType of the site alone, in the current transaction."""
	for df in fields:
		df.setdefault("label", frappe.unscrub(df["fieldname"]))
		df.setdefault("fieldtype", "Data")
	frappe.get_doc(
		{
			"doctype": "DocType",
			"name": name,
			"module": "Tiny",
			"custom": 1,
			"fields": fields,
			"permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}],
			**properties,
		}
	).insert()
	return name


@contextlib.contextmanager
def events_of(*doctypes: str) -> Iterator[list[str]]:
	"""Events that documents of these DocTypes run meanwhile; a row's carries its table's name."""
	heard: list[str] = []
	known = frappe.controllers.setdefault(frappe.local.site, {})
	former = {doctype: known.get(doctype) for doctype in doctypes}

	def listening(base: type) -> type:
		def run_method(self: Any, method: str, *args: Any, **kwargs: Any) -> Any:
			heard.append(f"{self.parentfield}.{method}" if self.get("parentfield") else method)
			return base.run_method(self, method, *args, **kwargs)

		return type(base.__name__, (base,), {"run_method": run_method})

	from frappe.model.base_document import get_controller

	try:
		for doctype in doctypes:
			known[doctype] = listening(get_controller(doctype))
		yield heard
	finally:
		for doctype, controller in former.items():
			if controller is None:
				known.pop(doctype, None)
			else:
				known[doctype] = controller
