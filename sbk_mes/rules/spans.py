"""Half-open spans of whole minutes. Every question of overlap in the product is answered here."""

from collections.abc import Iterable
from typing import NamedTuple


class Span(NamedTuple):
	"""The minutes from `start` up to, not including, `end`."""

	start: int
	end: int

	@property
	def mins(self) -> int:
		return self.end - self.start


def overlaps(a: Span, b: Span) -> bool:
	"""True when two half-open spans share time. Back to back is not an overlap."""
	return a.start < b.end and b.start < a.end


def union(spans: Iterable[Span]) -> list[Span]:
	"""The same minutes as sorted spans that neither overlap nor touch; empty spans vanish."""
	joined: list[Span] = []
	for span in sorted(spans):
		if span.end <= span.start:
			continue
		if joined and span.start <= joined[-1].end:
			joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
		else:
			joined.append(span)
	return joined


def intersection(span: Span, others: Iterable[Span]) -> list[Span]:
	"""The parts of `others` inside `span`, in their order."""
	return [
		Span(max(span.start, other.start), min(span.end, other.end))
		for other in others
		if overlaps(span, other)
	]


def subtract(span: Span, taken: Iterable[Span]) -> list[Span]:
	"""What is left of `span` when all minutes of `taken` are gone."""
	left: list[Span] = []
	start = span.start
	for other in union(taken):
		if not overlaps(Span(start, span.end), other):
			continue
		if other.start > start:
			left.append(Span(start, other.start))
		start = other.end
	if start < span.end:
		left.append(Span(start, span.end))
	return left
