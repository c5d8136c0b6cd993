import frappe
from frappe.model.workflow import apply_workflow

from sbk_mes import testing
from sbk_mes.exceptions import (
	BypassError,
	GuardedFieldError,
	OrderTypeError,
	PegError,
	QuantityError,
	RoutingError,
	StateError,
	TreeError,
)
from sbk_mes.orders import actions
from sbk_mes.rules import states
from sbk_mes.sbk_mes.doctype.mes_work_order.work_order_case import (
	WORK_ORDER,
	WorkOrderTestCase,
	again,
	dispatched,
	event_types,
	released,
)

PLANNER, DISPATCHER = states.PLANNER, states.DISPATCHER


class TestDraft(WorkOrderTestCase):
	def test_number_comes_from_the_series_of_the_type(self):
		for order_type, prefix in (("MTO", "WO-"), ("MTS", "WO-"), ("Trial", "TR-")):
			self.assertTrue(testing.make_work_order(order_type=order_type).name.startswith(prefix))
		rework = testing.make_work_order(order_type="Rework", origin_lot="L1")
		self.assertTrue(rework.name.startswith("RW-"))

	def test_sub_orders_are_numbered_below_their_parent(self):
		parent = testing.make_work_order()
		names = [testing.make_work_order(parent_work_order=parent.name).name for _n in range(3)]
		self.assertEqual(names, [f"{parent.name}-{n}" for n in (1, 2, 3)])
		grandchild = testing.make_work_order(parent_work_order=names[1])
		self.assertEqual(
			(grandchild.name, grandchild.root_work_order, grandchild.level), (f"{names[1]}-1", parent.name, 2)
		)

	def test_a_deleted_number_is_not_used_again(self):
		gone = testing.make_work_order()
		gone.delete()
		self.assertNotEqual(testing.make_work_order().name, gone.name)

	def test_starts_as_draft_and_says_so_to_integrators(self):
		order = testing.make_work_order()
		self.assertEqual((order.workflow_state, order.coarse_state, order.docstatus), ("Draft", "DRAFT", 0))
		self.assertEqual(event_types(order), ["created"])

	def test_product_data_is_filled_in_by_item(self):
		warehouse = testing.make_warehouse()
		part = testing.make_item(supply="Buy", source_warehouse=warehouse)
		item = testing.make_product([{"item": part.name, "qty": 3}])
		order = frappe.new_doc(WORK_ORDER)
		order.update({"item": item.name, "planned_qty": 7, "due_at": "2030-01-01 12:00:00"})
		order.insert()
		self.assertEqual((order.bom, order.routing), (item.default_bom, item.default_routing))
		self.assertEqual([row.op_no for row in order.operations], [10, 20])
		row = order.materials[0]
		self.assertEqual(
			(row.item, row.required_qty, row.source_warehouse, row.op_no), (part.name, 21, warehouse, 10)
		)

	def test_a_phantom_gives_way_to_its_components(self):
		part = testing.make_item(supply="Buy")
		kit = testing.make_item(is_phantom=1)
		testing.make_bom(kit.name, [{"item": part.name, "qty": 4}])
		item = testing.make_product([{"item": kit.name, "qty": 2}])
		order = frappe.new_doc(WORK_ORDER)
		order.update({"item": item.name, "planned_qty": 5})
		order.insert()
		self.assertEqual([(row.item, row.required_qty) for row in order.materials], [(part.name, 40)])

	def test_minutes_and_requirements_follow_the_quantity(self):
		order = testing.make_work_order(qty=10)
		order.planned_qty = 20
		order.save()
		self.assertEqual([row.planned_mins for row in order.operations], [30, 30])
		self.assertEqual((order.planned_mins, order.materials[0].required_qty), (60, 40))
		self.assertEqual(event_types(order), ["created", "change"])

	def test_a_save_without_a_change_leaves_no_event(self):
		order = again(testing.make_work_order())
		order.save()
		self.assertEqual(event_types(order), ["created"])

	def test_refuses_a_quantity_of_zero_and_a_fraction_of_a_piece(self):
		self.refused(QuantityError, lambda: testing.make_work_order(qty=0))
		self.refused(QuantityError, lambda: testing.make_work_order(qty=1.5))

	def test_refuses_what_does_not_fit_its_type(self):
		customer = testing.make_customer()
		self.refused(OrderTypeError, lambda: testing.make_work_order(order_type="MTS", customer=customer))
		self.refused(OrderTypeError, lambda: testing.make_work_order(order_type="Rework"))
		self.refused(OrderTypeError, lambda: testing.make_work_order(order_type="ETO"))
		self.refused(OrderTypeError, lambda: testing.make_work_order(priority="Urgent"))

	def test_refuses_operations_without_time_or_out_of_order(self):
		order = testing.make_work_order()
		order.operations[1].op_no = 10
		self.refused(RoutingError, order.save)
		order = testing.make_work_order()
		order.operations[0].update({"setup_mins": 0, "run_mins": 0})
		self.refused(RoutingError, order.save)

	def test_refuses_more_demand_than_quantity(self):
		order = testing.make_work_order(qty=10)
		order.append("demands", {"demand_type": "Stock", "qty": 6})
		order.append("demands", {"demand_type": "Stock", "qty": 5})
		self.refused(PegError, order.save)

	def test_refuses_a_circle_of_parents(self):
		parent = testing.make_work_order()
		child = testing.make_work_order(parent_work_order=parent.name)
		parent.parent_work_order = child.name
		message = self.refused(TreeError, parent.save)
		self.assertIn(f"{parent.name} → {child.name} → {parent.name}", message)

	def test_a_copy_brings_no_history(self):
		order = released()
		copy = frappe.copy_doc(order)
		copy.update({"docstatus": 0, "workflow_state": None, "good_qty": 50, "released_by": "Administrator"})
		copy.insert()
		self.assertEqual((copy.good_qty, copy.released_by, copy.snapshot_hash), (0, None, None))
		self.assertEqual(event_types(copy), ["created"])

	def test_refuses_recorded_quantities_in_a_draft(self):
		order = testing.make_work_order()
		order.good_qty = 5
		self.refused(GuardedFieldError, order.save)
		order = again(order)
		order.materials[0].issued_qty = 5
		self.refused(GuardedFieldError, order.save)


