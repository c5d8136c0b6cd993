"""Every rule of SBK MES that can be broken has a name here; tests and clients tell them apart by `code`.

MESError (frappe.ValidationError, HTTP 417)
├── DemandError          what is asked for cannot become a work order
│   ├── SalesOrderStateError E-SO-STATE     ItemError   E-ITEM     UOMError       E-UOM
│   ├── QuantityError        E-QTY          BOMError    E-BOM      DuplicateError E-DUP
│   ├── OrderTypeError       E-TYPE         RoutingError E-ROUTE
│   └── ConversionRequestError E-REQUEST
├── WorkOrderError       a work order cannot do that, or not now
│   ├── StateError           E-STATE        no such move from this state
│   ├── FrozenError          E-FROZEN       nothing moves until the freeze is resolved
│   ├── BypassError          E-BYPASS       the state was written past the workflow
│   ├── GuardError           E-GUARD        the move exists, its condition is not met
│   ├── GuardedFieldError    E-GUARDED      a field that only a change order or a posting may alter
│   ├── SplitError           E-SPLIT        an order that is not divided like that
│   │   ├── SplitSumError    E-SPLIT-SUM    SplitWipError   E-SPLIT-WIP    SplitMinError  E-SPLIT-MIN
│   │   ├── SplitPartError   E-SPLIT-PART   SplitStateError E-SPLIT-STATE  SplitUndoError E-SPLIT-UNDO
│   │   └── SplitStaleError  E-SPLIT-STALE
│   ├── MergeError           E-MERGE        orders that do not become one like that
│   │   ├── MergeOneError    E-MERGE-ONE    MergeKeyError   E-MERGE-KEY    MergeLotError  E-MERGE-LOT
│   │   ├── MergeStateError  E-MERGE-STATE  MergeStaleError E-MERGE-STALE
│   │   └── UnmergeError     E-MERGE-UNDO
│   ├── CampaignError        E-CAMPAIGN     orders that do not share a setup, or no longer
│   │   ├── CampaignKeyError E-CAMPAIGN-KEY CampaignStateError E-CAMPAIGN-STATE
│   │   └── CampaignLineError E-CAMPAIGN-LINE
│   ├── TreeError            E-TREE         parents that go in a circle
│   └── PegError             E-PEG          demand that does not fit the quantity
├── ChangeOrderError     a change order cannot be asked for, decided or edited like that
│   ├── SelfApprovalError    E-CO-SELF      EmptyChangeError  E-CO-EMPTY
│   ├── ChangeStateError     E-CO-STATE     SecondChangeError E-CO-SECOND
│   ├── ChangeFieldError     E-CO-FIELD     StaleChangeError  E-CO-STALE
│   └── ChangeFloorError     E-CO-FLOOR     ExecutedChangeError E-CO-EXECUTED
├── PostingError         E-POSTING      what was posted stays; a posting that cannot be made or reversed
│   ├── FlowError            E-QTY-FLOW     more than the operation before has made, or than the plan allows
│   │   └── CuringError      E-CURING       what the operation before has made still has to wait
│   ├── TimerError           E-TIMER        a start, pause, resume or finish that does not follow
│   ├── VerdictError         E-VERDICT      a verdict on more than waits for one
│   ├── ReasonError          E-REASON       scrap or rework without its reason
│   ├── InboundLimitError    E-IN-LIMIT     more is received than was accepted
│   ├── LotError             E-LOT          lot or serial numbers that cannot be received like that
│   ├── ShipmentError        E-SHIP         more is shipped than the line asks for or can have
│   └── PostingDateError     E-DATE         a day in the future or too early; ClosedPeriodError E-PERIOD
├── CostError            E-COST         an amount that cannot be posted, an order that cannot be settled
│   ├── RateError            E-COST-RATE    somebody or something worked without a rate
│   └── LossError            E-COST-LOSS    nothing good carries the cost, and nobody accepted the loss
├── EventError               E-EVENT        the event stream is append-only
├── StockError               E-STOCK        stock that is not there, or not to be taken like that
│   ├── NegativeStockError   E-STOCK-SHORT  KitError         E-KIT       PickError        E-PICK
│   ├── LedgerError          E-LEDGER       LineError        E-LINE      PickLimitError   E-PICK-OVER
│   └── ReservationError     E-RESERVE
├── ScheduleError        E-SCHED        a plan that cannot be asked for, confirmed or taken back
│   ├── StaleScheduleError   E-SCHED-STALE  what it was made from has changed since
│   ├── WhatIfError          E-SCHED-WHATIF a what-if is never confirmed
│   ├── UndoError            E-SCHED-UNDO   something that it placed has started
│   ├── NothingToPlanError   E-SCHED-EMPTY  no operation is open
│   └── RushError            E-RUSH         an order that cannot be made urgent, or not by this user
├── MasterDataError          E-MASTER   items, resources or orders that contradict each other
│   └── CalendarError        E-CALENDAR     times that no calendar can have
├── ListError                E-LIST         a page too large or a filter nobody knows
└── ArgumentError            E-ARGUMENT     a request that lacks something or cannot be read
"""

