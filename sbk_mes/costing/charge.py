"""Hours that were reported, as money: people, machines, and the overhead that goes with them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import frappe
from frappe.utils import cint

from sbk_mes.costing import ledger
from sbk_mes.costing.plan import MACHINES, PERSON, get_resource
from sbk_mes.rules import costing
from sbk_mes.rules.campaigns import divide_setup
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.valuation import money

ZERO = Decimal(0)


def charge_time(order, report) -> None:
	"""The minutes of an operation report are on the order's account.

	Time without a rate is there with an amount of zero, so that the settlement can ask for the rate.
	"""
	reference = (report.doctype, report.name)
	labour_mins, machine_mins = exact(report.labour_mins), exact(report.machine_mins)
	labour = machine = ZERO
	if labour_mins > 0:
		rate = get_labour_rate(report.operator, report.resource)
		labour = costing.time_cost(labour_mins, rate)
		ledger.add(
			order.name,
			costing.LABOUR,
			labour,
			qty=labour_mins,
			rate=rate,
			op_no=cint(report.op_no),
			resource=report.resource,
			operator=report.operator,
			reference=reference,
			posted_on=report.posted_on,
		)
	resource = get_machine(order, report)
	if machine_mins > 0 and resource:
		rate = exact(get_resource(resource).rate_per_hour)
		machine = costing.time_cost(machine_mins, rate)
		ledger.add(
			order.name,
			costing.MACHINE,
			machine,
			qty=machine_mins,
			rate=rate,
			op_no=cint(report.op_no),
			resource=resource,
			reference=reference,
			posted_on=report.posted_on,
		)
	_add_overhead(order.name, labour, machine, cint(report.op_no), reference, report.posted_on)


def charge_setup(
	jobs: Sequence[tuple[str, int]],
	loads: Sequence[Decimal],
	*,
	labour_mins: Decimal,
	machine_mins: Decimal,
	operator: str,
	resource: str,
	reference: tuple[str, str],
	posted_on: date | str | None = None,
) -> list[tuple[Decimal, Decimal]]:
	"""The minutes of a setup that operations share are on their orders' accounts, by load to the cent.

	The minutes and the cost of each are returned; together they are exactly those of the setup.
	"""
	used = get_resource(resource)
	labour_rate = get_labour_rate(operator, resource)
	machine_rate = exact(used.rate_per_hour) if used.resource_type in MACHINES else ZERO
	labour, machine = (
		costing.time_cost(labour_mins, labour_rate),
		costing.time_cost(machine_mins, machine_rate),
	)
	parts = [[ZERO, ZERO] for _job in jobs]
	for kind, mins, amount, rate in (
		(costing.LABOUR, labour_mins, labour, labour_rate),
		(costing.MACHINE, machine_mins, machine, machine_rate),
		(costing.OVERHEAD, ZERO, _overhead(labour, machine), ZERO),
	):
		shares = zip(divide_setup(mins, loads), divide_setup(amount, loads), strict=True)
		for part, (order, op_no), (own_mins, own_amount) in zip(parts, jobs, shares, strict=True):
			ledger.add(
				order,
				kind,
				own_amount,
				qty=own_mins,
				rate=rate,
				op_no=cint(op_no),
				resource=None if kind == costing.OVERHEAD else resource,
				operator=operator if kind == costing.LABOUR else None,
				reference=reference,
				posted_on=posted_on,
			)
			part[0] += own_mins
			part[1] += own_amount
	return [(mins, amount) for mins, amount in parts]


def uncharge(reference: tuple[str, str]) -> None:
	"""What a report has charged is taken back."""
	ledger.reverse(reference)


def transfer_to_rework(
	order, rework_order: str, qty: Decimal, *, reference: tuple[str, str], op_no: int
) -> Decimal:
	"""The rejected quantity takes what it cost so far along to its rework order; the amount.

	Finished pieces take their planned cost, pieces in between their part of what was spent on all begun.
	"""
	account = ledger.as_account(ledger.get_entries(order.name))
	spent = sum((entry.amount for entry in account if entry.kind != costing.FINISHED_GOODS), ZERO)
	planned = money(order.planned_unit_cost)
	if op_no == cint(order.operations[-1].op_no):
		value = costing.interim_unit_value(planned, spent, exact(order.good_qty) + qty)
	else:
		value = costing.interim_unit_value(ZERO, spent, exact(order.operations[0].in_qty))
	amount = min(money(value * qty), max(costing.balance(account), ZERO))
	ledger.transfer(order.name, rework_order, amount, qty=qty, reference=reference)
	return amount


def add_missing_rates(work_order: str) -> list[str]:
	"""Time that had no rate is charged at today's; who or what still has none is named."""
	missing = []
	entries = ledger.get_entries(work_order)
	gone = {row.reverses for row in entries if row.reverses}
	for row in entries:
		if row.kind not in ledger.TIME or row.rate or row.reverses or row.name in gone or not row.qty:
			continue
		is_labour = row.kind == costing.LABOUR
		rate = (
			get_labour_rate(row.operator, row.resource)
			if is_labour
			else exact(get_resource(row.resource).rate_per_hour)
		)
		if not rate:
			missing.append((row.operator if is_labour else row.resource) or row.kind)
			continue
		amount = costing.time_cost(exact(row.qty), rate)
		reference = (row.reference_doctype, row.reference_name)
		ledger.reverse_entries([row])
		ledger.add(
			work_order,
			row.kind,
			amount,
			qty=row.qty,
			rate=rate,
			op_no=row.op_no,
			resource=row.resource,
			operator=row.operator,
			reference=reference,
		)
		labour, machine = (amount, ZERO) if is_labour else (ZERO, amount)
		_add_overhead(work_order, labour, machine, row.op_no, reference)
	return list(dict.fromkeys(missing))


def get_labour_rate(operator: str | None, resource: str | None = None) -> Decimal:
	"""What an hour of this person costs: as the resource they are, else the plant's rate."""
	used = get_resource(resource)
	if used.resource_type == PERSON and used.rate_per_hour:
		return exact(used.rate_per_hour)
	rate = operator and frappe.db.get_value(
		"MES Resource", {"resource_type": PERSON, "user": operator, "is_active": 1}, "rate_per_hour"
	)
	return exact(rate) or exact(frappe.get_cached_doc("MES Settings").labour_rate)


def get_machine(order, report) -> str | None:
	"""The machine of a report: the one it names, else the one its operation was planned on."""
	planned = next((row.resource for row in order.operations if cint(row.op_no) == cint(report.op_no)), None)
	for resource in (report.resource, planned):
		if get_resource(resource).resource_type in MACHINES:
			return resource
	return None


def _add_overhead(
	work_order: str,
	labour: Decimal,
	machine: Decimal,
	op_no: int,
	reference: tuple[str, str],
	posted_on: date | str | None = None,
) -> None:
	amount = _overhead(labour, machine)
	ledger.add(work_order, costing.OVERHEAD, amount, op_no=op_no, reference=reference, posted_on=posted_on)


def _overhead(labour: Decimal, machine: Decimal) -> Decimal:
	"""What goes with so much paid time, as the settings have it."""
	settings = frappe.get_cached_doc("MES Settings")
	return costing.overhead(
		labour, machine, exact(settings.overhead_pct), settings.overhead_base or costing.TIME_BASE
	)
