"""An order whose cost is known, for tests of what it costs."""

from floor import again, done

import frappe

from sbk_mes import testing
from sbk_mes.costing import ledger
from sbk_mes.orders import actions
from sbk_mes.shopfloor.inbound import inbound
from sbk_mes.stock import pick

MACHINE_RATE, LABOUR_RATE = 8, 12


def set_rates(**values):
	"""The plant's rates are these, a labour rate of 12 and no overhead where nothing else is said."""
	settings = frappe.get_single("MES Settings")
	settings.update({"labour_rate": LABOUR_RATE, "overhead_pct": 0, **values})
	settings.save()
	frappe.clear_document_cache("MES Settings", "MES Settings")


def make_order(qty=100, *, machine_rate=MACHINE_RATE, **fields):
	"""100 planned at 50: ten pieces at 3, an hour of work at 12 and of a machine at 8 each."""
	machine = testing.make_resource(rate_per_hour=machine_rate)
	warehouse = testing.make_warehouse()
	part = testing.make_material(standard_rate=3)
	testing.make_stock_entry(
		"Receipt", [{"item": part, "qty": 20 * qty, "to_warehouse": warehouse, "rate": 3}]
	)
	item = testing.make_product(
		[{"item": part, "qty": 10, "source_warehouse": warehouse}],
		[{"operation": "Make", "resource": machine, "setup_mins": 0, "run_mins": 60}],
	)
	order = testing.make_work_order(
		item=item.name, qty=qty, fg_warehouse=testing.make_warehouse(kind="Finished"), **fields
	)
	actions.act(order.name, "Release")
	actions.act(order.name, "Dispatch")
	return again(order)


def picked(order):
	pick.pick(frappe.get_all("MES Pick List", filters={"work_order": order.name}, pluck="name"))


def make_check():
	"""The check of the specification up to its completion: 96 good of 100, received as 60 and 36."""
	order = make_order()
	picked(order)
	done(order, 10, 60, labour_mins=60 * 60, machine_mins=55 * 60)
	receipts = [inbound(order.name, 60)]
	done(order, 10, 36, 4, labour_mins=44 * 60, machine_mins=40 * 60)
	ledger.add(order.name, "Material", 150, qty=50, item=order.materials[0].item)
	ledger.add(order.name, "Labour", 52, op_no=10)
	receipts.append(inbound(order.name, 36))
	return again(order), [receipt.name for receipt in receipts]