import frappe


class MESError(frappe.ValidationError):
	"""A rule of the product is broken; the message says which, where and what to do."""

	code = "E-MES"


class DemandError(MESError):
	code = "E-DEMAND"


class SalesOrderStateError(DemandError):
	code = "E-SO-STATE"


class QuantityError(DemandError):
	code = "E-QTY"


class ItemError(DemandError):
	code = "E-ITEM"


class BOMError(DemandError):
	code = "E-BOM"


class BOMCycleError(BOMError):
	"""A BOM that leads back to its own item; the message prints the path."""


class RoutingError(DemandError):
	code = "E-ROUTE"


class UOMError(DemandError):
	code = "E-UOM"


class DuplicateError(DemandError):
	code = "E-DUP"


class OrderTypeError(DemandError):
	code = "E-TYPE"


class ConversionRequestError(DemandError):
	code = "E-REQUEST"


class WorkOrderError(MESError):
	code = "E-WO"


class StateError(WorkOrderError):
	code = "E-STATE"


class FrozenError(WorkOrderError):
	code = "E-FROZEN"


class BypassError(WorkOrderError):
	code = "E-BYPASS"


class GuardError(WorkOrderError):
	code = "E-GUARD"


class GuardedFieldError(WorkOrderError):
	code = "E-GUARDED"


class SplitError(WorkOrderError):
	"""An order that is not divided like that."""

	code = "E-SPLIT"


class SplitSumError(SplitError):
	code = "E-SPLIT-SUM"


class SplitPartError(SplitError):
	code = "E-SPLIT-PART"


class SplitStateError(SplitError):
	code = "E-SPLIT-STATE"


class SplitWipError(SplitError):
	code = "E-SPLIT-WIP"


class SplitMinError(SplitError):
	code = "E-SPLIT-MIN"


class SplitStaleError(SplitError):
	"""The order is no longer what the split was planned on."""

	code = "E-SPLIT-STALE"


class SplitUndoError(SplitError):
	code = "E-SPLIT-UNDO"


class MergeError(WorkOrderError):
	"""Orders that do not become one like that."""

	code = "E-MERGE"


class MergeOneError(MergeError):
	"""Fewer than two orders, or one of them twice."""

	code = "E-MERGE-ONE"


class MergeKeyError(MergeError):
	"""The orders differ in something in which they have to agree."""

	code = "E-MERGE-KEY"


class MergeLotError(MergeError):
	"""Together they are more than the largest lot."""

	code = "E-MERGE-LOT"


class MergeStaleError(MergeError):
	"""An order is no longer what the merge was looked at on."""

	code = "E-MERGE-STALE"


class MergeStateError(MergeError):
	"""An order that has begun, is split or is held by something."""

	code = "E-MERGE-STATE"