class TestDelete(WorkOrderTestCase):
	def test_a_draft_goes_with_its_sub_orders_and_leaves_tombstones(self):
		parent = testing.make_work_order()
		child = testing.make_work_order(parent_work_order=parent.name)
		parent.materials[0].child_work_order = child.name
		frappe.db.set_value(
			"MES Work Order Material", parent.materials[0].name, "child_work_order", child.name
		)
		frappe.delete_doc(WORK_ORDER, parent.name)
		self.assertFalse(
			frappe.db.exists(WORK_ORDER, parent.name) or frappe.db.exists(WORK_ORDER, child.name)
		)
		self.assertEqual(event_types(parent), ["created", "deleted"])
		self.assertEqual(event_types(child), ["created", "deleted"])

	def test_refuses_to_delete_what_was_released(self):
		order = released()
		self.refused(frappe.ValidationError, frappe.delete_doc, WORK_ORDER, order.name)
		order = again(apply_workflow(order, "Cancel"))
		self.refused(StateError, frappe.delete_doc, WORK_ORDER, order.name)

	def test_a_canceled_draft_cannot_be_edited(self):
		order = again(apply_workflow(testing.make_work_order(), "Cancel"))
		self.assertEqual((order.workflow_state, order.coarse_state), ("Canceled Draft", "CANCELED"))
		order.planned_qty = 5
		self.refused(StateError, order.save)


