import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from sbk_mes.exceptions import CalendarError
from sbk_mes.rules import calendars


class MESCalendar(Document):
	"""When a workshop or a resource works."""

	def validate(self):
		self.validate_exceptions()
		self.set_clock_times()
		self.validate_shifts()

	def validate_exceptions(self):
		for row in self.exceptions:
			if row.to_date and getdate(row.to_date) < getdate(row.from_date):
				frappe.throw(
					_("Exception row {0}: it ends on {1}, before its start {2}.").format(
						row.idx, row.to_date, row.from_date
					),
					CalendarError,
				)
			if row.kind == "Overtime" and not (row.starts_at and row.ends_at):
				frappe.throw(
					_("Exception row {0}: overtime on {1} needs a start and an end.").format(
						row.idx, row.from_date
					),
					CalendarError,
				)
			if row.kind == "Holiday" and (row.starts_at or row.ends_at):
				frappe.throw(
					_("Exception row {0}: a holiday closes whole days. Leave its times empty.").format(
						row.idx
					),
					CalendarError,
				)

	def set_clock_times(self):
		"""Every time of day reads HH:MM."""
		for row in [*self.shifts, *self.exceptions]:
			for field in ("starts_at", "ends_at"):
				if row.get(field):
					row.set(field, calendars.clock(minute_of_row(row, field)))

	def validate_shifts(self):
		if self.is_active and not self.shifts and not any(row.kind == "Overtime" for row in self.exceptions):
			frappe.throw(
				_("Calendar {0} is never open. Add at least one shift.").format(self.name), CalendarError
			)
		self.as_rule()

	def as_rule(self):
		"""The calendar of the pure rules with the same shifts, holidays and overtime."""
		try:
			return calendars.Calendar(
				tuple(
					calendars.Shift(
						calendars.WEEKDAYS.index(row.weekday),
						minute_of_row(row, "starts_at"),
						minute_of_row(row, "ends_at"),
						row.shift_name or "",
					)
					for row in self.shifts
				),
				tuple(
					calendars.Holiday(*days_of_row(row)) for row in self.exceptions if row.kind == "Holiday"
				),
				tuple(
					calendars.Overtime(
						*days_of_row(row), minute_of_row(row, "starts_at"), minute_of_row(row, "ends_at")
					)
					for row in self.exceptions
					if row.kind == "Overtime"
				),
			)
		except calendars.OverlappingShifts as refused:
			frappe.throw(
				_("Calendar {0}: shift {1} overlaps shift {2}. Change one of their times.").format(
					self.name, refused.first, refused.second
				),
				CalendarError,
			)


def days_of_row(row):
	return getdate(row.from_date), getdate(row.to_date or row.from_date)


def minute_of_row(row, field):
	try:
		return calendars.minute_of_day(row.get(field) or "")
	except calendars.BadTimeOfDay:
		frappe.throw(
			_("Row {0}: {1} is not a time of day. Write HH:MM between 00:00 and 24:00.").format(
				row.idx, row.get(field) or "-"
			),
			CalendarError,
		)
