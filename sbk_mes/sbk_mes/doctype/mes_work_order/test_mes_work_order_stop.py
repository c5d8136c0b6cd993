import frappe
from frappe.model.workflow import apply_workflow

from sbk_mes import events, testing
from sbk_mes.exceptions import (
	GuardedFieldError,
	GuardError,
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

MANAGER, PLANNER, DISPATCHER = states.MANAGER, states.PLANNER, states.DISPATCHER


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
			"MES Work Order Material",
			row.name,
			{"child_work_order": child.name, "child_qty": 200, "source": "Child Order"},
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
