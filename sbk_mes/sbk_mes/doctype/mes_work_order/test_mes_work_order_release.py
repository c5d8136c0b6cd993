import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, nowdate

from sbk_mes import events, testing
from sbk_mes.exceptions import (
	BOMError,
	GuardError,
)
from sbk_mes.rules import states
from sbk_mes.sbk_mes.doctype.mes_work_order.work_order_case import (
	WORK_ORDER,
	WorkOrderTestCase,
	again,
	dispatched,
	event_types,
	post,
	released,
)

MANAGER, PLANNER = states.MANAGER, states.PLANNER


class TestRelease(WorkOrderTestCase):
	def test_freezes_the_plan_with_its_hash(self):
		order = released()
		self.assertEqual((order.docstatus, order.coarse_state), (1, "SCHEDULED"))
		self.assertEqual((len(order.snapshot_hash), order.snapshot_version), (64, 1))
		self.assertEqual(frappe.parse_json(order.snapshot)["plan"]["planned_qty"], 100)
		self.assertEqual(event_types(order), ["created", "released"])

	def test_orders_of_one_product_have_one_hash_whatever_their_quantity(self):
		item = testing.make_product()
		hashes = {released(item=item.name, qty=qty).snapshot_hash for qty in (5, 100)}
		self.assertEqual(len(hashes), 1)

	def test_masters_that_change_later_do_not_move_it(self):
		order = released()
		routing = frappe.get_doc("MES Routing", order.routing)
		routing.operations[0].run_mins = 99
		routing.save()
		self.assertEqual(again(order).operations[0].run_mins, 1)

	def test_reserves_what_is_free_and_names_what_is_short(self):
		warehouse = testing.make_warehouse()
		part = testing.make_item(supply="Buy", source_warehouse=warehouse)
		item = testing.make_product([{"item": part.name, "qty": 2}])
		testing.receive_stock(part.name, warehouse, 250)
		first, second = released(item=item.name, qty=100), released(item=item.name, qty=100)
		self.assertEqual([first.materials[0].reserved_qty, second.materials[0].reserved_qty], [200, 50])
		self.assertEqual((first.has_shortage, second.has_shortage), (0, 1))
		self.assertEqual(second.materials[0].short_qty, 150)
		self.assertIn(part.name, second.shortage_note)
		self.assertEqual(self.reserved(part.name, warehouse), 250)

	def test_opens_a_pick_list_per_operation_and_warehouse(self):
		stores = [testing.make_warehouse(), testing.make_warehouse()]
		parts = [testing.make_item(supply="Buy", source_warehouse=stores[n % 2]).name for n in range(3)]
		item = testing.make_product(
			[
				{"item": parts[0], "qty": 1, "op_no": 10},
				{"item": parts[1], "qty": 1, "op_no": 10},
				{"item": parts[2], "qty": 1, "op_no": 20},
			]
		)
		order = released(item=item.name)
		lists = frappe.get_all(
			"MES Pick List",
			filters={"work_order": order.name},
			fields=["op_no", "warehouse", "status"],
			order_by="op_no asc, warehouse asc",
		)
		self.assertEqual(
			{(row.op_no, row.warehouse, row.status) for row in lists},
			{(10, stores[0], "Open"), (10, stores[1], "Open"), (20, stores[0], "Open")},
		)

	def test_refuses_an_order_that_is_not_ready(self):
		without_due = testing.make_work_order(due_at=None)
		self.refused(GuardError, apply_workflow, without_due, "Release")
		closed = testing.make_work_order()
		frappe.db.set_value("MES BOM", closed.bom, "is_active", 0)
		self.refused(BOMError, apply_workflow, closed, "Release")
		expired = testing.make_work_order()
		frappe.db.set_value("MES BOM", expired.bom, "valid_to", add_days(nowdate(), -1))
		self.refused(BOMError, apply_workflow, expired, "Release")

	def test_refuses_below_a_parent_that_is_called_off(self):
		parent = testing.make_work_order()
		child = testing.make_work_order(parent_work_order=parent.name)
		frappe.db.set_value(WORK_ORDER, parent.name, "workflow_state", "Canceled Draft")
		self.refused(GuardError, apply_workflow, child, "Release")

	def test_urgent_orders_are_released_by_a_manager(self):
		order = testing.make_work_order(priority="Urgent", urgent_reason="VIP")
		with testing.as_user(PLANNER):
			self.refused(frappe.ValidationError, apply_workflow, order, "Release")
		with testing.as_user(MANAGER):
			self.assertEqual(apply_workflow(order, "Release").workflow_state, "Released")

	def test_a_project_manager_releases_his_own_projects_orders_only(self):
		with testing.as_user(states.PROJECT_MANAGER) as user:
			pass
		own, other = testing.make_project(manager=user), testing.make_project()
		orders = {p: testing.make_work_order(order_type="ETO", project=p) for p in (own, other)}
		with testing.as_user(states.PROJECT_MANAGER):
			self.refused(frappe.PermissionError, apply_workflow, orders[other], "Release")
			self.assertEqual(apply_workflow(orders[own], "Release").workflow_state, "Released")

	def test_a_type_may_be_kept_for_managers(self):
		settings = frappe.get_single("MES Settings")
		for row in settings.order_types:
			row.manager_releases = int(row.order_type == "Trial")
		settings.save()
		order = testing.make_work_order(order_type="Trial")
		with testing.as_user(PLANNER):
			self.refused(frappe.PermissionError, apply_workflow, order, "Release")

	def reserved(self, item, warehouse):
		return frappe.db.get_value(
			"MES Stock Balance", {"item": item, "warehouse": warehouse}, "reserved_qty"
		)


