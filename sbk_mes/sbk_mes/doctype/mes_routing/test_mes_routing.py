import frappe
from frappe.tests.utils import FrappeTestCase

from sbk_mes.exceptions import RoutingError
from sbk_mes.testing import (
	make,
	make_bom,
	make_item,
	make_material,
	make_resource,
	make_routing,
	refused,
	unique,
)


def operation(op_no, **values):
	return {"op_no": op_no, "operation": f"Operation {op_no}", "setup_mins": 0, "run_mins": 1, **values}


class TestMESRouting(FrappeTestCase):
	def test_operations_are_numbered_upwards(self):
		for numbers in ([0], [10, 10], [20, 10]):
			with refused(RoutingError):
				make_routing([operation(op_no) for op_no in numbers])
		make_routing([operation(10), operation(25)])

	def test_a_routing_has_an_operation(self):
		with refused(RoutingError):
			make("MES Routing", routing_name=unique("Routing"))

	def test_an_operation_takes_time_unless_it_is_outsourced(self):
		with refused(RoutingError) as refusal:
			make_routing([operation(10, run_mins=0)])
		self.assertIn("10", refusal.message)
		make_routing(
			[
				operation(10, run_mins=0, setup_mins=5),
				operation(20, run_mins=0, wait_mins=360),
				operation(30, run_mins=0, is_outsourced=1),
			]
		)

	def test_people_and_tools_are_needed_at_an_operation_of_this_routing(self):
		for wrong in ({"op_no": 20, "units": 1}, {"op_no": 10, "units": 0}):
			with self.assertRaises(RoutingError):
				make_routing([operation(10)], needs=[{"resource": make_resource(), **wrong}])

	def test_alternatives_serve_an_operation_of_this_routing(self):
		machine, other = make_resource(), make_resource()
		with refused(RoutingError) as refusal:
			make_routing([operation(10)], alternatives=[{"op_no": 20, "resource": other}])
		self.assertIn("20", refusal.message)
		with refused(RoutingError):
			make_routing([operation(10, resource=machine)], alternatives=[{"op_no": 10, "resource": machine}])
		with refused(RoutingError):
			make_routing([operation(10)], alternatives=[{"op_no": 10, "resource": other}] * 2)
		make_routing([operation(10, resource=machine)], alternatives=[{"op_no": 10, "resource": other}])

	def test_an_operation_that_a_bom_uses_stays(self):
		routing = frappe.get_doc("MES Routing", make_routing([operation(10), operation(20)]))
		bom = make_bom(
			make_item().name,
			[{"item": make_material(), "qty": 1, "op_no": 20}],
			routing=routing.name,
		)
		routing.remove(routing.operations[1])
		with refused(RoutingError) as refusal:
			routing.save()
		self.assertIn(bom, refusal.message)
