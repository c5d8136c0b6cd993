"""The workflow engine, its quirks included: `Tiny Request` moves as the app's fixture says."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from people import make_user

import frappe
from frappe.model.workflow import (
	WorkflowPermissionError,
	WorkflowStateError,
	WorkflowTransitionError,
	apply_workflow,
	bulk_workflow_approval,
	can_cancel_document,
	get_common_transition_actions,
	get_transitions,
	get_workflow_name,
)
from frappe.workflow.doctype.workflow.workflow import get_workflow_state_count

USER = "user@tiny.test"
MANAGER = "manager@tiny.test"
BOTH = "both@tiny.test"


def make_request(user=USER, **values):
	frappe.set_user(user)
	return frappe.get_doc({"doctype": "Tiny Request", "title": "T", "amount": 50, **values}).insert()


def waiting(**values):
	return apply_workflow(make_request(**values), "Tiny Ask")


def approved(**values):
	doc = waiting(**values)
	frappe.set_user(MANAGER)
	return apply_workflow(doc, "Tiny Approve")


def actions(doc):
	return [transition.action for transition in get_transitions(doc)]


class TestSave:
	def test_new_document_gets_the_first_state(self, site):
		assert make_request().workflow_state == "Tiny Draft"

	def test_new_document_in_another_state_is_refused(self, site):
		with pytest.raises(WorkflowPermissionError):
			make_request(workflow_state="Tiny Waiting")

	def test_new_document_may_name_the_first_state(self, site):
		assert make_request(workflow_state="Tiny Draft").name

	def test_state_the_user_is_not_offered_is_refused(self, site):
		doc = waiting()
		doc.workflow_state = "Tiny Approved"
		with pytest.raises(WorkflowPermissionError):
			doc.save()

	def test_unknown_state_is_a_missing_link(self, site):
		doc = make_request()
		doc.workflow_state = "Nowhere"
		with pytest.raises(frappe.LinkValidationError):
			doc.save()

	def test_emptied_state_is_the_first_again(self, site):
		doc = make_request()
		doc.workflow_state = None
		doc.save()
		assert doc.workflow_state == "Tiny Draft"

	def test_plain_save_along_an_open_transition_is_accepted_without_its_effects(self, site):
		doc = waiting(user=BOTH)
		doc.workflow_state = "Tiny Approved"
		doc.save()
		doc.reload()
		assert (doc.workflow_state, doc.docstatus, doc.decided_by) == ("Tiny Approved", 0, None)
		assert not frappe.db.exists(
			"Comment", {"reference_name": doc.name, "comment_type": "Workflow", "content": "Tiny Approved"}
		)

	def test_condition_is_evaluated_on_the_stored_document(self, site):
		doc = waiting(amount=50)
		frappe.set_user(MANAGER)
		doc.update({"amount": 500, "workflow_state": "Tiny Rejected"})
		with pytest.raises(WorkflowPermissionError):
			doc.save()

	def test_plain_submit_jumps_to_the_first_submitted_state(self, site):
		doc = make_request()
		frappe.set_user(MANAGER)
		doc.submit()
		assert (doc.workflow_state, doc.docstatus) == ("Tiny Approved", 1)

	def test_plain_cancel_leaves_the_state(self, site):
		doc = approved()
		doc.cancel()
		assert (doc.workflow_state, doc.docstatus) == ("Tiny Approved", 2)

	def test_who_edits_is_not_checked_on_the_server(self, site):
		doc = waiting()
		doc.title = "changed by someone allow_edit does not name"
		doc.save()


class TestTransitions:
	def test_role_and_condition_decide(self, site):
		doc = waiting(amount=50)
		assert actions(doc) == []
		frappe.set_user(MANAGER)
		assert actions(doc) == ["Tiny Approve"]
		assert actions(waiting(amount=500, user=BOTH)) == ["Tiny Approve", "Tiny Reject"]

	def test_forbidden_self_approval_is_listed(self, site):
		assert "Tiny Approve" in actions(waiting(user=BOTH))

	def test_entries_carry_the_whole_row(self, site):
		entry = get_transitions(make_request())[0]
		row = "name owner creation modified modified_by docstatus idx parent parentfield parenttype doctype"
		own = "state action next_state allowed allow_self_approval condition workflow_builder_id"
		assert set(entry) == {*row.split(), *own.split()}
		assert entry["doctype"] == "Workflow Transition"

	def test_sent_values_are_ignored(self, site):
		doc = make_request()
		sent = json.dumps({"doctype": "Tiny Request", "name": doc.name, "workflow_state": "Tiny Waiting"})
		assert actions(sent) == ["Tiny Ask"]

	def test_document_without_state_is_an_error(self, site):
		doc = make_request()
		frappe.db.set_value("Tiny Request", doc.name, "workflow_state", None)
		with pytest.raises(WorkflowStateError):
			get_transitions({"doctype": "Tiny Request", "name": doc.name})

	def test_doctype_without_workflow_is_an_error(self, site):
		customer = frappe.get_doc({"doctype": "Tiny Customer", "customer_name": "A"}).insert()
		with pytest.raises(frappe.DoesNotExistError):
			get_transitions(customer)

	def test_needs_the_read_right(self, site):
		doc = make_request()
		frappe.set_user("Administrator")
		make_user("nobody@tiny.test")
		frappe.set_user("nobody@tiny.test")
		with pytest.raises(frappe.PermissionError):
			get_transitions(doc)


class TestApply:
	def test_state_field_docstatus_and_comment_follow_the_move(self, site):
		doc = approved()
		assert (doc.workflow_state, doc.docstatus, doc.decided_by) == ("Tiny Approved", 1, "manager")
		comments = frappe.get_all(
			"Comment",
			{"reference_name": doc.name, "comment_type": "Workflow"},
			pluck="content",
			order_by="creation asc",
		)
		assert comments == ["Tiny Waiting", "Tiny Approved"]

	def test_cancelling_move(self, site):
		doc = apply_workflow(approved(), "Tiny Withdraw")
		assert (doc.workflow_state, doc.docstatus) == ("Tiny Withdrawn", 2)

	def test_action_that_does_not_lead_on_is_refused(self, site):
		with pytest.raises(WorkflowTransitionError):
			apply_workflow(make_request(), "Tiny Approve")

	def test_self_approval_is_refused_to_the_owner(self, site):
		with pytest.raises(frappe.ValidationError, match="Self approval"):
			apply_workflow(waiting(user=BOTH), "Tiny Approve")

	def test_administrator_may_approve_his_own(self, site):
		assert apply_workflow(waiting(user="Administrator"), "Tiny Approve").docstatus == 1

	def test_sent_values_are_not_stored(self, site):
		doc = make_request()
		apply_workflow({"doctype": "Tiny Request", "name": doc.name, "title": "smuggled"}, "Tiny Ask")
		assert frappe.db.get_value("Tiny Request", doc.name, "title") == "T"

	def test_missing_document(self, site):
		with pytest.raises(frappe.DoesNotExistError):
			apply_workflow({"doctype": "Tiny Request", "name": "RQ-none"}, "Tiny Ask")

	def test_submitting_move_needs_the_submit_right(self, site):
		doc = waiting()
		frappe.set_user("Administrator")
		frappe.get_doc("Workflow", "Tiny Request Approval").transitions[1].db_set("allowed", "Tiny Approver")
		frappe.clear_cache(doctype="Tiny Request")
		frappe.get_doc({"doctype": "Role", "role_name": "Tiny Approver"}).insert()
		make_user("approver@tiny.test", "Tiny Approver")
		frappe.get_doc(
			{
				"doctype": "Custom DocPerm",
				"parent": "Tiny Request",
				"role": "Tiny Approver",
				"read": 1,
				"write": 1,
			}
		).insert()
		frappe.set_user("approver@tiny.test")
		with pytest.raises(frappe.PermissionError):
			apply_workflow(doc, "Tiny Approve")


class TestBulk:
	def test_each_document_moves_or_leaves_an_error_log(self, site):
		good, bad = waiting(), make_request()
		frappe.db.commit()
		frappe.set_user(MANAGER)
		try:
			bulk_workflow_approval(json.dumps([good.name, bad.name]), "Tiny Request", "Tiny Approve")
			assert frappe.db.get_value("Tiny Request", good.name, "docstatus") == 1
			assert frappe.db.get_value("Tiny Request", bad.name, "workflow_state") == "Tiny Draft"
			assert frappe.db.exists("Error Log", {"method": ["like", f"%{bad.name}"]})
		finally:
			frappe.set_user("Administrator")
			frappe.db.delete("Tiny Request", {"name": ["in", [good.name, bad.name]]})
			frappe.db.delete("Workflow Action", {"reference_name": ["in", [good.name, bad.name]]})
			frappe.db.delete("Error Log", {"method": ["like", f"%{bad.name}"]})
			frappe.db.commit()

	def test_twenty_and_more_become_a_job(self, site):
		from frappe.utils.background_jobs import get_queue

		queue = get_queue("short")
		before = set(queue.job_ids)
		bulk_workflow_approval(
			json.dumps([f"RQ-none-{i}" for i in range(20)]), "Tiny Request", "Tiny Approve"
		)
		added = [queue.fetch_job(job_id) for job_id in queue.job_ids if job_id not in before]
		assert [job.kwargs["kwargs"]["action"] for job in added] == ["Tiny Approve"]
		assert added[0].timeout == 1000
		added[0].delete()

	def test_more_than_500_are_refused(self, site):
		with pytest.raises(frappe.ValidationError):
			bulk_workflow_approval(json.dumps([str(i) for i in range(501)]), "Tiny Request", "Tiny Approve")

	def test_common_actions_are_those_of_all(self, site):
		first, second = waiting(amount=500), waiting(amount=50)
		frappe.set_user(MANAGER)
		rows = [{"doctype": "Tiny Request", "name": doc.name} for doc in (first, second)]
		assert get_common_transition_actions(json.dumps(rows), "Tiny Request") == ["Tiny Approve"]

	def test_self_approval_counts_only_when_the_owner_is_sent(self, site):
		doc = waiting(user=BOTH)
		row = {"doctype": "Tiny Request", "name": doc.name}
		assert get_common_transition_actions([row], "Tiny Request") == ["Tiny Approve"]
		assert get_common_transition_actions([{**row, "owner": BOTH}], "Tiny Request") == []


class TestQuestions:
	def test_name_of_the_active_workflow(self, site):
		assert get_workflow_name("Tiny Request") == "Tiny Request Approval"
		assert not get_workflow_name("Tiny Order")

	def test_plain_cancel_is_not_offered_when_the_workflow_cancels(self, site):
		assert can_cancel_document("Tiny Request") is False

	def test_cancel_of_a_doctype_without_workflow_is_no_question(self, site):
		with pytest.raises(frappe.DoesNotExistError):
			can_cancel_document("Tiny Order")

	def test_counts_per_state_outside_the_given_ones(self, site):
		make_request()
		waiting()
		waiting()
		counts = get_workflow_state_count("Tiny Request", "workflow_state", json.dumps(["Tiny Draft"]))
		assert [(row.workflow_state, row["count"]) for row in counts] == [("Tiny Waiting", 2)]


class TestWorkflowDocument:
	def make(self, doctype="Tiny Note", transitions=(), **values):
		rows = [
			{"state": s, "doc_status": d, "allow_edit": "Tiny User"}
			for s, d in (("Tiny Draft", "0"), ("Tiny Approved", "1"), ("Tiny Withdrawn", "2"))
		]
		return frappe.get_doc(
			{
				"doctype": "Workflow",
				"workflow_name": "Another",
				"document_type": doctype,
				"is_active": 1,
				"states": rows,
				"transitions": [
					{"state": a, "action": "Tiny Ask", "next_state": b, "allowed": "Tiny User"}
					for a, b in transitions
				],
				**values,
			}
		)

	@pytest.mark.parametrize(
		("start", "end"),
		[("Tiny Withdrawn", "Tiny Draft"), ("Tiny Approved", "Tiny Draft"), ("Tiny Draft", "Tiny Withdrawn")],
	)
	def test_transition_against_the_docstatus_rules_is_refused(self, site, start, end):
		with pytest.raises(frappe.ValidationError):
			self.make("Tiny Request", [(start, end)]).insert()

	def test_saving_an_active_one_switches_the_others_off(self, site):
		self.make("Tiny Request", [("Tiny Draft", "Tiny Approved")]).insert()
		assert frappe.db.get_value("Workflow", "Tiny Request Approval", "is_active") == 0
		assert get_workflow_name("Tiny Request") == "Another"

	def test_missing_state_field_is_made(self, site):
		note = frappe.get_doc({"doctype": "Tiny Note", "title": "T"}).insert()
		self.make("Tiny Note", workflow_state_field="stage").insert()
		field = frappe.get_meta("Tiny Note").get_field("stage")
		assert (field.fieldtype, field.options, field.hidden, field.allow_on_submit, field.no_copy) == (
			"Link", "Workflow State", 1, 1, 1,
		)  # fmt: skip
		assert frappe.db.get_value("Tiny Note", note.name, "stage") == "Tiny Draft"

	def test_documents_without_state_get_the_one_of_their_docstatus(self, site):
		doc = make_request()
		frappe.set_user("Administrator")
		frappe.db.set_value("Tiny Request", doc.name, "workflow_state", None)
		frappe.get_doc("Workflow", "Tiny Request Approval").save()
		assert frappe.db.get_value("Tiny Request", doc.name, "workflow_state") == "Tiny Draft"


def test_of_two_who_press_at_once_one_wins(site, sites_path):
	doc = waiting()
	frappe.db.commit()
	start = threading.Barrier(2)

	def approve():
		frappe.init(site, sites_path=sites_path)
		frappe.connect()
		try:
			frappe.set_user(MANAGER)
			mine = frappe.get_doc("Tiny Request", doc.name)
			start.wait(10)
			apply_workflow(mine, "Tiny Approve")
			frappe.db.commit()
			return "moved"
		except (frappe.TimestampMismatchError, WorkflowTransitionError):
			return "too late"
		finally:
			frappe.destroy()

	with ThreadPoolExecutor(2) as pool:
		outcomes = [future.result(30) for future in [pool.submit(approve), pool.submit(approve)]]
	assert sorted(outcomes) == ["moved", "too late"]
	assert frappe.db.count("Comment", {"reference_name": doc.name, "content": "Tiny Approved"}) == 1