class TestFloor(WorkOrderTestCase):
	def test_schedule_wants_a_resource_and_a_time_for_every_operation(self):
		order = released()
		self.refused(GuardError, apply_workflow, again(order), "Schedule")
		for row in order.operations:
			row.resource = testing.make_resource()
			row.planned_start_at, row.planned_end_at = "2030-01-01 08:00:00", "2030-01-01 09:00:00"
		order.save()
		self.assertEqual(apply_workflow(order, "Schedule").workflow_state, "Scheduled")
		self.assertEqual(apply_workflow(order, "Unschedule").workflow_state, "Released")

	def test_dispatch_wants_active_resources(self):
		order = released()
		self.refused(GuardError, apply_workflow, order, "Dispatch")
		machine = testing.make_resource(is_active=0)
		item = testing.make_product(operations=[{"operation": "Cut"}])
		order = released(item=item.name)
		order.operations[0].resource = machine
		order.save()
		self.refused(GuardError, apply_workflow, order, "Dispatch")

	def test_recall_before_anything_was_started(self):
		self.assertEqual(apply_workflow(dispatched(), "Recall").workflow_state, "Scheduled")
		order = dispatched()
		post(order, in_qty=5)
		self.refused(GuardError, apply_workflow, order, "Recall")

	def test_postings_carry_it_through_to_completed(self):
		order = dispatched(qty=100)
		for quantities, action, state in (
			({"in_qty": 100}, "Start Production", "In Production"),
			({"good_qty": 98, "scrap_qty": 2}, "Finish Reporting", "Inbound"),
			({"inbound_qty": 98}, "Finish Inbound", "Completed"),
			({"inbound_qty": 90}, "Reverse", "Inbound"),
		):
			post(order, **quantities)
			self.assertEqual(apply_workflow(again(order), action).workflow_state, state)
		self.assertEqual(event_types(order)[-4:], ["started", "stage", "stage", "stage"])
		self.assertTrue(events.verify(order.name).is_intact)

	def test_a_short_closed_order_is_completed_from_anywhere(self):
		order = released(qty=100)
		post(order, short_closed_qty=100)
		self.assertEqual(apply_workflow(again(order), "Force Complete").workflow_state, "Completed")

	def test_every_move_keeps_the_coarse_state(self):
		order = dispatched()
		self.assertEqual(order.coarse_state, "SCHEDULED")
		post(order, in_qty=1)
		self.assertEqual(apply_workflow(again(order), "Start Production").coarse_state, "IN_PROCESS")
