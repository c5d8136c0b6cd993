"""Waiting after an operation: what was reported good goes on only once it has cured, by the clock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sbk_mes.rules.flow import OpState

ZERO = Decimal(0)


@dataclass(frozen=True)
class Batch:
	"""Good that was reported together; `ready_at` is when its waiting is over."""

	ready_at: datetime
	qty: Decimal


def curing_qty(batches: Sequence[Batch], now: datetime) -> Decimal:
	"""What still has to wait."""
	return sum((batch.qty for batch in batches if batch.ready_at > now), ZERO)


def ready_at(op: OpState, batches: Sequence[Batch], wanted: Decimal, now: datetime) -> datetime | None:
	"""From when on the next operation may have taken `wanted` in all; None when more has to be made first."""
	moments = sorted({now, *(batch.ready_at for batch in batches if batch.ready_at > now)})
	for moment in moments:
		if replace(op, curing=curing_qty(batches, moment)).ready >= wanted:
			return moment
	return None
