"""Moments of the site as minutes of a plan, and back."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from sbk_mes.rules.calendars import DAY, Calendar
from sbk_mes.rules.spans import Span, subtract

MINUTE = timedelta(minutes=1)


class Horizon:
	"""Whole minutes from the midnight before `now`, or that of an earlier day, to so many days from now."""

	def __init__(self, now: datetime, days: int, first_day: date | None = None):
		first = min(first_day or now.date(), now.date())
		self.at = now
		self.days = days + (now.date() - first).days
		self.midnight = datetime.combine(first, time.min)
		self.now = self.ceil(now)
		self._open: dict[Calendar, tuple[Span, ...]] = {}

	@property
	def first_day(self) -> date:
		return self.midnight.date()

	@property
	def mins(self) -> int:
		return self.days * DAY

	def floor(self, moment: datetime) -> int:
		"""The minute that a moment lies in."""
		return (moment - self.midnight) // MINUTE

	def ceil(self, moment: datetime) -> int:
		"""The first minute that does not begin before a moment."""
		return -((self.midnight - moment) // MINUTE)

	def moment(self, minute: int) -> datetime:
		return self.midnight + minute * MINUTE

	def open_spans(self, calendar: Calendar | None, down: Iterable[Span] = ()) -> tuple[Span, ...] | None:
		"""Open time without the spans that are down; None when all of it is open."""
		taken = list(down)
		if calendar is None and not taken:
			return None
		spans = self._of(calendar)
		if not taken:
			return spans
		return tuple(left for span in spans for left in subtract(span, taken))

	def _of(self, calendar: Calendar | None) -> tuple[Span, ...]:
		if calendar is None:
			return (Span(0, self.mins),)
		if calendar not in self._open:
			self._open[calendar] = tuple(calendar.open_spans(self.first_day, self.days))
		return self._open[calendar]
