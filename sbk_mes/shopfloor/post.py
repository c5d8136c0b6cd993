"""The way of a posting: lock the order, check, change its recorded quantities, tell, move its state."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe import _

from sbk_mes import events
from sbk_mes.exceptions import PostingError, StateError
from sbk_mes.orders import actions, containers, freeze, rollup
from sbk_mes.orders.fields import ORDER_POSTED, ORDER_SHORTAGE, ROW_POSTED, comparable
from sbk_mes.orders.progress import get_progress
from sbk_mes.rules.stages import derived_stage
from sbk_mes.rules.states import FROZEN, RUNNING, coarse, next_action
from sbk_mes.rules.states import WORK_ORDER as MACHINE

WORK_ORDER = "MES Work Order"
SAVEPOINT = "posting"
KEPT = (*ORDER_POSTED, *ORDER_SHORTAGE, "derived_stage", "coarse_state")


def open_order(name: str, *, allowed: Collection[str] | None = None, policy: str | None = None):
	"""The order as it is stored, its row locked until the transaction ends, ready to be posted to.

	`allowed` are the nodes that the posting fits, every running one by default; a posting that a frozen order
	takes as well names Frozen among them. One that a freeze may allow names its `policy`: it fits the node
	that the order was frozen at.

	Raises
	------
	FrozenError
		The order is frozen; the message says by whom, why and since when.
	StateError
		The order is in another node, or its sub-orders do the work.
	"""
	containers.lock_above(name)
	order = frappe.get_doc(WORK_ORDER, name, for_update=True)
	order.check_permission("write")
	allowed = RUNNING if allowed is None else allowed
	node = order.workflow_state
	if FROZEN not in allowed:
		freeze.refuse_unless(order, policy)
		node = order.frozen_from if node == FROZEN else node
	if node not in allowed:
		frappe.throw(
			_("{0} is {1}. This is possible only when it is {2}.").format(
				order.name, _(node), ", ".join(_(node) for node in allowed if node != FROZEN)
			),
			StateError,
		)
	if order.is_container:
		frappe.throw(_("{0} was split. Its sub-orders do the work.").format(order.name), StateError)
	begin(order)
	order.flags.correlation_id = _held().get(order.name)
	return order


def begin(order):
	"""The order, its row locked, may have quantities posted to it: `write` stores what differs from now."""
	order.flags.is_posting = True
	order.flags.kept = _get_kept(order)
	return order


@contextmanager
def held(name: str, correlation_id: str) -> Iterator[None]:
	"""Postings to the order leave it at its node and share one id; whoever holds the order moves it."""
	_held()[name] = correlation_id
	try:
		yield
	finally:
		_held().pop(name, None)


def find_done(doctype: str, request_id: str | None, *, for_update: bool = False):
	"""The posting that a request has made before, None when it has made none."""
	if not request_id:
		return None
	name = frappe.db.get_value(doctype, {"request_id": request_id}, "name", for_update=for_update)
	return frappe.get_doc(doctype, name, for_update=for_update) if name else None


def submit(doc):
	"""The posting is inserted, submitted and has had its effects; one with the same request id is returned.

	One that is refused has written nothing.

	Two that carry one request id wait for each other at the order's row; the later one finds its effects
	already there, fails on them or on the unique id, and answers with the posting of the first.
	"""
	done = find_done(doc.doctype, doc.request_id)
	if done:
		return _answer(doc, done)
	doc.docstatus = 1
	frappe.db.savepoint(SAVEPOINT)
	try:
		doc.flags.order = doc.get_order()  # first: where Frappe meets a canceled one, it names no rule
		return doc.insert()
	except (frappe.ValidationError, frappe.PermissionError):
		frappe.db.rollback(save_point=SAVEPOINT)
		done = find_done(doc.doctype, doc.request_id, for_update=True)
		if not done:
			raise
		frappe.clear_last_message()
		return _answer(doc, done)


def write(order) -> None:
	"""The recorded quantities that a posting changed in memory are stored, with the stage they show.

	The order itself counts as modified also when only its rows were, so that nobody saves an older copy.
	"""
	order.derived_stage = derived_stage(get_progress(order))
	order.coarse_state = coarse(order.workflow_state, order.frozen_from)
	before, order.flags.kept = order.flags.kept, _get_kept(order)
	changed = {}
	for key, values in order.flags.kept.items():
		source = _row_of(order, *key)
		fields = [field for field, value in values.items() if before[key][field] != value]
		if fields:
			changed[key] = {field: source.get(field) for field in fields}
	if changed:
		changed.setdefault((WORK_ORDER, order.name), {"derived_stage": order.derived_stage})
	_write_changed(changed)


def _write_changed(changed: dict[tuple[str, str], dict[str, Any]]) -> None:
	"""The values of the order, and those of its rows with one statement for each table."""
	rows: dict[str, dict[str, dict[str, Any]]] = {}
	for (doctype, name), values in changed.items():
		if doctype == WORK_ORDER:
			frappe.db.set_value(doctype, name, values)
		else:
			rows.setdefault(doctype, {})[name] = values
	for doctype, updates in rows.items():
		frappe.db.bulk_update(doctype, updates)


def store(order) -> None:
	"""The order is written, moved on to the node its quantities show, and counted in its production order.

	The production order's row comes last: nobody waits for stock while holding it.
	"""
	good_before = before_good(order)
	write(order)
	advance(order.name, correlation_id=order.flags.correlation_id)
	containers.follow(order)
	rollup.follow_posting(order, good_before)


def advance(name: str, *, correlation_id: str | None = None) -> None:
	"""The order has followed every workflow action that its quantities call for, in the session's own right.

	Raises
	------
	frappe.PermissionError
		The posting would move the order along an arrow that is for other roles.
	"""
	while name not in _held():
		now = frappe.db.get_value(
			WORK_ORDER, name, ["workflow_state", "derived_stage", "frozen_from"], as_dict=True
		)
		if now.workflow_state == FROZEN:
			_advance_frozen(name, now, correlation_id)
			return
		action = next_action(now.workflow_state, now.derived_stage or "")
		if not action:
			return
		actions.act(name, action, correlation_id=correlation_id)


def _advance_frozen(name: str, now: frappe._dict, correlation_id: str | None) -> None:
	"""What a frozen order may take still moves the node that it goes on at, never the order itself."""
	node, stage = now.frozen_from, now.derived_stage or ""
	action = next_action(node, stage)
	if not action or stage not in RUNNING:
		return
	roles = MACHINE.roles_for(node, action)
	if not roles & set(frappe.get_roles()):
		frappe.throw(
			_("{0} of {1} is for {2}.").format(_(action), name, ", ".join(_(role) for role in sorted(roles))),
			frappe.PermissionError,
		)
	frappe.db.set_value(WORK_ORDER, name, {"frozen_from": stage, "coarse_state": coarse(FROZEN, stage)})
	events.record(
		name,
		"stage",
		before={"frozen_from": node},
		after={"frozen_from": stage, "action": action},
		correlation_id=correlation_id,
	)


def before_good(order):
	"""The good quantity of the order before this posting."""
	return order.flags.kept[WORK_ORDER, order.name]["good_qty"]


def set_correlation(order, doc) -> None:
	"""The events of the posting have one id: that of a larger action, of the request, or a new one."""
	held_by = order.flags.correlation_id
	order.flags.correlation_id = held_by or doc.request_id or frappe.generate_hash(length=20)


def _held() -> dict[str, str]:
	"""Orders that someone holds, with the id of what is done to them."""
	return frappe.local.flags.setdefault("held_orders", {})


def _get_kept(order) -> dict[tuple[str, str], dict[str, Any]]:
	"""What `write` compares: the recorded fields of an order in memory and of its rows."""
	kept = {(WORK_ORDER, order.name): {field: comparable(order, field) for field in KEPT}}
	for table, fields in ROW_POSTED.items():
		for row in order.get(table):
			kept[row.doctype, row.name] = {field: comparable(row, field) for field in fields}
	return kept


def _row_of(order, doctype: str, name: str):
	"""The order itself or its row of that name."""
	rows = (row for table in ROW_POSTED for row in order.get(table))
	return next(doc for doc in (order, *rows) if (doc.doctype, doc.name) == (doctype, name))


def _answer(doc, done):
	"""The stored posting, unless the request id was used for something else."""
	place = "work_order" if doc.meta.has_field("work_order") else "sales_order"
	if done.get(place) != doc.get(place):
		frappe.throw(
			_("Request {0} has posted {1} to {2} already. Use a new request id.").format(
				doc.request_id, done.name, done.get(place)
			),
			PostingError,
		)
	done.check_permission("read")
	return done
