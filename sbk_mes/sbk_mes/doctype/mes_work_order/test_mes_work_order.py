import frappe
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, nowdate

from sbk_mes import events, testing
from sbk_mes.exceptions import (
	BOMError,
	BypassError,
	GuardedFieldError,
	GuardError,
	OrderTypeError,
	PegError,
	QuantityError,
	RoutingError,
	StateError,
	TreeError,
)
from sbk_mes.orders import actions
from sbk_mes.rules import states

WORK_ORDER = "MES Work Order"
MANAGER, PLANNER, DISPATCHER = states.MANAGER, states.PLANNER, states.DISPATCHER
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


class TestCancel(WorkOrderTestCase):
	def test_gives_back_reservations_and_picks(self):
		warehouse = testing.make_warehouse()
		part = testing.make_item(supply="Buy", source_warehouse=warehouse)
		testing.receive_stock(part.name, warehouse, 500)
		order = released(item=testing.make_product([{"item": part.name, "qty": 2}]).name)
		order = again(apply_workflow(order, "Cancel"))
		self.assertEqual(
			(order.docstatus, order.workflow_state, order.coarse_state), (2, "Canceled", "CANCELED")
		)
		self.assertEqual(order.materials[0].reserved_qty, 0)
		self.assertEqual(frappe.db.get_value("MES Stock Balance", {"item": part.name}, "reserved_qty"), 0)
		self.assertEqual(
			frappe.get_all(
				"MES Pick List", filters={"work_order": order.name}, pluck="status", order_by="name"
			),
			["Canceled"],
		)
		self.assertEqual(event_types(order), ["created", "released", "cancel"])

	def test_refuses_once_something_was_used_or_is_at_the_line(self):
		for field in ("consumed_qty", "issued_qty"):
			order = released()
			order.flags.is_posting = True
			order.materials[0].set(field, 5)
			order.save()
			self.refused(GuardError, apply_workflow, order, "Cancel")

	def test_sub_orders_go_first_or_together(self):
		parent = released()
		child = released(parent_work_order=parent.name)
		self.assertIn(child.name, self.refused(GuardError, apply_workflow, parent, "Cancel"))
		done = actions.cancel_order(parent.name, with_children=True)
		self.assertEqual(done, [child.name, parent.name])
		self.assertEqual(again(parent).docstatus, 2)

	def test_a_canceled_sub_order_is_short_at_its_parent(self):
		parent = testing.make_work_order()
		child = testing.make_work_order(parent_work_order=parent.name)
		row = parent.materials[0]
		frappe.db.set_value(
			"MES Work Order Material", row.name, {"child_work_order": child.name, "source": "Child Order"}
		)
		frappe.clear_document_cache(WORK_ORDER, parent.name)
		apply_workflow(again(parent), "Release")
		self.assertEqual(again(parent).has_shortage, 0)
		apply_workflow(apply_workflow(child, "Release"), "Cancel")
		parent = again(parent)
		self.assertEqual((parent.materials[0].child_work_order, parent.materials[0].short_qty), (None, 200))

	def test_from_dispatched_on_only_a_manager_cancels(self):
		order = dispatched()
		with testing.as_user(PLANNER):
			self.refused(frappe.PermissionError, actions.act, order.name, "Cancel")
		with testing.as_user(MANAGER):
			self.assertEqual(actions.cancel_order(order.name), [order.name])

	def test_an_amended_order_has_a_number_of_its_own_series(self):
		order = again(apply_workflow(released(), "Cancel"))
		amended = frappe.copy_doc(order, ignore_no_copy=False)
		amended.update({"amended_from": order.name, "docstatus": 0})
		amended.insert()
		self.assertRegex(amended.name, r"^WO-\d+$")
		self.assertEqual((amended.amended_from, amended.workflow_state), (order.name, "Draft"))
		self.assertEqual(apply_workflow(amended, "Release").workflow_state, "Released")


class TestFreeze(WorkOrderTestCase):
	def freeze(self, order, reason="Material missing", *roles):
		with testing.as_user(*(roles or (DISPATCHER,))):
			actions.freeze_order(order.name, reason, "wrong batch")
		return again(order)

	def test_stops_everything_and_names_who_and_why(self):
		order = self.freeze(dispatched())
		self.assertEqual((order.workflow_state, order.frozen_from), ("Frozen", "Dispatched"))
		self.assertEqual(order.coarse_state, "SCHEDULED")
		for action in set(states.WORK_ORDER.actions) - {"Unfreeze"}:
			message = self.refused(frappe.ValidationError, actions.act, order.name, action)
			self.assertIn(order.frozen_by, message)
			self.assertIn("Material missing: wrong batch", message)

	def test_resumes_to_the_same_place_and_keeps_the_minutes(self):
		order = self.freeze(dispatched())
		frappe.db.set_value(
			WORK_ORDER, order.name, "frozen_at", frappe.utils.add_to_date(order.frozen_at, minutes=-90)
		)
		with testing.as_user(DISPATCHER):
			actions.unfreeze_order(order.name, "found")
		order = again(order)
		self.assertEqual(
			(order.workflow_state, order.frozen_from, order.freeze_reason), ("Dispatched", None, None)
		)
		self.assertAlmostEqual(order.frozen_mins, 90, delta=0.5)
		self.assertTrue(events.verify(order.name).is_intact)
		told = frappe.get_last_doc("MES Event", {"work_order": order.name, "event_type": "unfreeze"})
		self.assertEqual(frappe.parse_json(told.after)["unfreeze_resolution"], "found")

	def test_wants_a_reason_and_a_resolution(self):
		order = released()
		self.refused(GuardError, apply_workflow, order, "Freeze")
		scrap = frappe.db.get_value("MES Reason", {"applies_to": "Scrap"}, "name")
		self.refused(GuardError, actions.freeze_order, order.name, scrap)
		order = self.freeze(order)
		self.refused(GuardError, apply_workflow, order, "Unfreeze")

	def test_a_quality_freeze_is_lifted_by_quality_or_a_manager(self):
		order = self.freeze(released(), "Quality problem", states.INSPECTOR)
		with testing.as_user(DISPATCHER):
			self.refused(frappe.PermissionError, actions.unfreeze_order, order.name, "fine")
		with testing.as_user(states.INSPECTOR):
			self.assertEqual(actions.unfreeze_order(order.name, "fine").workflow_state, "Released")

	def test_the_reason_stays_while_it_is_frozen(self):
		order = self.freeze(released())
		order.freeze_reason = "Quality problem"
		self.refused(GuardedFieldError, order.save)

	def test_sub_orders_are_frozen_only_when_asked(self):
		parent = released()
		child = released(parent_work_order=parent.name)
		self.assertEqual(actions.freeze_order(parent.name, "Material missing"), [parent.name])
		actions.unfreeze_order(parent.name, "go on")
		both = actions.freeze_order(parent.name, "Material missing", with_children=True)
		self.assertEqual(both, [parent.name, child.name])
		self.refused(GuardError, self.release_below, parent)

	def release_below(self, parent):
		return apply_workflow(testing.make_work_order(parent_work_order=parent.name), "Release")


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