class TestBypass(WorkOrderTestCase):
	def test_refuses_a_plain_submit(self):
		self.refused(BypassError, testing.make_work_order().submit)

	def test_refuses_docstatus_written_into_the_document(self):
		order = testing.make_work_order()
		order.docstatus = 1
		self.refused(BypassError, order.save)

	def test_refuses_a_state_written_along_a_legal_arrow(self):
		order = testing.make_work_order()
		order.workflow_state = "Released"
		self.refused(BypassError, order.save)
		order = released()
		order.workflow_state = "Dispatched"
		self.refused(BypassError, order.save)

	def test_refuses_a_plain_cancel(self):
		self.refused(BypassError, released().cancel)

	def test_refuses_to_be_born_later_than_draft(self):
		draft = testing.make_work_order()
		for values in ({"workflow_state": "Released"}, {"docstatus": 1}):
			copy = frappe.copy_doc(draft)
			copy.update(values)
			self.refused(frappe.ValidationError, copy.insert)

	def test_a_flag_or_a_frame_of_another_document_does_not_help(self):
		order = testing.make_work_order()
		order.flags.action = "Release"

		def apply_workflow(doc, action):
			return doc.submit()

		self.refused(BypassError, apply_workflow, order, "Release")

	def test_administrator_is_no_exception_for_stages_that_quantities_do_not_support(self):
		order = dispatched()
		for action in ("Start Picking", "Start Production", "Force Complete"):
			self.refused(frappe.ValidationError, apply_workflow, order, action)


class TestGuardedFields(WorkOrderTestCase):
	def test_a_direct_change_of_the_plan_says_to_raise_a_change_order(self):
		for field, value in (
			("planned_qty", 120),
			("due_at", "2031-01-01 00:00:00"),
			("bom", None),
			("item", testing.make_product().name),
		):
			order = released()
			order.set(field, value)
			self.assertIn("Change Order", self.refused(GuardedFieldError, order.save))

	def test_rows_are_guarded_too(self):
		order = released()
		order.materials[0].qty_per = 9
		self.assertIn("Change Order", self.refused(GuardedFieldError, order.save))
		order = again(order)
		order.operations[0].run_mins = 9
		self.refused(GuardedFieldError, order.save)
		order = again(order)
		order.append("materials", {"item": order.materials[0].item, "qty_per": 1})
		self.refused(GuardedFieldError, order.save)
		order = again(order)
		order.operations = order.operations[:1]
		self.refused(GuardedFieldError, order.save)

	def test_what_is_posted_is_not_typed_in(self):
		for field, value in (
			("good_qty", 5),
			("derived_stage", "Completed"),
			("frozen_by", "Administrator"),
			("snapshot_hash", "0" * 64),
			("has_shortage", 0),
		):
			order = released()
			order.set(field, value)
			if field == "derived_stage":
				order.save()
				self.assertFalse(again(order).derived_stage)
			else:
				self.refused(GuardedFieldError, order.save)

	def test_the_value_before_and_after_are_named(self):
		order = released()
		order.planned_qty = 120
		message = self.refused(GuardedFieldError, order.save)
		self.assertIn("100", message)
		self.assertIn("120", message)

	def test_only_a_dispatcher_places_operations_and_only_before_dispatch(self):
		order = released()
		machine = testing.make_resource()
		with testing.as_user(PLANNER):
			order = again(order)
			order.operations[0].resource = machine
			self.refused(GuardedFieldError, order.save)
		with testing.as_user(DISPATCHER):
			order = again(order)
			order.operations[0].resource = machine
			order.save()
		self.assertEqual(event_types(order)[-1], "change")
		order = dispatched()
		order.operations[0].resource = machine
		self.refused(GuardedFieldError, order.save)


class TestEveryPair(WorkOrderTestCase):
	"""SPEC 4.4: outside of the table every action is a typed error and writes no event."""

	def test_actions_that_do_not_leave_a_node_are_refused_there(self):
		order = testing.make_work_order()
		for node in states.WORK_ORDER.nodes:
			frappe.db.set_value(
				WORK_ORDER, order.name, {"workflow_state": node.name, "docstatus": node.docstatus}
			)
			for action in states.WORK_ORDER.actions:
				if not states.WORK_ORDER.leaving(node.name, action):
					self.refused(frappe.ValidationError, actions.act, order.name, action)

	def test_nor_by_the_engine_itself(self):
		order = released()
		for action in set(states.WORK_ORDER.actions) - set(states.WORK_ORDER.actions_from("Released")):
			self.refused(frappe.ValidationError, apply_workflow, order, action)

	def test_every_action_asks_for_its_role(self):
		order = released()
		with testing.as_user(states.VIEWER):
			for action in states.WORK_ORDER.actions_from("Released"):
				self.refused(frappe.PermissionError, actions.act, order.name, action)
