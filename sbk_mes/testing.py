"""Documents for tests: keyword arguments, safe defaults, names that are free. Each returns what it stored."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import frappe
from frappe.utils import add_days, now_datetime, today


def unique(prefix: str) -> str:
	"""A name nobody has yet."""
	return f"{prefix}-{frappe.generate_hash(length=8)}"


def make(doctype: str, **values: Any):
	"""The document, inserted."""
	document = frappe.new_doc(doctype)
	document.update(values)
	return document.insert()


# Product


def make_uom(uom_name: str = "Nos", *, whole: bool = True) -> str:
	"""The unit's name; an existing one is taken as it is."""
	if not frappe.db.exists("MES UOM", uom_name):
		make("MES UOM", uom_name=uom_name, must_be_whole_number=int(whole))
	return uom_name


def make_item(
	item_code: str | None = None,
	*,
	stock_uom: str = "Nos",
	supply: str = "Make",
	uoms: Mapping[str, float] | None = None,
	**values: Any,
):
	"""An item that is made to order and counted in whole numbers. `uoms` maps further units to their factor."""
	make_uom(stock_uom)
	for uom in uoms or {}:
		make_uom(uom)
	code = item_code or unique("ITEM")
	return make(
		"MES Item",
		**{
			"item_code": code,
			"item_name": code,
			"stock_uom": stock_uom,
			"supply": supply,
			"uoms": [{"uom": uom, "factor": factor} for uom, factor in (uoms or {}).items()],
			**values,
		},
	)


def make_material(item_code: str | None = None, **values: Any):
	"""An item that is bought."""
	return make_item(item_code, **{"supply": "Buy", **values})


def make_bom(item: str, components: Sequence[tuple[str, float] | Mapping[str, Any]], **values: Any):
	"""The active BOM of an item; the first one becomes its default."""
	rows = [row if isinstance(row, Mapping) else {"item": row[0], "qty": row[1]} for row in components]
	return make("MES BOM", **{"item": item, "items": [dict(row) for row in rows], **values})


def make_routing(
	operations: Sequence[Mapping[str, Any]] = ({"op_no": 10, "operation": "Make", "run_mins": 1},),
	*,
	item: str | None = None,
	set_default: bool = True,
	**values: Any,
):
	"""A routing; with an item it becomes the item's default."""
	routing = make(
		"MES Routing",
		**{
			"routing_name": unique("RT"),
			"item": item,
			"operations": [{"operation": f"Operation {row['op_no']}", **row} for row in operations],
			**values,
		},
	)
	if item and set_default:
		frappe.db.set_value("MES Item", item, "default_routing", routing.name)
	return routing


# Plant


def make_warehouse(warehouse_name: str | None = None, **values: Any):
	return make("MES Warehouse", **{"warehouse_name": warehouse_name or unique("WH"), **values})


def make_calendar(
	shifts: Sequence[tuple[str, str, str]] = tuple(
		(weekday, "08:00", "16:00") for weekday in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
	),
	exceptions: Sequence[Mapping[str, Any]] = (),
	**values: Any,
):
	"""Five days of eight hours. A shift is (weekday, from, to)."""
	return make(
		"MES Calendar",
		**{
			"calendar_name": unique("CAL"),
			"shifts": [{"weekday": day, "starts_at": start, "ends_at": end} for day, start, end in shifts],
			"exceptions": [dict(row) for row in exceptions],
			**values,
		},
	)


def make_workshop(**values: Any):
	return make("MES Workshop", **{"workshop_name": unique("SHOP"), **values})


def make_resource(**values: Any):
	"""A machine."""
	return make("MES Resource", **{"resource_name": unique("RES"), "resource_type": "Machine", **values})


# Parties and demand


def make_customer(customer_name: str | None = None, **values: Any):
	return make("MES Customer", **{"customer_name": customer_name or unique("CUST"), **values})


def make_sales_order(
	lines: Sequence[tuple[str, float] | Mapping[str, Any]],
	*,
	customer: str | None = None,
	due_on: str | date | None = None,
	submit: bool = True,
	**values: Any,
):
	"""A sales order due in thirty days, submitted unless told otherwise. A line is (item, qty) or a row."""
	rows = [row if isinstance(row, Mapping) else {"item": row[0], "qty": row[1]} for row in lines]
	order = make(
		"MES Sales Order",
		**{
			"customer": customer,
			"due_on": due_on or add_days(today(), 30),
			"items": [dict(row) for row in rows],
			**values,
		},
	)
	if submit:
		order.submit()
	return order


# Stock


def make_stock_entry(purpose: str, rows: Sequence[Mapping[str, Any]], *, submit: bool = True, **values: Any):
	"""A stock entry posted now."""
	entry = make(
		"MES Stock Entry",
		**{"purpose": purpose, "posted_at": now_datetime(), "items": [dict(row) for row in rows], **values},
	)
	if submit:
		entry.submit()
	return entry


def receive_stock(item: str, qty: float, warehouse: str, *, lot: str | None = None):
	"""`qty` of the item lies in the warehouse, more than before."""
	return make_stock_entry("Receipt", [{"item": item, "qty": qty, "to_warehouse": warehouse, "lot": lot}])


# People


def make_user(*roles: str, email: str | None = None) -> str:
	"""A desk user with these roles."""
	address = email or f"{frappe.generate_hash(length=8)}@example.com"
	user = make(
		"User",
		email=address,
		first_name=address.partition("@")[0],
		send_welcome_email=0,
		roles=[{"role": role} for role in roles],
	)
	return user.name


@contextlib.contextmanager
def as_user(user: str) -> Iterator[None]:
	"""Act as `user`, then as whoever it was before."""
	before = frappe.session.user
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.set_user(before)
