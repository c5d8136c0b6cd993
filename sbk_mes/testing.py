"""Factories for tests: each makes one valid document from safe defaults and returns it.

Names are unique, so that tests which commit (processes, jobs) do not meet each other's records.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, getdate, now_datetime, nowdate

UNIT = "Nos"
FINE_UNIT = "kg"


def unique(text: str) -> str:
	"""`text` with a random end."""
	return f"{text} {frappe.generate_hash(length=10)}"


@contextmanager
def as_user(*roles: str) -> Iterator[str]:
	"""The session belongs to a user with exactly these roles; yields the user's id."""
	user = make_user(*roles)
	former = frappe.session.user
	frappe.set_user(user)
	try:
		yield user
	finally:
		frappe.set_user(former)


def make_user(*roles: str, email: str | None = None) -> str:
	"""An enabled user with exactly these roles; one per set of roles unless an address is given."""
	email = email or f"{'-'.join(sorted(frappe.scrub(role) for role in roles)) or 'nobody'}@example.com"
	if not frappe.db.exists("User", email):
		user = frappe.new_doc("User")
		user.update({"email": email, "first_name": email.partition("@")[0], "send_welcome_email": 0})
		user.insert(ignore_permissions=True)
		user.add_roles(*roles)
	return email


def make_uom(name: str = UNIT, *, whole: bool = True) -> str:
	if not frappe.db.exists("MES UOM", name):
		unit = frappe.new_doc("MES UOM")
		unit.update({"uom_name": name, "must_be_whole_number": int(whole)})
		unit.insert(ignore_permissions=True)
	return name


def make_warehouse(name: str | None = None, *, kind: str = "Raw", **fields: Any) -> str:
	warehouse = frappe.new_doc("MES Warehouse")
	warehouse.update({"warehouse_name": name or unique("Warehouse"), "kind": kind, **fields})
	return warehouse.insert(ignore_permissions=True).name


def make_calendar(
	shifts: Sequence[tuple[str, str, str]] | None = None, *, exceptions: Sequence[dict[str, Any]] = ()
) -> str:
	"""A calendar of (weekday, from, to) shifts; without any: Monday to Friday, 08:00 to 16:00."""
	weekdays = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
	calendar = frappe.new_doc("MES Calendar")
	calendar.calendar_name = unique("Calendar")
	for weekday, starts_at, ends_at in shifts or [(day, "08:00", "16:00") for day in weekdays]:
		calendar.append("shifts", {"weekday": weekday, "starts_at": starts_at, "ends_at": ends_at})
	for row in exceptions:
		calendar.append("exceptions", row)
	return calendar.insert(ignore_permissions=True).name


def make_workshop(**fields: Any) -> str:
	workshop = frappe.new_doc("MES Workshop")
	workshop.update({"workshop_name": unique("Workshop"), **fields})
	return workshop.insert(ignore_permissions=True).name


def make_resource(*, resource_type: str = "Machine", **fields: Any) -> str:
	resource = frappe.new_doc("MES Resource")
	resource.update({"resource_name": unique("Resource"), "resource_type": resource_type, **fields})
	return resource.insert(ignore_permissions=True).name


def make_customer(**fields: Any) -> str:
	customer = frappe.new_doc("MES Customer")
	customer.update({"customer_name": unique("Customer"), **fields})
	return customer.insert(ignore_permissions=True).name


def make_project(**fields: Any) -> str:
	project = frappe.new_doc("MES Project")
	project.update({"project_name": unique("Project"), **fields})
	return project.insert(ignore_permissions=True).name


def make_item(
	*, supply: str = "Make", stock_uom: str = UNIT, uoms: dict[str, float] | None = None, **fields: Any
) -> Document:
	"""An item, made by default, without BOM and routing; `uoms` gives stock units in one further unit."""
	make_uom(stock_uom, whole=stock_uom != FINE_UNIT)
	code = unique("Item")
	item = frappe.new_doc("MES Item")
	item.update({"item_code": code, "item_name": code, "supply": supply, "stock_uom": stock_uom, **fields})
	for uom, factor in (uoms or {}).items():
		item.append("uoms", {"uom": make_uom(uom), "factor": factor})
	return item.insert(ignore_permissions=True)


