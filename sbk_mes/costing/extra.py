"""Cost that no posting of the floor brings: what subcontractors, tools or later invoices ask for."""

import frappe
from frappe import _

from sbk_mes import events
from sbk_mes.costing import ledger, periods
from sbk_mes.exceptions import CostError, StateError
from sbk_mes.rules import costing
from sbk_mes.rules.states import ACCOUNTANT, CALLED_OFF, CLOSED, DRAFT
from sbk_mes.rules.valuation import money

ALLOWED = (costing.SUBCONTRACT, costing.OVERHEAD, costing.LABOUR, costing.MACHINE, costing.MATERIAL)
SINCE_NEVER = (DRAFT, *CALLED_OFF)


def add_cost(
	work_order: str,
	kind: str,
	amount: float,
	note: str,
	*,
	op_no: int | None = None,
	request_id: str | None = None,
	posted_on: str | None = None,
) -> str:
	"""An accountant's amount is on the order's account; the name of the entry. Below zero takes back.

	On a closed order it is a variance at once, Late Cost, of the next period that is open. The same request
	id adds nothing again.

	Raises
	------
	CostError
		A kind that only postings make, no amount, or no reason.
	StateError
		The order was never released or is called off.
	PostingDateError
		The day lies in the future, or the books of that day are closed and the order is not.
	"""
	if ACCOUNTANT not in frappe.get_roles():
		frappe.throw(_("Cost is added by {0}.").format(_(ACCOUNTANT)), frappe.PermissionError)
	order = frappe.get_doc(ledger.WORK_ORDER, work_order, for_update=True)
	order.check_permission("write")
	done = request_id and frappe.db.get_value(
		ledger.COST_ENTRY, {"request_id": request_id, "work_order": order.name}, "name", for_update=True
	)
	if done:
		return done
	if kind not in ALLOWED:
		frappe.throw(
			_("{0}: {1} is posted by what happens. Add one of {2}.").format(
				order.name, _(kind), ", ".join(_(name) for name in ALLOWED)
			),
			CostError,
		)
	if not money(amount) or not (note or "").strip():
		frappe.throw(_("{0}: cost needs an amount and a note what it is for.").format(order.name), CostError)
	if order.workflow_state in SINCE_NEVER:
		frappe.throw(
			_("{0} is {1}; no cost is added to it.").format(order.name, _(order.workflow_state)), StateError
		)
	if order.workflow_state == CLOSED:
		posted_on = periods.next_open_day(posted_on)
	day = periods.check(order.name, posted_on)
	name = ledger.add(
		order.name,
		kind,
		amount,
		op_no=op_no,
		note=note.strip(),
		request_id=request_id or None,
		posted_on=day,
	)
	events.record(
		order.name,
		"cost",
		op_no=op_no,
		after={"kind": kind, "amount": float(money(amount)), "note": note.strip(), "posted_on": day},
		request_id=request_id,
		reference=(ledger.COST_ENTRY, name),
	)
	return name