class UnmergeError(MergeError):
	"""A merge that cannot be taken back any more."""

	code = "E-MERGE-UNDO"


class CampaignError(WorkOrderError):
	code = "E-CAMPAIGN"


class CampaignKeyError(CampaignError):
	"""The orders differ in something that a setup depends on, or it is not known of one."""

	code = "E-CAMPAIGN-KEY"


class CampaignStateError(CampaignError):
	"""Work has begun, or the order or the campaign is where this is not possible."""

	code = "E-CAMPAIGN-STATE"


class CampaignLineError(CampaignError):
	"""The resource is not one that the order may run on."""

	code = "E-CAMPAIGN-LINE"


class TreeError(WorkOrderError):
	code = "E-TREE"


class PegError(WorkOrderError):
	code = "E-PEG"


class ChangeOrderError(MESError):
	code = "E-CO"


class SelfApprovalError(ChangeOrderError):
	code = "E-CO-SELF"


class EmptyChangeError(ChangeOrderError):
	code = "E-CO-EMPTY"


class ChangeStateError(ChangeOrderError):
	code = "E-CO-STATE"


class SecondChangeError(ChangeOrderError):
	code = "E-CO-SECOND"


class ChangeFieldError(ChangeOrderError):
	code = "E-CO-FIELD"


class StaleChangeError(ChangeOrderError):
	code = "E-CO-STALE"


class ChangeFloorError(ChangeOrderError):
	code = "E-CO-FLOOR"


class ExecutedChangeError(ChangeOrderError):
	code = "E-CO-EXECUTED"


class PostingError(MESError):
	code = "E-POSTING"


class FlowError(PostingError):
	code = "E-QTY-FLOW"


class CuringError(FlowError):
	"""The message names the time from which it is possible."""

	code = "E-CURING"


class TimerError(PostingError):
	code = "E-TIMER"


class VerdictError(PostingError):
	code = "E-VERDICT"


class ReasonError(PostingError):
	code = "E-REASON"


class PostingDateError(PostingError):
	"""A day that lies in the future, or before what must have happened first."""

	code = "E-DATE"


class ClosedPeriodError(PostingDateError):
	code = "E-PERIOD"


class EventError(MESError):
	code = "E-EVENT"


class InboundLimitError(PostingError):
	code = "E-IN-LIMIT"


class LotError(PostingError):
	code = "E-LOT"


class ShipmentError(PostingError):
	code = "E-SHIP"


class CostError(MESError):
	code = "E-COST"


class RateError(CostError):
	code = "E-COST-RATE"


class LossError(CostError):
	code = "E-COST-LOSS"


class StockError(MESError):
	code = "E-STOCK"


class NegativeStockError(StockError):
	code = "E-STOCK-SHORT"


class LedgerError(StockError):
	code = "E-LEDGER"


class KitError(StockError):
	"""An operation lacks material at the line."""

	code = "E-KIT"


class LineError(StockError):
	"""More is to leave the line than lies there."""

	code = "E-LINE"


class PickError(StockError):
	code = "E-PICK"


class PickLimitError(PickError):
	"""More than the requirement and its tolerance."""

	code = "E-PICK-OVER"


class ReservationError(StockError):
	code = "E-RESERVE"


class MasterDataError(MESError):
	code = "E-MASTER"


class CalendarError(MasterDataError):
	code = "E-CALENDAR"


class ScheduleError(MESError):
	code = "E-SCHED"


class StaleScheduleError(ScheduleError):
	"""The message names what has changed."""

	code = "E-SCHED-STALE"


class WhatIfError(ScheduleError):
	code = "E-SCHED-WHATIF"


class UndoError(ScheduleError):
	code = "E-SCHED-UNDO"


class NothingToPlanError(ScheduleError):
	code = "E-SCHED-EMPTY"


class RushError(ScheduleError):
	code = "E-RUSH"


class ListError(MESError):
	code = "E-LIST"


class ArgumentError(MESError):
	code = "E-ARGUMENT"
