"""Lots both ways: what a lot was made of, and what was made of it and who received it.

A tree of plain values. Orders are connected by the lots that reports consumed and made, by the sub-order that
made a material without a lot, by the lot a rework order began with, and by merges. What a split has moved to
another order is in the traces of both.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import frappe

from sbk_mes.rules.quantities import exact
from sbk_mes.shopfloor.standing import STANDING, stands

TRACE = "MES Lot Trace"
WORK_ORDER = "MES Work Order"
MATERIAL = "MES Work Order Material"
LINK = "MES Order Link"
PASSED_ON = ("merged-from", "rework-of")
ZERO = Decimal(0)

Tree = dict[str, Any]
Seen = frozenset[tuple[str, str]]


def trace_up(lot: str, item: str | None = None) -> Tree:
	"""Everything the lot was made of: {item, lot, made_by: [{work_order, item, inputs: [...]}]}.

	An input is {item, lot, qty, op_no, made_by}; one that nobody here made is a raw lot.
	"""
	return {"item": item, "lot": lot, "made_by": _made_by(lot, item, frozenset())}


def trace_down(lot: str, item: str | None = None) -> Tree:
	"""Everything the lot went into: {item, lot, used_by: [...], shipped: [...]}.

	A user is {work_order, item, lot, qty, received_lots, used_by, shipped, customers, by_products}: `qty` of
	the lot went into `lot` of `item`, received under `received_lots`; `customers` are those the order is made
	for. What came of the order besides its goods is {item, lot, qty, used_by, shipped}.
	"""
	return {
		"item": item,
		"lot": lot,
		"used_by": _used_by({lot}, item, frozenset()),
		"shipped": _shipped({lot}, item),
	}


def get_raw_lots(tree: Tree) -> list[dict[str, Any]]:
	"""The leaves of `trace_up` added up: {item, lot, qty}."""
	total: dict[tuple[str, str], Decimal] = {}
	for leaf in _leaves(tree):
		key = leaf["item"], leaf["lot"] or ""
		total[key] = total.get(key, ZERO) + exact(leaf["qty"])
	return [
		{"item": item, "lot": lot or None, "qty": float(qty)} for (item, lot), qty in sorted(total.items())
	]


def get_finished_lots(tree: Tree) -> list[dict[str, Any]]:
	"""The ends of `trace_down`, each lot of an order once, with its customers and what it was received as."""
	found: dict[tuple[str, str], dict[str, Any]] = {}
	for node in _ends(tree):
		customers = {*node["customers"], *(row["customer"] for row in node["shipped"] if row["customer"])}
		known = found.setdefault(
			(node["work_order"], node["lot"]),
			{
				"work_order": node["work_order"],
				"item": node["item"],
				"lot": node["lot"],
				"received_lots": node["received_lots"],
				"customers": [],
			},
		)
		known["customers"] = sorted({*known["customers"], *customers})
	return [found[key] for key in sorted(found)]


def _leaves(node: Tree) -> Iterator[Tree]:
	for maker in node["made_by"]:
		for source in maker["inputs"]:
			if source["made_by"]:
				yield from _leaves(source)
			else:
				yield source


def _ends(node: Tree) -> Iterator[Tree]:
	for user in node["used_by"]:
		if user["used_by"]:
			yield from _ends(user)
		else:
			yield user
		for besides in user["by_products"]:
			yield from _ends(besides)


def _made_by(lot: str, item: str | None, seen: Seen) -> list[Tree]:
	makers = []
	for work_order, output_lot in _makers_of(lot, item):
		makers.extend(_maker(work_order, output_lot, seen))
	return makers


def _makers_of(lot: str, item: str | None) -> list[tuple[str, str | None]]:
	"""Orders that made the lot, with the lot their reports name; None where they name none of that."""
	filters: dict[str, Any] = {"output_lot": lot}
	if item:
		filters["output_item"] = item
	makers: dict[str, str | None] = dict.fromkeys(
		frappe.get_all(TRACE, filters=filters, pluck="work_order", order_by="work_order asc", distinct=True),
		lot,
	)
	received = frappe.get_all(
		"MES Inbound",
		filters={"lot": lot, **STANDING},
		pluck="work_order",
		order_by="work_order asc",
		distinct=True,
	)
	own = {"name": lot, **({"item": item} if item else {})}
	for name in (*received, *frappe.get_all(WORK_ORDER, filters=own, pluck="name", order_by="name asc")):
		if not item or frappe.db.get_value(WORK_ORDER, name, "item") == item:
			makers.setdefault(name, None)
	for name in _givers_of(lot, item):
		makers.setdefault(name, None)
	return sorted(makers.items())


def _givers_of(lot: str, item: str | None) -> list[str]:
	"""Orders that the lot came of besides their goods."""
	line, receipt = frappe.qb.DocType("MES Inbound By-Product"), frappe.qb.DocType("MES Inbound")
	query = (
		frappe.qb.from_(line)
		.join(receipt)
		.on(line.parent == receipt.name)
		.select(receipt.work_order)
		.distinct()
		.where(line.lot == lot)
		.where(stands(receipt))
		.orderby(receipt.work_order)
	)
	if item:
		query = query.where(line.item == item)
	return query.run(pluck=True)


def _maker(work_order: str, output_lot: str | None, seen: Seen) -> list[Tree]:
	"""The order with its inputs; nothing when it is on the way here already."""
	key = work_order, output_lot or ""
	if key in seen:
		return []
	seen = seen | {key}
	order = frappe.db.get_value(WORK_ORDER, work_order, ["name", "item", "origin_lot"], as_dict=True)
	inputs = _inputs(work_order, output_lot, seen)
	if order.origin_lot:
		inputs.append(_origin(order, seen))
	for link in _links("from_order", work_order):
		if link.link_type == "rework-of" and order.origin_lot:
			continue
		inputs.append(
			{
				"item": order.item,
				"lot": link.to_order,
				"qty": float(exact(link.qty)),
				"op_no": None,
				"link": link.link_type,
				"made_by": _maker(link.to_order, None, seen),
			}
		)
	return [{"work_order": work_order, "item": order.item, "inputs": inputs}]


def _origin(order: frappe._dict, seen: Seen) -> Tree:
	return {
		"item": order.item,
		"lot": order.origin_lot,
		"qty": float(exact(frappe.db.get_value(WORK_ORDER, order.name, "planned_qty"))),
		"op_no": None,
		"link": "rework-of",
		"made_by": _made_by(order.origin_lot, order.item, seen),
	}


def _inputs(work_order: str, output_lot: str | None, seen: Seen) -> list[Tree]:
	filters = {"work_order": work_order, **({"output_lot": output_lot} if output_lot else {})}
	makers = _children_of([work_order])
	inputs = []
	for (item, lot, op_no, row), qty in _net(_traces(filters), ("item", "lot", "op_no", "material_row")):
		child = makers.get(row)
		inputs.append(
			{
				"item": item,
				"lot": lot or None,
				"qty": float(qty),
				"op_no": op_no,
				"made_by": _made_by(lot, item, seen) if lot else _maker(child, None, seen) if child else [],
			}
		)
	return inputs


def _used_by(lots: set[str], item: str | None, seen: Seen) -> list[Tree]:
	filters: dict[str, Any] = {"lot": ["in", sorted(lots)]}
	if item:
		filters["item"] = item
	users = []
	for (work_order, output_item, output_lot), qty in _net(
		_traces(filters), ("work_order", "output_item", "output_lot")
	):
		users.extend(_user(work_order, output_item, output_lot, qty, seen))
	filters = {"origin_lot": ["in", sorted(lots)], **({"item": item} if item else {})}
	for order in frappe.get_all(
		WORK_ORDER, filters=filters, fields=["name", "item", "planned_qty"], order_by="name asc"
	):
		users.extend(_user(order.name, order.item, order.name, exact(order.planned_qty), seen))
	return users


def _user(work_order: str, item: str, lot: str, qty: Decimal, seen: Seen) -> list[Tree]:
	key = work_order, lot
	if key in seen:
		return []
	seen = seen | {key}
	received = _received_lots(work_order)
	lots = {lot, *received}
	users = _used_by(lots, item, seen)
	users += _used_without_lot(work_order, seen)
	for link in _links("to_order", work_order):
		if link.from_order not in {user["work_order"] for user in users}:
			users.extend(_user(link.from_order, item, link.from_order, exact(link.qty), seen))
	return [
		{
			"work_order": work_order,
			"item": item,
			"lot": lot,
			"qty": float(qty),
			"received_lots": received,
			"used_by": users,
			"shipped": _shipped(lots, item),
			"customers": _customers(work_order),
			"by_products": _by_products(work_order, seen),
		}
	]


def _by_products(work_order: str, seen: Seen) -> list[Tree]:
	"""Lots that came of the order besides its goods, with what became of them."""
	line, receipt = frappe.qb.DocType("MES Inbound By-Product"), frappe.qb.DocType("MES Inbound")
	rows = (
		frappe.qb.from_(line)
		.join(receipt)
		.on(line.parent == receipt.name)
		.select(line.item, line.lot, line.qty)
		.where(receipt.work_order == work_order)
		.where(stands(receipt))
		.where(line.lot.isnotnull() & (line.lot != ""))
		.orderby(line.lot)
	).run(as_dict=True)
	return [
		{
			"item": item,
			"lot": lot,
			"qty": float(qty),
			"used_by": _used_by({lot}, item, seen),
			"shipped": _shipped({lot}, item),
		}
		for (item, lot), qty in _net(rows, ("item", "lot"))
	]


def _used_without_lot(work_order: str, seen: Seen) -> list[Tree]:
	"""Parents that consumed what the order made, kept without lots."""
	rows = frappe.get_all(
		MATERIAL, filters={"child_work_order": work_order}, pluck="name", order_by="name asc"
	)
	if not rows:
		return []
	traces = [trace for trace in _traces({"material_row": ["in", rows]}) if not trace.lot]
	users = []
	for (parent, item, lot), qty in _net(traces, ("work_order", "output_item", "output_lot")):
		users.extend(_user(parent, item, lot, qty, seen))
	return users


def _traces(filters: dict[str, Any]) -> list[frappe._dict]:
	return frappe.get_all(
		TRACE,
		filters=filters,
		fields=["work_order", "op_no", "item", "lot", "qty", "material_row", "output_item", "output_lot"],
		order_by="creation asc, name asc",
	)


def _net(traces: Iterable[frappe._dict], fields: tuple[str, ...]) -> list[tuple[tuple[Any, ...], Decimal]]:
	"""Quantities added up by the fields; what was reversed altogether is left out."""
	total: dict[tuple[Any, ...], Decimal] = {}
	for trace in traces:
		key = tuple(trace[field] for field in fields)
		total[key] = total.get(key, ZERO) + exact(trace.qty)
	return [(key, qty) for key, qty in total.items() if qty]


def _links(side: str, work_order: str) -> list[frappe._dict]:
	return frappe.get_all(
		LINK,
		filters={side: work_order, "link_type": ["in", PASSED_ON]},
		fields=["link_type", "from_order", "to_order", "qty"],
		order_by="from_order asc, to_order asc",
	)


def _children_of(work_orders: list[str]) -> dict[str, str]:
	rows = frappe.get_all(
		MATERIAL,
		filters={"parent": ["in", work_orders], "child_work_order": ["is", "set"]},
		fields=["name", "child_work_order"],
		order_by="name asc",
	)
	return {row.name: row.child_work_order for row in rows}


def _received_lots(work_order: str) -> list[str]:
	"""Lots of receipts that stand: one that was reversed may have left its lot to another order."""
	lots = frappe.get_all(
		"MES Inbound",
		filters={"work_order": work_order, **STANDING},
		pluck="lot",
		order_by="lot asc",
		distinct=True,
	)
	return [lot for lot in lots if lot]


def _shipped(lots: set[str], item: str | None) -> list[dict[str, Any]]:
	"""Shipments that took something of the lots and were not reversed."""
	line, entry = frappe.qb.DocType("MES Stock Entry Item"), frappe.qb.DocType("MES Stock Entry")
	shipment = frappe.qb.DocType("MES Shipment")
	query = (
		frappe.qb.from_(line)
		.join(entry)
		.on(line.parent == entry.name)
		.join(shipment)
		.on(entry.reference_name == shipment.name)
		.select(shipment.name, shipment.sales_order, line.item, line.lot, line.qty)
		.where(entry.reference_doctype == "MES Shipment")
		.where(entry.docstatus == 1)
		.where(line.lot.isin(sorted(lots)))
		.orderby(shipment.name)
		.orderby(line.idx)
	)
	if item:
		query = query.where(line.item == item)
	shipments = query.run(as_dict=True)
	customers = dict(
		frappe.get_all(
			"MES Sales Order",
			filters={"name": ["in", sorted({row.sales_order for row in shipments})]},
			fields=["name", "customer"],
			order_by="name asc",
			as_list=True,
		)
	)
	return [
		{
			"shipment": row.name,
			"sales_order": row.sales_order,
			"customer": customers.get(row.sales_order),
			"lot": row.lot,
			"qty": row.qty,
		}
		for row in shipments
	]


def _customers(work_order: str) -> list[str]:
	"""Those the order is made for: of its demands and of itself."""
	found = frappe.get_all(
		"MES Work Order Demand",
		filters={"parent": work_order},
		pluck="customer",
		order_by="idx asc",
	)
	own = frappe.db.get_value(WORK_ORDER, work_order, "customer")
	return sorted({customer for customer in (*found, own) if customer})
