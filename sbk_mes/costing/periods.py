"""Posting dates on this site: which days are open, and the named refusal of the others."""

from datetime import date, datetime, time

import frappe
from frappe import _
from frappe.utils import formatdate, getdate, now_datetime, nowdate

from sbk_mes.exceptions import ClosedPeriodError, PostingDateError
from sbk_mes.rules import periods


def get_closed_until() -> date | None:
	"""The last day of the closed books, None when none were closed."""
	closed = frappe.get_cached_doc("MES Settings").books_closed_until
	return getdate(closed) if closed else None


def check(what: str, on: date | str | None, *, not_before: date | None = None) -> date:
	"""The day that `what` is posted for, today when none is given.

	Raises
	------
	PostingDateError
		The day lies in the future, or before `not_before`.
	ClosedPeriodError
		The books of that day are closed.
	"""
	day, today = getdate(on or nowdate()), getdate(nowdate())
	closed_until = get_closed_until()
	wrong = periods.wrong_with(day, today=today, closed_until=closed_until, not_before=not_before)
	if wrong == periods.FUTURE:
		frappe.throw(
			_("{0}: {1} lies in the future. Post what has happened.").format(what, formatdate(day)),
			PostingDateError,
		)
	if wrong == periods.CLOSED:
		frappe.throw(
			_("{0}: the books are closed until {1}, nothing is posted for {2}. Choose a later day.").format(
				what, formatdate(closed_until), formatdate(day)
			),
			ClosedPeriodError,
		)
	if wrong == periods.TOO_EARLY:
		frappe.throw(
			_("{0}: {1} is before the first report of {2}. Choose a later day.").format(
				what, formatdate(day), formatdate(not_before)
			),
			PostingDateError,
		)
	return day


def next_open_day(on: date | str | None = None) -> date:
	"""The day, today when none is given, or the first one after the closed books."""
	return periods.next_open_day(getdate(on or nowdate()), get_closed_until())


def moment_of(on: date | str | None) -> datetime:
	"""Now, or the last second of an earlier day."""
	day = getdate(on or nowdate())
	now = now_datetime()
	if day >= now.date():
		return now
	return datetime.combine(day, time(23, 59, 59))
