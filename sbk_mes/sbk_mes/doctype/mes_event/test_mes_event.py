import frappe
from frappe.tests.utils import FrappeTestCase

from sbk_mes import events, testing
from sbk_mes.events import export
from sbk_mes.events.chain import CHAIN, CONTENT
from sbk_mes.exceptions import EventError

EVENT = "MES Event"


def stored(work_order):
	return frappe.get_all(
		EVENT, filters={"work_order": work_order}, fields=["name", *CONTENT, *CHAIN], order_by="seq asc"
	)


class TestEvent(FrappeTestCase):
	def setUp(self):
		self.order = testing.make_work_order().name

	def refused(self, do, *args, **options):
		frappe.db.savepoint("before_what_is_refused")
		with self.assertRaises(EventError):
			do(*args, **options)
		frappe.db.rollback(save_point="before_what_is_refused")

	def test_each_event_follows_the_one_before(self):
		for number in range(3):
			events.record(self.order, "report", qty=number + 0.1, op_no=10, after={"good": number / 3})
		rows = stored(self.order)
		self.assertEqual([row.seq for row in rows], [1, 2, 3, 4])
		self.assertEqual([row.previous_hash for row in rows[1:]], [row.hash for row in rows[:-1]])
		verdict = events.verify(self.order)
		self.assertTrue(verdict.is_intact, verdict.reason)
		self.assertEqual(verdict.events_count, 4)

	def test_says_who_when_and_what(self):
		with testing.as_user("MES Operator") as operator:
			event = events.record(
				self.order,
				"report",
				before={"good": 0},
				after={"good": 5},
				qty=5,
				op_no=10,
				lots="L1",
				request_id="r1",
				correlation_id="c1",
				reference=("MES Work Order", self.order),
			)
		row = frappe.get_doc(EVENT, event.name)
		self.assertEqual((row.actor, row.qty, row.op_no, row.lots), (operator, 5, 10, "L1"))
		self.assertEqual((row.request_id, row.correlation_id, row.reference_name), ("r1", "c1", self.order))
		self.assertEqual(frappe.parse_json(row.after), {"good": 5})
		self.assertTrue(row.occurred_at)

	def test_many_are_recorded_with_one_chain_each(self):
		other = testing.make_work_order().name
		count = events.record_many(
			{"work_order": name, "event_type": "alert", "after": {"n": n}, "qty": n}
			for n in range(3)
			for name in (self.order, other)
		)
		self.assertEqual(count, 6)
		for name in (self.order, other):
			self.assertEqual([row.seq for row in stored(name)], [1, 2, 3, 4])
			self.assertTrue(events.verify(name).is_intact)
		events.record(other, "confirm")
		self.assertTrue(events.verify(other).is_intact)

	def test_refuses_an_order_or_operation_that_is_not_there(self):
		self.refused(events.record, "WO-NONE", "report")
		self.refused(events.record, self.order, "report", op_no=99)
		self.refused(events.record_many, [{"work_order": "WO-NONE", "event_type": "report"}])

	def test_nobody_writes_changes_renames_or_deletes_one(self):
		name = stored(self.order)[0].name
		by_hand = frappe.new_doc(EVENT)
		by_hand.update(
			{"work_order": self.order, "seq": 2, "event_type": "report", "chain_key": f"{self.order}:2"}
		)
		self.refused(by_hand.insert)
		event = frappe.get_doc(EVENT, name)
		event.event_type = "other"
		self.refused(event.save)
		self.refused(frappe.get_doc(EVENT, name).db_set, "event_type", "other")
		self.refused(frappe.delete_doc, EVENT, name, force=True)
		with self.assertRaises(frappe.ValidationError):
			frappe.rename_doc(EVENT, name, "other", force=True)

	def test_no_role_may_write(self):
		for row in frappe.get_meta(EVENT).permissions:
			self.assertFalse(row.write or row.create or row.delete or row.get("import"), row.role)

	def test_an_altered_event_is_found(self):
		for field, value in (
			("qty", 99),
			("actor", "Guest"),
			("after", '{"state":"Closed"}'),
			("occurred_at", "2020-01-01 00:00:00"),
			("event_type", "cancel"),
		):
			order = testing.make_work_order().name
			events.record(order, "report", qty=1)
			frappe.db.set_value(EVENT, stored(order)[1].name, field, value, update_modified=False)
			verdict = events.verify(order)
			self.assertEqual((verdict.is_intact, verdict.broken_at), (False, 2), field)

	def test_a_missing_event_is_found_in_the_middle_and_at_the_end(self):
		for seq in (1, 2, 3):
			order = testing.make_work_order().name
			events.record_many([{"work_order": order, "event_type": "alert"}] * 2)
			frappe.db.delete(EVENT, {"work_order": order, "seq": seq})
			verdict = events.verify(order)
			self.assertEqual((verdict.is_intact, verdict.broken_at), (False, seq))
			self.assertTrue(verdict.reason)

	def test_a_chain_that_was_written_anew_does_not_fit_the_head(self):
		events.record(self.order, "report", qty=1)
		last = stored(self.order)[1]
		last.qty = 2
		frappe.db.set_value(
			EVENT, last.name, {"qty": 2, "hash": events.chain.hash_of(last)}, update_modified=False
		)
		self.assertFalse(events.verify(self.order).is_intact)

	def test_a_state_written_past_the_events_is_found(self):
		frappe.db.set_value("MES Work Order", self.order, "workflow_state", "Closed")
		verdict = events.verify(self.order)
		self.assertFalse(verdict.is_intact)
		self.assertIn("Draft", verdict.reason)

	def test_exports_hold_what_the_hash_covers(self):
		events.record(self.order, "alert", after={"text": "=1+1", "umlaut": "ü"}, lots="=cmd()")
		rows = stored(self.order)
		lines = [frappe.parse_json(line) for line in export.to_json_lines(rows).splitlines()]
		self.assertEqual([line["hash"] for line in lines], [row.hash for row in rows])
		self.assertEqual(events.chain.hash_of(lines[1]), rows[1].hash)
		sheet = export.to_csv(rows)
		self.assertEqual(sheet.count("\r\n"), 3)
		self.assertIn("'=cmd()", sheet)
