"""Where a work order is by what was recorded of it. SPEC 4.1: the headline is derived, never set by hand."""

from dataclasses import dataclass
from decimal import Decimal

from sbk_mes.rules.states import COMPLETED, IN_PRODUCTION, INBOUND, INSPECTION, PICKING


@dataclass(frozen=True)
class Progress:
	"""Recorded quantities of one work order, in stock units.

	good
		Good at the last operation, less what a verdict took away as scrap or rework.
	accepted
		Good that no verdict is open for; equal to `good` when nothing is inspected.
	begun
		What the first operation has taken on; above the plan where more may be made.
	is_started, is_picked
		Something was started or reported; something was picked or issued.
	"""

	planned: Decimal
	good: Decimal = Decimal(0)
	scrap: Decimal = Decimal(0)
	rework: Decimal = Decimal(0)
	accepted: Decimal = Decimal(0)
	inbound: Decimal = Decimal(0)
	short_closed: Decimal = Decimal(0)
	begun: Decimal = Decimal(0)
	is_started: bool = False
	is_picked: bool = False

	@property
	def to_report(self) -> Decimal:
		done = self.good + self.scrap + self.rework + self.short_closed
		return max(max(self.planned, self.begun) - done, Decimal(0))

	@property
	def waiting_inspection(self) -> Decimal:
		return max(self.good - self.accepted, Decimal(0))

	@property
	def to_inbound(self) -> Decimal:
		return max(self.accepted - self.inbound, Decimal(0))

	@property
	def open_qty(self) -> Decimal:
		"""What is neither received, scrapped, sent to rework nor given up."""
		return self.to_report + self.waiting_inspection + self.to_inbound


def derived_stage(progress: Progress) -> str:
	"""The first unfinished stage that the quantities show; '' while nothing was picked or started.

	Batch inbound: an order may report, inspect and receive at once; the headline is the earliest of them.
	"""
	if not progress.is_started and not progress.short_closed:
		return PICKING if progress.is_picked else ""
	if progress.to_report:
		return IN_PRODUCTION
	if progress.waiting_inspection:
		return INSPECTION
	if progress.to_inbound:
		return INBOUND
	return COMPLETED
