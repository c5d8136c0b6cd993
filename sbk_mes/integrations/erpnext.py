"""ERPNext's own sales orders arrive without re-entry: each submitted one has a mirror, a MES Sales Order.

ERPNext is not needed to run this app, and was not at hand: this was run with documents that have the fields
of its Sales Order, not against ERPNext itself. Whatever happens here, ERPNext's document goes its way; what
cannot be taken over is told to the planners. ERPNext's Hold and Close fire none of these events and do not
arrive.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from rq.timeouts import BaseTimeoutException

import frappe
from frappe import _
from frappe.database.database import savepoint
from frappe.utils import cint, getdate, nowdate, strip_html

from sbk_mes import units
from sbk_mes.conversion.load import open_quantities
from sbk_mes.exceptions import SalesOrderStateError
from sbk_mes.rules.quantities import NoConversion, exact, factor_to_stock, plain

MIRROR = "MES Sales Order"
BEFORE = "mes_erpnext"
TRANSACTION_LOST = (frappe.QueryDeadlockError, BaseTimeoutException)


def on_submit(doc, method=None):
	"""The ERPNext order has a submitted mirror, converted further as any sales order is."""
	_beside(doc, mirror)


def on_cancel(doc, method=None):
	"""The mirror is cancelled, or on hold when work orders are made for it."""
	_beside(doc, cancel)


def on_update_after_submit(doc, method=None):
	"""Lines no work order is made for are as in ERPNext; of the others the planners know what changed."""
	_beside(doc, carry_over)


def mirror(doc) -> None:
	"""The ERPNext order has its one mirror; calling this again changes nothing.

	An amended order whose predecessor could not be cancelled here has a draft: production would be doubled.
	"""
	if find_mirror(doc.name):
		return
	lines, left_out = _read_lines(doc)
	if not lines:
		_tell(doc, _("Nothing on ERPNext order {0} is made here: {1}").format(doc.name, "; ".join(left_out)))
		return
	order = frappe.new_doc(MIRROR)
	order.update(
		{
			"customer": _customer(doc.get("customer")),
			"order_date": doc.get("transaction_date") or nowdate(),
			"due_on": doc.get("delivery_date"),
			"project": frappe.db.exists("MES Project", doc.get("project")),
			"external_reference": doc.name,
		}
	)
	order.extend("items", lines)
	order.insert(ignore_permissions=True)
	_comment_on(order, left_out)
	former = doc.get("amended_from") and find_mirror(doc.get("amended_from"))
	if former:
		text = _("{0} replaces {1}, for which work orders are made. It stays a draft until you decide.")
		_tell(doc, text.format(order.name, former), order.name)
	else:
		order.submit()


def cancel(doc) -> None:
	"""Nothing more is made for the ERPNext order, unless a planner decides to."""
	name = find_mirror(doc.name)
	if not name:
		return
	order = _get(name)
	if order.docstatus == 0:
		frappe.delete_doc(MIRROR, name, ignore_permissions=True)
		return
	try:
		order.cancel()
	except SalesOrderStateError as refusal:
		order = _get(name)
		if order.status == "Open":
			order.hold(_("Cancelled in ERPNext"))
		_tell(doc, _("ERPNext order {0} is cancelled. {1}").format(doc.name, refusal), name)
		return
	drafts = [work_order.name for work_order in order.get_work_orders() if work_order.docstatus == 0]
	if drafts:
		text = _("These draft work orders were made for {0} and can be deleted: {1}")
		_tell(doc, text.format(name, ", ".join(drafts)), name)


def carry_over(doc) -> None:
	"""The mirror's lines follow ERPNext's as far as no work order is made for them."""
	name = find_mirror(doc.name)
	order = name and _get(name)
	rows = {row.external_row: row for row in order.items if row.external_row} if order else {}
	if not rows:
		return
	former = _state(order)
	open_qty = open_quantities(order.items, locking=True)
	free = {row.name for row in order.items if open_qty[row.name] == exact(row.stock_qty)}
	lines, left_out = _read_lines(doc)
	wanted = {line.external_row: line for line in lines}
	theirs = {row.name for row in doc.get("items")}
	new = [order.append("items", line) for line in lines if line.external_row not in rows]
	changed, refused = [], []
	for external_row, row in rows.items():
		line = wanted.get(external_row)
		if external_row not in theirs:
			if row.name in free and len(order.items) > 1:
				order.remove(row)
			else:
				refused.append((row, "-"))
		elif line and _text(line) == _text(row):
			row.rate = line.rate
		elif line and row.name in free:
			row.update(line)
			changed.append(row)
		elif line:
			refused.append((row, _text(line)))
	order.due_on = doc.get("delivery_date")
	if _state(order) != former:
		_save(order, [*new, *changed])
	_comment_on(order, left_out)
	for row in new:
		text = _("{0}, row {1} ({2}) is new: {3}. It waits for conversion.")
		_tell(doc, text.format(name, row.idx, row.item, _text(row)), name)
	for row, after in refused:
		text = _("{0}, row {1} ({2}): ERPNext changed {3} to {4}. Here it stays as it is until you decide.")
		_tell(doc, text.format(name, row.idx, row.item, _text(row), after), name)


def find_mirror(erpnext_order: str) -> str | None:
	"""The sales order that stands for ERPNext's, unless it was cancelled."""
	return frappe.db.exists(MIRROR, {"external_reference": erpnext_order, "docstatus": ["<", 2]})


