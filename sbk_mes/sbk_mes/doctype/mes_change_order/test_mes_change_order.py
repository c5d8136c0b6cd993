import frappe
from frappe.model.workflow import apply_workflow
from frappe.tests.utils import FrappeTestCase

from sbk_mes import testing
from sbk_mes.api import changes
from sbk_mes.exceptions import (
	BypassError,
	ChangeFieldError,
	ChangeFloorError,
	ChangeStateError,
	EmptyChangeError,
	GuardError,
	SecondChangeError,
	SelfApprovalError,
	StaleChangeError,
)
from sbk_mes.orders import actions
from sbk_mes.rules import states

WORK_ORDER, CHANGE_ORDER = "MES Work Order", "MES Change Order"
PLANNER, MANAGER = states.PLANNER, states.MANAGER
TO_120 = {"target": "Quantity", "field": "planned_qty", "after": "120"}


def running(**fields):
	return frappe.get_doc(WORK_ORDER, apply_workflow(testing.make_work_order(**fields), "Release").name)


def make_change(order, *lines):
	change = frappe.new_doc(CHANGE_ORDER)
	reason = frappe.db.get_value("MES Reason", {"applies_to": "Change"}, "name")
	change.update({"work_order": order.name, "reason": reason})
	for line in lines or (TO_120,):
		change.append("lines", line)
	return change.insert()


def requested(order, *lines, role=PLANNER):
	with testing.as_user(role):
		return apply_workflow(make_change(order, *lines), "Submit for Approval")


def again(doc):
	return frappe.get_doc(doc.doctype, doc.name)