def make_routing(operations: Sequence[dict[str, Any]] | None = None, **fields: Any) -> str:
	"""A routing; without operations given: 10 Cut and 20 Assemble, 10 minutes setup, 1 minute each."""
	routing = frappe.new_doc("MES Routing")
	routing.update({"routing_name": unique("Routing"), **fields})
	for number, operation in enumerate(operations or [{"operation": "Cut"}, {"operation": "Assemble"}], 1):
		routing.append("operations", {"op_no": number * 10, "setup_mins": 10, "run_mins": 1, **operation})
	return routing.insert(ignore_permissions=True).name


def make_bom(item: str, components: Sequence[dict[str, Any]] | None = None, **fields: Any) -> str:
	"""A BOM, the item's default when it is its first; without components given: 2 of a new bought item."""
	bom = frappe.new_doc("MES BOM")
	bom.update({"item": item, **fields})
	for component in components or [{"item": make_item(supply="Buy").name, "qty": 2}]:
		bom.append("items", component)
	return bom.insert(ignore_permissions=True).name


def make_product(
	components: Sequence[dict[str, Any]] | None = None,
	operations: Sequence[dict[str, Any]] | None = None,
	**fields: Any,
) -> Document:
	"""A made item with a routing and an active default BOM."""
	item = make_item(default_routing=make_routing(operations), **fields)
	make_bom(item.name, components)
	return item.reload() or item


def make_sales_order(
	lines: Sequence[dict[str, Any]] | None = None,
	*,
	submit: bool = True,
	due_on: date | None = None,
	**fields: Any,
) -> Document:
	"""A sales order due in 30 days; without lines given: 100 of a new product. `customer=None` for none."""
	order = frappe.new_doc("MES Sales Order")
	order.update({"order_date": nowdate(), "due_on": due_on or getdate(add_days(nowdate(), 30)), **fields})
	if "customer" not in fields:
		order.customer = make_customer()
	for line in lines or [{}]:
		order.append("items", {"item": line.get("item") or make_product().name, "qty": 100, **line})
	order.insert(ignore_permissions=True)
	if submit:
		order.submit()
	return order


def make_suggestion(*, item: str | None = None, qty: float = 300, **fields: Any) -> Document:
	"""An open proposal to make stock."""
	suggestion = frappe.new_doc("MES Replenishment Suggestion")
	suggestion.update(
		{
			"item": item or make_product(default_order_type="MTS").name,
			"qty": qty,
			"due_on": add_days(nowdate(), 30),
			**fields,
		}
	)
	return suggestion.insert(ignore_permissions=True)


def receive_stock(
	item: str, warehouse: str, qty: float, *, lot: str | None = None, rate: float = 0
) -> Document:
	"""`qty` more of an item is on hand."""
	entry = frappe.new_doc("MES Stock Entry")
	entry.update({"purpose": "Receipt", "posted_at": now_datetime()})
	entry.append("items", {"item": item, "qty": qty, "to_warehouse": warehouse, "lot": lot, "rate": rate})
	entry.insert(ignore_permissions=True)
	return entry.submit() or entry


