"""A merge is taken back while nothing was picked for the merged order nor reported on it."""

from typing import Any

import frappe
from frappe import _
from frappe.model.workflow import apply_workflow

from sbk_mes.costing import ledger
from sbk_mes.exceptions import UnmergeError
from sbk_mes.orders import actions, freeze
from sbk_mes.orders.progress import is_started, is_used
from sbk_mes.restructure import handover, locks, merge
from sbk_mes.restructure.handover import HAND_OVER, Piece
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.splitting import Lot
from sbk_mes.rules.states import CALLED_OFF, DISPATCHED, DRAFT, RELEASED, SCHEDULED
from sbk_mes.rules.valuation import Holding, money
from sbk_mes.shopfloor import post
from sbk_mes.stock import picking, reserve
from sbk_mes.stock.entries import STOCK_ENTRY

WORK_ORDER = "MES Work Order"
LINK = "MES Order Link"
ENTRY_ITEM = "MES Stock Entry Item"
REVERSIBLE = (DRAFT, RELEASED, SCHEDULED, DISPATCHED)
BEFORE = "unmerge"


def unmerge(work_order: str, *, request_id: str | None = None) -> dict[str, Any]:
	"""The sources are released again with what they brought; the merged order is canceled.

	The answer is {work_order, restored}. Taking the same merge back again changes nothing.

	Raises
	------
	UnmergeError
		The order was not merged, or something was picked or reported since.
	FrozenError
		The order is frozen.
	"""
	merge.check_role()
	frappe.get_doc(WORK_ORDER, work_order).check_permission("write")
	sources = get_sources(work_order)
	locks.lock_demand([work_order, *sources])
	locks.lock_orders([work_order, *sources])
	locks.lock_lists([work_order, *sources])
	order = frappe.get_doc(WORK_ORDER, work_order, for_update=True)
	answer = {"work_order": work_order, "restored": sources}
	if order.workflow_state in CALLED_OFF:
		return answer
	check(order)
	frappe.db.savepoint(BEFORE)
	try:
		_take_back(order, sources, request_id or frappe.generate_hash(length=20))
	except frappe.ValidationError:
		frappe.db.rollback(save_point=BEFORE)
		raise
	return answer


def get_sources(work_order: str) -> list[str]:
	"""The orders that were merged into it, by name. Raise UnmergeError when none was."""
	found = frappe.get_all(
		LINK,
		filters={"link_type": "merged-from", "from_order": work_order},
		pluck="to_order",
		order_by="to_order asc",
	)
	if not found:
		frappe.throw(_("{0} was not made by merging orders.").format(work_order), UnmergeError)
	return found


def check(order) -> None:
	"""Raise UnmergeError once something has happened to the merged order."""
	freeze.refuse_frozen(order)
	wrong = None
	if order.is_container:
		wrong = _("it was split")
	elif order.workflow_state not in REVERSIBLE:
		wrong = _("it is {0}").format(_(order.workflow_state))
	elif is_started(order) or is_used(order):
		wrong = _("work on it has begun")
	elif frappe.db.exists(STOCK_ENTRY, {"work_order": order.name, "purpose": ["!=", HAND_OVER]}):
		wrong = _("material was picked for it")
	if wrong:
		frappe.throw(_("The merge into {0} stays: {1}.").format(order.name, wrong), UnmergeError)


def _take_back(order, sources: list[str], correlation_id: str) -> None:
	target = merge.open_order(order.name)
	opened = {name: merge.open_order(name) for name in sources}
	pieces = _get_pieces(target, list(opened.values()))
	entry = handover.hand_over(pieces, work_order=target.name)
	ledger.add_many(handover.get_costs(pieces, entry))
	post.write(target)
	if target.docstatus == 0:
		apply_workflow(frappe.get_doc(WORK_ORDER, target.name), "Cancel")
	else:
		actions.act(target.name, "Cancel", correlation_id=correlation_id)
	for name, source in opened.items():
		post.write(source)
		actions.act(name, "Unmerge", correlation_id=correlation_id, told={"unmerged_from": target.name})
		restored = merge.open_order(name)
		reserve.fit(restored)
		post.write(restored)
		_open_lists(name)


def _get_pieces(target, sources: list[Any]) -> list[Piece]:
	"""What was handed over to the target, the other way round."""
	rows = {row.name: (source.name, row) for source in sources for row in source.materials}
	mine = {row.name: row for row in target.materials}
	entries = frappe.get_all(
		STOCK_ENTRY, filters={"work_order": target.name, "purpose": HAND_OVER}, pluck="name"
	)
	lines = frappe.get_all(
		ENTRY_ITEM,
		filters={"parent": ["in", entries or [""]], "parenttype": STOCK_ENTRY},
		fields=["material_row", "lot", "qty", "value", "from_warehouse"],
		order_by="parent asc, idx asc",
	)
	pieces = []
	for given, got in zip(lines[::2], lines[1::2], strict=True):
		name, row = rows[given.material_row]
		held = Holding(exact(got.qty), money(got.value))
		pieces.append(
			Piece(
				target.name, name, mine[got.material_row], row, Lot(got.lot or "", held), given.from_warehouse
			)
		)
	return pieces


def _open_lists(work_order: str) -> None:
	"""Lists that the merge canceled show again what is left to pick."""
	for name in frappe.get_all(
		picking.PICK_LIST, filters={"work_order": work_order}, pluck="name", order_by="name asc"
	):
		pick_list = frappe.get_doc(picking.PICK_LIST, name, for_update=True)
		pick_list.status = picking.get_status(pick_list.items)
		pick_list.flags.is_posting = True
		pick_list.save(ignore_permissions=True)
