"""An order half way, and all of it that ending it might change."""

from floor import again, done, make_order

import frappe

from sbk_mes import testing
from sbk_mes.shopfloor import inbound
from sbk_mes.stock import pick

REASON = "Customer cancelled"
WORK_ORDER = "MES Work Order"


def half_way(*, rate=10.0, **fields):
	"""1000 to make of one piece each: 600 picked, 350 consumed, 200 finished and received, 150 in process."""
	part = testing.make_material(standard_rate=rate)
	order = make_order(
		1000,
		picked=False,
		components=[{"item": part, "qty": 1}],
		fg_warehouse=testing.make_warehouse(kind="Finished"),
		wip_warehouse=testing.make_warehouse(kind="WIP"),
		**fields,
	)
	name = frappe.db.get_value("MES Pick List", {"work_order": order.name}, "name")
	row = frappe.db.get_value("MES Pick List Item", {"parent": name}, "name")
	pick.pick(lines=[{"pick_list": name, "line": row, "qty": 600}])
	done(order, 10, 350)
	done(order, 20, 200)
	inbound.inbound(order.name, 200)
	return again(order)


def everything(order):
	"""What closing might change, as plain rows."""
	return {
		doctype: frappe.get_all(doctype, filters=filters, fields=["*"], order_by="name asc")
		for doctype, filters in (
			(WORK_ORDER, {"name": order.name}),
			("MES Work Order Material", {"parent": order.name}),
			("MES Event", {"work_order": order.name}),
			("MES Cost Entry", {"work_order": order.name}),
			("MES Stock Entry", {}),
			("MES Stock Balance", {}),
			("MES Pick List", {"work_order": order.name}),
			("MES Operation Report", {"work_order": order.name}),
		)
	}