class TestChangeOrder(FrappeTestCase):
	def refused(self, error, do, *args):
		frappe.db.savepoint("before_what_is_refused")
		with self.assertRaises(error) as caught:
			do(*args)
		frappe.db.rollback(save_point="before_what_is_refused")
		return str(caught.exception)

	def test_shows_every_field_before_and_after(self):
		order = running()
		change = make_change(order)
		self.assertEqual((change.lines[0].before, change.workflow_state), ("100", "Draft"))
		effect = {(row["row"], row["field"]): row for row in frappe.parse_json(change.effect)}
		part = order.materials[0].item
		self.assertEqual(
			(effect[part, "required_qty"]["before"], effect[part, "required_qty"]["after"]), ("200", "240")
		)
		self.assertEqual(effect["10 Cut", "planned_mins"]["after"], "130")

	def test_a_new_value_may_be_a_number(self):
		order = running()
		for value in (120, 120.0):
			self.assertEqual(
				changes.preview(order.name, [{**TO_120, "after": value}])["differences"][0]["after"], "120"
			)
		self.assertEqual(make_change(order, {**TO_120, "after": 120}).lines[0].before, "100")

	def test_preview_tells_the_same_without_a_document(self):
		order = running()
		told = changes.preview(order.name, [TO_120])
		self.assertEqual(told["differences"], frappe.parse_json(make_change(order).effect))

	def test_impact_is_valued_at_standard_rates(self):
		part = testing.make_item(supply="Buy", standard_rate=3)
		item = testing.make_product([{"item": part.name, "qty": 2}], standard_rate=50)
		self.assertEqual(make_change(running(item=item.name)).impact_value, 20 * 50 + 40 * 3)

	def test_is_approved_by_another_person(self):
		change = requested(running())
		with testing.as_user(MANAGER) as manager:
			change = apply_workflow(change, "Approve")
		self.assertEqual(
			(change.workflow_state, change.docstatus, change.decided_by), ("Approved", 1, manager)
		)
		types = frappe.get_all(
			"MES Event", filters={"work_order": change.work_order}, pluck="event_type", order_by="seq asc"
		)
		self.assertEqual(types[-2:], ["change-requested", "change-approved"])

	def test_nobody_decides_his_own_request(self):
		with testing.as_user(MANAGER):
			order = running()
			change = apply_workflow(make_change(order), "Submit for Approval")
			for action in ("Approve", "Reject"):
				self.refused(frappe.ValidationError, apply_workflow, again(change), action)

	def test_administrator_who_asked_does_not_decide_either(self):
		change = apply_workflow(make_change(running()), "Submit for Approval")
		self.refused(SelfApprovalError, apply_workflow, change, "Approve")

	def test_a_planner_cannot_approve(self):
		change = requested(running(), role=states.DISPATCHER)
		with testing.as_user(PLANNER):
			self.refused(frappe.ValidationError, apply_workflow, change, "Approve")

	def test_a_plain_submit_is_refused(self):
		change = requested(running())
		with testing.as_user(MANAGER):
			self.refused(BypassError, again(change).submit)
			change = again(change)
			change.workflow_state = "Approved"
			self.refused(BypassError, change.save)

	def test_only_a_draft_is_edited(self):
		change = again(requested(running()))
		change.lines[0].after = "130"
		self.refused(ChangeStateError, change.save)
		change = again(change)
		change.append("lines", {"target": "Due", "field": "due_at", "after": "2031-01-01"})
		self.refused(ChangeStateError, change.save)

	def test_a_draft_follows_its_order_until_it_is_asked_for(self):
		change = make_change(running())
		change.lines[0].after = "150"
		change.save()
		self.assertEqual(frappe.parse_json(change.effect)[0]["after"], "150")

	def test_one_open_change_per_order(self):
		order = running()
		first = make_change(order)
		self.refused(SecondChangeError, make_change, order)
		apply_workflow(first, "Withdraw")
		self.assertTrue(make_change(order).name)

	def test_refuses_an_order_that_is_not_running(self):
		self.refused(ChangeStateError, make_change, testing.make_work_order())
		done = again(apply_workflow(running(), "Cancel"))
		self.refused(frappe.ValidationError, make_change, done)

	def test_refuses_what_changes_nothing_or_cannot_be(self):
		order = running()
		self.refused(EmptyChangeError, make_change, order, {**TO_120, "after": "100"})
		self.refused(ChangeFieldError, make_change, order, {**TO_120, "after": "-1"})
		self.refused(ChangeFieldError, make_change, order, {**TO_120, "field": "good_qty"})
		order.flags.is_posting = True
		order.operations[0].good_qty = 30
		order.save()
		self.refused(ChangeFloorError, make_change, order, {**TO_120, "after": "29"})

	def test_a_request_on_an_earlier_plan_is_stale(self):
		order = running()
		change = requested(order)
		self.refused(ChangeStateError, apply_workflow, again(change), "Mark Stale")
		order = again(order)
		order.flags.is_posting = True
		order.planned_qty = 110
		order.flags.ignore_validate_update_after_submit = True
		order.save()
		with testing.as_user(MANAGER):
			self.refused(StaleChangeError, apply_workflow, again(change), "Approve")
			self.assertEqual(apply_workflow(again(change), "Mark Stale").workflow_state, "Stale")

	def test_the_inbox_holds_what_waits_for_me(self):
		order = running()
		change = requested(order)
		with testing.as_user(PLANNER):
			self.assertEqual(changes.inbox()["rows"], [])
		with testing.as_user(MANAGER):
			rows = changes.inbox()["rows"]
			self.assertIn(change.name, [row["name"] for row in rows])
			self.assertEqual(rows[0]["effect"][0]["field"], "planned_qty")
			apply_workflow(again(change), "Reject")
			self.assertNotIn(change.name, [row["name"] for row in changes.inbox()["rows"]])

	def test_who_may_decide_is_told_of_a_request(self):
		manager, other = testing.make_user(MANAGER), testing.make_user(MANAGER, email="other@example.com")
		change = requested(running(), role=MANAGER)
		told = frappe.get_all("Notification Log", {"document_name": change.name}, pluck="for_user")
		self.assertIn(other, told)
		self.assertNotIn(manager, told)

	def test_nobody_has_his_own_request_in_his_inbox(self):
		change = requested(running(), role=MANAGER)
		with testing.as_user(MANAGER):
			self.assertNotIn(change.name, [row["name"] for row in changes.inbox()["rows"]])

	def test_a_freeze_for_a_change_waits_for_its_decision(self):
		order = running()
		actions.freeze_order(order.name, "Change pending")
		self.refused(GuardError, actions.unfreeze_order, order.name, "done")
		change = requested(again(order))
		self.refused(GuardError, actions.unfreeze_order, order.name, "done")
		with testing.as_user(MANAGER):
			apply_workflow(again(change), "Reject")
		self.assertEqual(actions.unfreeze_order(order.name, "rejected").workflow_state, "Released")

	def test_a_decision_is_never_deleted(self):
		change = requested(running())
		self.refused(ChangeStateError, frappe.delete_doc, CHANGE_ORDER, change.name)
		drafted = make_change(running())
		frappe.delete_doc(CHANGE_ORDER, drafted.name)
		self.assertFalse(frappe.db.exists(CHANGE_ORDER, drafted.name))
