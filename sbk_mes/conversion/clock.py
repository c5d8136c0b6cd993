"""Walking through a workshop's calendar, back from a date or on from one."""

from datetime import date, datetime, time, timedelta

import frappe
from frappe.utils import getdate

from sbk_mes.rules.calendars import (
	WEEKDAYS,
	BeyondHorizon,
	Calendar,
	Holiday,
	Overtime,
	Shift,
	WorkingTime,
	minute_of_day,
)

FIRST_REACH_DAYS = 180
LAST_REACH_DAYS = 3660
MINUTE = timedelta(minutes=1)


class Clock:
	"""Open time of one calendar; without a calendar every minute is open."""

	def __init__(self, name: str = "", calendar: Calendar | None = None):
		self.name = name
		self.calendar = calendar
		self._reach_days = FIRST_REACH_DAYS
		self._first = self._last = None
		self._time = None
		self._ahead: tuple[date, int, WorkingTime] | None = None

	def last_span(self, end: datetime, mins: int) -> tuple[datetime, datetime]:
		"""The latest start and finish of `mins` open minutes that are over by `end`.

		Raises
		------
		BeyondHorizon
			Ten years before the end do not hold so many open minutes.
		"""
		if mins <= 0:
			return end, end
		if not self.calendar:
			return end - mins * MINUTE, end
		while True:
			self._cover(end)
			midnight = datetime.combine(self._first, time.min)
			try:
				start = self._time.backward(int((end - midnight) / MINUTE), mins)
				return midnight + start * MINUTE, midnight + self._time.forward(start, mins) * MINUTE
			except BeyondHorizon:
				if self._reach_days >= LAST_REACH_DAYS:
					raise
				self._reach_days = min(self._reach_days * 4, LAST_REACH_DAYS)
				self._first = None

	def end_of(self, start: datetime, mins: int) -> datetime:
		"""The first moment at which `mins` open minutes have passed since `start`.

		Raises
		------
		BeyondHorizon
			Ten years from the start do not hold so many open minutes.
		"""
		if mins <= 0:
			return start
		if not self.calendar:
			return start + mins * MINUTE
		if self._ahead is None or start.date() < self._ahead[0]:
			self._look_ahead(start.date(), FIRST_REACH_DAYS)
		while True:
			first, days, ahead = self._ahead
			midnight = datetime.combine(first, time.min)
			try:
				return midnight + ahead.forward(int((start - midnight) / MINUTE), mins) * MINUTE
			except BeyondHorizon:
				if days >= LAST_REACH_DAYS:
					raise
				self._look_ahead(first, min(days * 4, LAST_REACH_DAYS))

	def _look_ahead(self, first: date, days: int) -> None:
		self._ahead = first, days, self.calendar.working_time(first, days)

	def _cover(self, end: datetime) -> None:
		day = end.date()
		is_covered = (
			self._first and self._first <= day - timedelta(days=self._reach_days // 2) and day < self._last
		)
		if is_covered:
			return
		first = day - timedelta(days=self._reach_days)
		last = day + timedelta(days=FIRST_REACH_DAYS)
		if self._first:
			first, last = min(first, self._first), max(last, self._last)
		self._first, self._last = first, last
		self._time = self.calendar.working_time(first, (last - first).days)


class Clocks:
	"""The clock of each workshop: its calendar's, else the site's default, else round the clock."""

	def __init__(
		self, workshops: dict[str, frappe._dict], calendars: dict[str, Calendar], default: str | None
	):
		self._workshops = workshops
		self._clocks = {name: Clock(name, calendar) for name, calendar in calendars.items()}
		self._default = default
		self._always = Clock()

	def of(self, workshop: str | None) -> Clock:
		shop = self._workshops.get(workshop or "")
		name = (shop.calendar if shop else None) or self._default
		return self._clocks.get(name or "", self._always)


def load_clocks(workshops: dict[str, frappe._dict], default: str | None) -> Clocks:
	"""Clocks of the workshops, read with two queries."""
	names = sorted({shop.calendar for shop in workshops.values() if shop.calendar} | ({default} - {None, ""}))
	return Clocks(workshops, load_calendars(names), default)


def load_calendars(names: list[str]) -> dict[str, Calendar]:
	"""The calendars of these names, read with two queries."""
	if not names:
		return {}
	shifts: dict[str, list[Shift]] = {name: [] for name in names}
	holidays: dict[str, list[Holiday]] = {name: [] for name in names}
	overtime: dict[str, list[Overtime]] = {name: [] for name in names}
	for row in _rows("MES Calendar Shift", names, ["weekday", "starts_at", "ends_at", "shift_name"]):
		shifts[row.parent].append(
			Shift(
				WEEKDAYS.index(row.weekday),
				minute_of_day(row.starts_at),
				minute_of_day(row.ends_at),
				row.shift_name or "",
			)
		)
	for row in _rows(
		"MES Calendar Exception", names, ["kind", "from_date", "to_date", "starts_at", "ends_at"]
	):
		days = getdate(row.from_date), getdate(row.to_date or row.from_date)
		if row.kind == "Overtime":
			overtime[row.parent].append(
				Overtime(*days, minute_of_day(row.starts_at), minute_of_day(row.ends_at))
			)
		else:
			holidays[row.parent].append(Holiday(*days))
	return {
		name: Calendar(tuple(shifts[name]), tuple(holidays[name]), tuple(overtime[name])) for name in names
	}


def _rows(doctype: str, parents: list[str], fields: list[str]) -> list[frappe._dict]:
	return frappe.get_all(
		doctype,
		filters={"parent": ["in", parents], "parenttype": "MES Calendar"},
		fields=["parent", *fields],
		order_by="parent asc, idx asc",
	)
