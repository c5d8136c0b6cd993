"""Lots that are in stock have their balances; before, every read added up the ledger."""

from hashlib import sha1

import frappe
from frappe.query_builder.functions import Min, Sum


def execute() -> None:
	if frappe.db.count("MES Lot Balance"):
		return
	entry = frappe.qb.DocType("MES Stock Ledger Entry")
	held = (
		frappe.qb.from_(entry)
		.select(
			entry.item,
			entry.warehouse,
			entry.lot,
			Sum(entry.qty).as_("qty"),
			Min(entry.posted_at).as_("first_in_at"),
		)
		.where(entry.lot.isnotnull() & (entry.lot != ""))
		.groupby(entry.item, entry.warehouse, entry.lot)
		.orderby(entry.item)
		.orderby(entry.warehouse)
		.orderby(entry.lot)
	).run(as_dict=True)
	for row in held:
		lot = frappe.new_doc("MES Lot Balance")
		lot.update(
			{
				"item": row.item,
				"warehouse": row.warehouse,
				"lot": row.lot,
				"on_hand_qty": round(row.qty, 9),
				"first_in_at": row.first_in_at,
			}
		)
		lot.flags.posted = True
		name = sha1("\n".join((row.item, row.warehouse, row.lot)).encode()).hexdigest()
		lot.insert(ignore_permissions=True, set_name=name)