def make_stocked_order(
	parts: Sequence[dict[str, Any]] = ({"qty": 2},), *, qty: float = 100, **fields: Any
) -> Document:
	"""A dispatched order whose parts lie in one warehouse. A part takes `qty` for each unit; `stock` is what
	is there of it (what the order needs when not given), `rate` its worth, `lot` its lot; the rest are fields
	of the item or, `op_no`, of the BOM's line."""
	warehouse, components, stock = make_warehouse(), [], []
	for part in parts:
		own = dict(part)
		line = {field: own.pop(field) for field in ("qty", "op_no", "is_fixed_qty") if field in own}
		there = own.pop("stock", line["qty"] * (1 if line.get("is_fixed_qty") else qty))
		lot, rate = own.pop("lot", None), own.pop("rate", 0)
		item = own.pop("item", None) or make_material(source_warehouse=warehouse, **own)
		components.append({"item": item, "source_warehouse": warehouse, **line})
		stock.append((item, there, lot, rate))
	for item, there, lot, rate in stock:
		if there:
			receive_stock(item, warehouse, there, lot=lot, rate=rate)
	resource = make_resource()
	product = make_product(components, [{"operation": name, "resource": resource} for name in ("Cut", "Fit")])
	order = make_work_order(item=product.name, qty=qty, **fields)
	return dispatch(order)


def dispatch(order: Document) -> Document:
	"""A draft is released and dispatched."""
	from frappe.model.workflow import apply_workflow

	return apply_workflow(apply_workflow(order, "Release"), "Dispatch")


def make_work_order(*, item: str | None = None, qty: float = 100, **fields: Any) -> Document:
	"""A draft work order made by hand, with the operations and materials of the item's BOM and routing."""
	product = frappe.get_doc("MES Item", item) if item else make_product()
	bom = frappe.get_doc("MES BOM", product.default_bom)
	routing = frappe.get_doc("MES Routing", product.default_routing)
	order = frappe.new_doc("MES Work Order")
	order.update(
		{
			"order_type": "MTO",
			"item": product.name,
			"planned_qty": qty,
			"due_at": f"{add_days(nowdate(), 30)} 23:59:00",
			"bom": bom.name,
			"routing": routing.name,
			**fields,
		}
	)
	for row in routing.operations:
		copied = (
			"op_no",
			"operation",
			"resource",
			"setup_mins",
			"run_mins",
			"wait_mins",
			"transfer_qty",
			"is_outsourced",
			"is_uninterrupted",
			"inspection_required",
		)
		order.append("operations", {field: row.get(field) for field in copied})
	for row in bom.items:
		per = row.qty / bom.base_qty
		order.append(
			"materials",
			{
				"item": row.item,
				"op_no": row.op_no or routing.operations[0].op_no,
				"qty_per": per,
				"required_qty": per * qty,
				"uom": row.uom,
				"source_warehouse": row.source_warehouse,
			},
		)
	return order.insert(ignore_permissions=True)


def convert_lines(order: Document, **line: Any) -> dict[str, Any]:
	"""The answer to one conversion of all lines of a sales order."""
	from sbk_mes.conversion.run import convert

	lines = [{"sales_order": order.name, "line": row.name, **line} for row in order.items]
	return convert(lines, frappe.generate_hash(length=20))


def make(doctype: str, **fields: Any) -> Document:
	"""A document of any kind, inserted."""
	document = frappe.new_doc(doctype)
	document.update(fields)
	return document.insert()


def make_material(**fields: Any) -> str:
	"""An item that is bought."""
	return make_item(supply="Buy", **fields).name


def make_stock_entry(purpose: str, rows: Sequence[dict[str, Any]], **fields: Any) -> Document:
	"""A stock entry, posted now unless `posted_at` says otherwise."""
	entry = make(
		"MES Stock Entry", **{"purpose": purpose, "posted_at": now_datetime(), "items": rows, **fields}
	)
	return entry.submit() or entry


class Refusal:
	"""How a block was refused."""

	message = ""
	code = ""


@contextmanager
def refused(error: type[Exception] | tuple[type[Exception], ...]) -> Iterator[Refusal]:
	"""The block raises `error`; what it wrote before is taken back."""
	refusal = Refusal()
	frappe.db.savepoint("refused")
	try:
		yield refusal
	except error as raised:
		refusal.message = str(raised)
		refusal.code = getattr(raised, "code", "")
		frappe.db.rollback(save_point="refused")
		return
	raise AssertionError(f"{error} was not raised")
