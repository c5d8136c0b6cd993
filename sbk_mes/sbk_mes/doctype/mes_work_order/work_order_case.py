"""What the tests of work orders share: orders at a node, postings, and refusals that leave nothing behind."""

import frappe
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase

from sbk_mes import testing

WORK_ORDER = "MES Work Order"
SAVEPOINT = "before_what_is_refused"


def released(**fields):
	order = testing.make_work_order(**fields)
	return frappe.get_doc(WORK_ORDER, apply_workflow(order, "Release").name)


def dispatched(**fields):
	machine = testing.make_resource()
	item = testing.make_product(operations=[{"operation": "Cut", "resource": machine}])
	order = released(item=item.name, **fields)
	return again(apply_workflow(order, "Dispatch"))


def again(order):
	return frappe.get_doc(WORK_ORDER, order.name)


def post(order, **quantities):
	"""What a posting does: quantities under the order's lock, then the stage that they reach."""
	order = frappe.get_doc(WORK_ORDER, order.name, for_update=True)
	order.flags.is_posting = True
	for field, value in quantities.items():
		(order if order.meta.has_field(field) else order.operations[-1]).set(field, value)
	order.operations[-1].good_qty = order.good_qty
	return order.save()


def event_types(order):
	return frappe.get_all(
		"MES Event", filters={"work_order": order.name}, pluck="event_type", order_by="seq asc"
	)


class WorkOrderTestCase(FrappeTestCase):
	def refused(self, error, do, *args):
		"""`do` raises `error` and leaves neither an event nor another state behind."""
		recorded = frappe.db.count("MES Event")
		frappe.db.savepoint(SAVEPOINT)
		with self.assertRaises(error) as caught:
			do(*args)
		frappe.db.rollback(save_point=SAVEPOINT)
		self.assertEqual(frappe.db.count("MES Event"), recorded)
		return str(caught.exception)
