"""When work on a resource ends: its own calendar, else its workshop's, else the site's."""

from collections.abc import Iterable
from datetime import datetime

import frappe
from frappe.utils import get_datetime, now_datetime

from sbk_mes.conversion.clock import Clock, load_calendars
from sbk_mes.rules.calendars import BeyondHorizon

RESOURCE_FIELDS = ("name", "resource_type", "workshop", "calendar", "is_active")


class Plant:
	"""The resources and workshops that some orders need, with their calendars: five statements."""

	def __init__(self, resources: Iterable[str | None]):
		names = sorted({name for name in resources if name})
		rows = _read("MES Resource", RESOURCE_FIELDS, names) if names else []
		self.resources = {row.name: row for row in rows}
		self._workshops = {row.name: row.calendar for row in _read("MES Workshop", ("name", "calendar"))}
		self._default = frappe.db.get_single_value("MES Settings", "default_calendar")
		calendars = {self._default, *self._workshops.values(), *(row.calendar for row in rows)} - {None, ""}
		self._clocks = {
			name: Clock(name, calendar) for name, calendar in load_calendars(sorted(calendars)).items()
		}
		self._always = Clock()
		self._down_until = _read_downtimes(names)
		self._known: dict[tuple[str | None, str | None], Clock] = {}

	def clock_of(self, resource: str | None, workshop: str | None) -> Clock:
		place = resource, workshop
		if place not in self._known:
			self._known[place] = self._find_clock(resource, workshop)
		return self._known[place]

	def _find_clock(self, resource: str | None, workshop: str | None) -> Clock:
		own = self.resources.get(resource or "")
		places = (own.workshop if own else None, workshop)
		names = [own.calendar if own else None, *(self._workshops.get(place or "") for place in places)]
		name = next((name for name in names if name), self._default)
		return self._clocks.get(name or "", self._always)

	def end_of(
		self, resource: str | None, workshop: str | None, start: datetime, mins: int
	) -> datetime | None:
		"""The end of so many open minutes; None when the calendar does not hold them."""
		try:
			return self.clock_of(resource, workshop).end_of(start, mins)
		except BeyondHorizon:
			return None

	def is_down(self, resource: str | None) -> bool:
		own = self.resources.get(resource or "")
		return own is not None and not own.is_active

	def down_until(self, resource: str | None) -> datetime | None:
		"""When the downtime that the resource is in now will be over; None when it is in none."""
		return self._down_until.get(resource or "")


def _read_downtimes(resources: list[str]) -> dict[str, datetime]:
	now = now_datetime()
	rows = frappe.get_all(
		"MES Downtime",
		filters={
			"resource": ["in", resources or [""]],
			"starts_at": ["<=", now],
			"ends_at": [">", now],
		},
		fields=["resource", "ends_at"],
		order_by="ends_at asc, name asc",
	)
	return {row.resource: get_datetime(row.ends_at) for row in rows}


def _read(doctype: str, fields: tuple[str, ...], names: list[str] | None = None) -> list[frappe._dict]:
	filters = {"name": ["in", names]} if names is not None else None
	return frappe.get_all(doctype, filters=filters, fields=list(fields), order_by="name asc")