def _beside(doc, step: Callable[[Any], None]) -> None:
	"""`step` is done whole or not at all, and silently for ERPNext's user.

	An error goes on only when the database has given up the whole transaction, ERPNext's writes with it.
	"""
	if not cint(frappe.db.get_single_value("MES Settings", "mirror_erpnext_orders")):
		return
	said = len(frappe.local.message_log)
	frappe.db.savepoint(BEFORE)
	try:
		step(doc)
	except TRANSACTION_LOST:
		raise
	except Exception as error:
		frappe.db.rollback(save_point=BEFORE)
		frappe.log_error(f"ERPNext Sales Order {doc.name}")
		text = _("ERPNext order {0} could not be taken over. Correct this, then amend it in ERPNext: {1}")
		with savepoint():
			_tell(doc, text.format(doc.name, str(error) or type(error).__name__))
	finally:
		del frappe.local.message_log[said:]


def _get(name: str):
	"""The mirror, locked. ERPNext's user need not be allowed to change it."""
	order = frappe.get_doc(MIRROR, name, for_update=True)
	order.flags.ignore_permissions = True
	return order


def _customer(name: str | None) -> str | None:
	known = frappe.db.exists("MES Customer", name)
	if known or not name:
		return known
	customer = frappe.new_doc("MES Customer")
	customer.customer_name = name
	return customer.insert(ignore_permissions=True).name


def _read_lines(doc) -> tuple[list[frappe._dict], list[str]]:
	"""ERPNext's rows as lines of a mirror, and which were left out and why."""
	facts = _facts(row.get("item_code") for row in doc.get("items"))
	factors = units.get_unit_factors(facts)
	lines, left_out = [], []
	for row in doc.get("items"):
		fact = facts.get(row.get("item_code"))
		why = _why_not(row, fact)
		amount = {} if why else _amount(row, fact, factors.get(fact.name, {}))
		if amount:
			due_on = row.get("delivery_date") or doc.get("delivery_date")
			line = {"item": fact.name, "due_on": due_on, "is_promised": int(bool(due_on)), **amount}
			lines.append(frappe._dict(line, external_row=row.name))
		else:
			why = why or _("no factor from {0} to {1}").format(row.get("uom"), fact.stock_uom)
			left_out.append(f"{row.get('idx')}. {row.get('item_code') or '-'} ({why})")
	return lines, left_out


def _facts(items: Iterable[str | None]) -> dict[str, frappe._dict]:
	found = frappe.get_all(
		"MES Item",
		filters={"name": ["in", sorted({item for item in items if item})]},
		fields=[*units.ITEM_FACTS, "supply", "is_phantom"],
		order_by="name asc",
	)
	return {item.name: item for item in found}


def _why_not(row: Mapping[str, Any], fact: frappe._dict | None) -> str | None:
	"""Why the row is nothing to make here; None when it is."""
	if fact is None:
		return _("not known here")
	if fact.supply != "Make" or cint(row.get("delivered_by_supplier")):
		return _("not made here")
	if fact.is_style or fact.is_phantom:
		return _("never made by itself")
	return _("disabled") if fact.disabled else None


def _amount(row: Mapping[str, Any], fact: frappe._dict, factors: Mapping[str, Decimal]) -> dict[str, Any]:
	"""Quantity, unit and rate (in the company's currency); nothing when no unit fits.

	ERPNext's unit is kept where it means the same here; else the quantity is taken in stock units.
	"""
	qty, rate = exact(row.get("qty")), exact(row.get("base_rate") or row.get("rate"))
	theirs = exact(row.get("conversion_factor")) or Decimal(1)
	try:
		ours = factor_to_stock(row.get("uom"), fact.stock_uom, factors)
	except NoConversion:
		ours = None
	uom = row.get("uom") or fact.stock_uom
	if ours != theirs and row.get("stock_uom") == fact.stock_uom:
		ours, qty, rate, uom = theirs, exact(qty * theirs), exact(rate / theirs), fact.stock_uom
	return {"qty": float(qty), "uom": uom, "rate": float(rate)} if ours else {}


def _text(row) -> str:
	"""What is asked for: 12.5 kg, 2026-12-01."""
	due_on = f", {getdate(row.due_on)}" if row.due_on else ""
	return f"{plain(exact(row.qty))} {row.uom}{due_on}"


def _state(order) -> list[Any]:
	rows = [(row.external_row, _text(row), exact(row.rate)) for row in order.items]
	return [order.due_on and getdate(order.due_on), rows]


def _save(order, touched: Iterable[Any]) -> None:
	"""The mirror is stored and checked as a new order is, though it is submitted."""
	facts = _facts(row.item for row in order.items)
	factors = units.get_unit_factors(facts)
	for row in touched:
		order.set_stock_quantity(row, facts, factors)
		order.validate_quantity(row, facts)
		order.validate_line_date(row)
	order.flags.ignore_validate_update_after_submit = True
	order.save()


def _comment_on(order, left_out: Iterable[str]) -> None:
	"""The mirror says once which lines of ERPNext's order it lacks."""
	text = strip_html(_("Left out: {0}").format("; ".join(left_out)))
	about = {"reference_doctype": MIRROR, "reference_name": order.name, "content": text}
	if left_out and not frappe.db.exists("Comment", about):
		order.add_comment("Comment", text)


def _tell(doc, text: str, name: str | None = None) -> None:
	"""Every planner, else Administrator, has the message; once, while it is unread."""
	planners = frappe.get_all(
		"User",
		filters=[["Has Role", "role", "=", "MES Planner"], ["User", "enabled", "=", 1]],
		pluck="name",
		order_by="name asc",
	)
	link = (
		{"document_type": MIRROR, "document_name": name} if name else {"link": f"/app/sales-order/{doc.name}"}
	)
	for user in planners or ["Administrator"]:
		message = {"for_user": user, "subject": strip_html(text), "read": 0, **link}
		if not frappe.db.exists("Notification Log", message):
			log = frappe.new_doc("Notification Log")
			log.update({**message, "type": "Alert", "from_user": frappe.session.user})
			log.insert(ignore_permissions=True)
