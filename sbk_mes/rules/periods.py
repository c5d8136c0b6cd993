"""The day a posting counts for: never in the future, never in a period whose books are closed."""

from datetime import date, timedelta

FUTURE = "future"
CLOSED = "closed"
TOO_EARLY = "too early"


def wrong_with(
	on: date, *, today: date, closed_until: date | None = None, not_before: date | None = None
) -> str | None:
	"""Why nothing can be posted for that day; None when it can.

	closed_until
		The last day of the closed books.
	not_before
		The day of what must have happened earlier.
	"""
	if on > today:
		return FUTURE
	if closed_until and on <= closed_until:
		return CLOSED
	return TOO_EARLY if not_before and on < not_before else None


def next_open_day(on: date, closed_until: date | None) -> date:
	"""The day itself, or the first day after the closed books."""
	return max(on, closed_until + timedelta(days=1)) if closed_until else on
