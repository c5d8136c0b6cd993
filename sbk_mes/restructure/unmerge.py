"""A merge is taken back while nothing was picked for the merged order nor reported on it."""

from typing import Any

import frappe
from frappe import _
from frappe.model.workflow import apply_workflow

from sbk_mes.costing import ledger
from sbk_mes.exceptions import UnmergeError
from sbk_mes.orders import actions, freeze, tree
from sbk_mes.orders.progress import is_started, is_used
from sbk_mes.restructure import handover, locks, merge
from sbk_mes.restructure.handover import HAND_OVER, Piece
from sbk_mes.restructure.union import get_names
from sbk_mes.rules.quantities import exact
from sbk_mes.rules.splitting import Lot
from sbk_mes.rules.states import CALLED_OFF, DISPATCHED, DRAFT, RELEASED, SCHEDULED, TERMINAL
from sbk_mes.rules.valuation import Holding, money
from sbk_mes.shopfloor import post
from sbk_mes.stock import picking, recut, reserve
from sbk_mes.stock.entries import STOCK_ENTRY

WORK_ORDER = "MES Work Order"
LINK = "MES Order Link"
ENTRY_ITEM = "MES Stock Entry Item"
REVERSIBLE = (DRAFT, RELEASED, SCHEDULED, DISPATCHED)
BEFORE = "unmerge"


def unmerge(work_order: str, *, request_id: str | None = None) -> dict[str, Any]:
	"""The sources are released again with what they brought; the merged order is canceled.

	So are sub-orders that were merged with them. The answer is {work_order, restored}. Taking the same merge
	back again changes nothing.

	Raises
	------
	UnmergeError
		The order was not merged, or something was picked or reported since, here or on a merged sub-order.
	FrozenError
		The order is frozen.
	"""
	merge.check_role()
	frappe.get_doc(WORK_ORDER, work_order).check_permission("write")
	sources = get_sources(work_order)
	names = get_names([work_order, *sources])
	locks.lock_demand(names)
	locks.lock_with_containers(names)
	locks.lock_lists(names)
	order = frappe.get_doc(WORK_ORDER, work_order, for_update=True)
	answer = {"work_order": work_order, "restored": sources}
	if order.workflow_state in CALLED_OFF:
		return answer
	frappe.db.savepoint(BEFORE)
	try:
		_take_back(order, request_id or frappe.generate_hash(length=20))
	except frappe.ValidationError:
		frappe.db.rollback(save_point=BEFORE)
		raise
	return answer


def get_sources(work_order: str) -> list[str]:
	"""The orders that were merged into it, by name. Raise UnmergeError when none was."""
	found = _find_sources(work_order)
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


def _check_containers(name: str, containers: list[str]) -> None:
	"""Raise UnmergeError where a part would come back to an order that has ended since."""
	ended = frappe.get_all(
		WORK_ORDER,
		filters={"name": ["in", containers or [""]], "workflow_state": ["in", TERMINAL]},
		fields=["name", "workflow_state"],
		order_by="name asc",
		limit=1,
	)
	for container in ended:
		frappe.throw(
			_("The merge into {0} stays: {1}, whose parts were merged, is {2}.").format(
				name, container.name, _(container.workflow_state)
			),
			UnmergeError,
		)


def _take_back(order, correlation_id: str) -> None:
	check(order)
	sources = {name: frappe.get_doc(WORK_ORDER, name, for_update=True) for name in _find_sources(order.name)}
	_check_containers(order.name, [source.split_from for source in sources.values() if source.split_from])
	_give_sub_orders_back(order, list(sources.values()), correlation_id)
	post.begin(order)
	for source in sources.values():
		post.begin(source)
	pieces = _get_pieces(order, list(sources.values()))
	entry = handover.hand_over(pieces, work_order=order.name)
	ledger.add_many(handover.get_costs(pieces, entry))
	post.write(order)
	frappe.db.set_value(WORK_ORDER, order.name, "split_from", None)
	if order.docstatus == 0:
		apply_workflow(frappe.get_doc(WORK_ORDER, order.name), "Cancel")
	else:
		actions.act(order.name, "Cancel", correlation_id=correlation_id)
	for name, source in sources.items():
		post.write(source)
		actions.act(name, "Unmerge", correlation_id=correlation_id, told={"unmerged_from": order.name})
		_restore(name, was_draft=not source.released_at)


def _restore(name: str, *, was_draft: bool) -> None:
	"""What the order needs is reserved for it and stands on its pick lists again."""
	order = post.begin(frappe.get_doc(WORK_ORDER, name, for_update=True))
	reserve.fit(order)
	post.write(order)
	_open_lists(name)
	if was_draft:
		recut.fit_lists(order)


def _find_sources(work_order: str) -> list[str]:
	return frappe.get_all(
		LINK,
		filters={"link_type": "merged-from", "from_order": work_order},
		pluck="to_order",
		order_by="to_order asc",
	)


def _give_sub_orders_back(order, sources: list[Any], correlation_id: str) -> None:
	"""Each source has the sub-orders it had: those that were merged, and the one that was moved."""
	for row in order.materials:
		if not row.child_work_order:
			continue
		child = frappe.get_doc(WORK_ORDER, row.child_work_order, for_update=True)
		if child.parent_work_order != order.name:
			continue
		if _find_sources(child.name):
			_take_back(child, correlation_id)
			continue
		for source in sources:
			if any(its.child_work_order == child.name for its in source.materials):
				tree.serve(child.name, order.name, source.name)
				tree.hang(child.name, source)


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
