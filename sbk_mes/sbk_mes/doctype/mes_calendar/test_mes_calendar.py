from datetime import date

import frappe
from frappe.tests.utils import FrappeTestCase

from sbk_mes.exceptions import CalendarError
from sbk_mes.testing import make, make_calendar, refused, unique

HOLIDAY = {"kind": "Holiday", "from_date": "2026-03-03"}


class TestMESCalendar(FrappeTestCase):
	def test_overlapping_shifts_are_named(self):
		with refused(CalendarError) as refusal:
			make_calendar([("Monday", "06:00", "14:00"), ("Monday", "13:59", "22:00")])
		self.assertIn("Monday 06:00-14:00", refusal.message)
		self.assertIn("Monday 13:59-22:00", refusal.message)

	def test_a_sunday_night_shift_ends_before_monday_begins_work(self):
		with refused(CalendarError):
			make_calendar([("Sunday", "22:00", "06:00"), ("Monday", "05:30", "13:30")])
		make_calendar([("Sunday", "22:00", "06:00"), ("Monday", "06:00", "14:00")])

	def test_times_are_written_alike(self):
		calendar = frappe.get_doc("MES Calendar", make_calendar([("Monday", "6:00", "24:00")]))
		self.assertEqual((calendar.shifts[0].starts_at, calendar.shifts[0].ends_at), ("06:00", "24:00"))

	def test_what_is_no_time_of_day_is_refused(self):
		with refused(CalendarError) as refusal:
			make_calendar([("Monday", "8 o'clock", "16:00")])
		self.assertIn("8 o'clock", refusal.message)

	def test_an_open_calendar_has_time(self):
		with refused(CalendarError):
			make("MES Calendar", calendar_name=unique("Calendar"))
		make("MES Calendar", calendar_name=unique("Calendar"), is_active=0)

	def test_exceptions_are_whole(self):
		overtime = {"kind": "Overtime", "from_date": "2026-03-07"}
		for row in ({**HOLIDAY, "to_date": "2026-03-02"}, {**HOLIDAY, "starts_at": "08:00"}, overtime):
			with refused(CalendarError):
				make_calendar(exceptions=[row])
		make_calendar(exceptions=[HOLIDAY, {**overtime, "starts_at": "08:00", "ends_at": "12:00"}])

	def test_the_rule_knows_shifts_holidays_and_overtime(self):
		name = make_calendar(
			exceptions=[
				HOLIDAY,
				{"kind": "Overtime", "from_date": "2026-03-07", "starts_at": "08:00", "ends_at": "12:00"},
			]
		)
		calendar = frappe.get_doc("MES Calendar", name)
		rule = calendar.as_rule()
		self.assertEqual(rule.working_time(date(2026, 3, 2), 7).open_mins, (4 * 8 + 4) * 60)
