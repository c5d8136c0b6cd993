"""Engineering changes: which open orders a new state of a BOM or routing touches, and change orders for them.

Running orders keep their snapshot; only those that somebody chooses get a change order. SPEC 2, line 23.
"""

from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _

from sbk_mes.exceptions import ChangeFieldError, ChangeOrderError, EmptyChangeError, MESError
from sbk_mes.orders import change_effect, changing
from sbk_mes.rules.change_lines import Line, Point
from sbk_mes.rules.changes import VERSIONS
from sbk_mes.rules.states import FROZEN, RUNNING

WORK_ORDER = "MES Work Order"
PAGE_CAP = 500
SAVEPOINT = "engineering_change"


def get_affected(target: str, version: str, new_version: str) -> list[dict[str, Any]]:
	"""Open orders made to a version that would differ when made to the new one, the earliest due first.

	Each has its stage, what was made, the differences and their effect; or `message`, why it cannot change.
	At most 500 orders the user may see are looked at.
	"""
	field = _field_of(target)
	names = frappe.get_list(
		WORK_ORDER,
		filters={field: version, "docstatus": 1, "workflow_state": ["in", (*RUNNING, FROZEN)]},
		pluck="name",
		order_by="due_at asc, name asc",
		limit_page_length=PAGE_CAP,
	)
	rows = [_look_at(frappe.get_doc(WORK_ORDER, name), target, new_version) for name in names]
	return [row for row in rows if row]


def raise_changes(work_orders: Iterable[str], target: str, version: str, reason: str) -> list[dict[str, Any]]:
	"""Each order has a draft change order to the version; one that cannot have one says why."""
	field = _field_of(target)
	rows = []
	for name in work_orders:
		frappe.db.savepoint(SAVEPOINT)
		change = frappe.new_doc(changing.CHANGE_ORDER)
		change.update(
			{
				"work_order": name,
				"reason": reason,
				"title": _("{0} {1} for {2}").format(_(target), version, name),
			}
		)
		change.append("lines", {"target": target, "action": "Change", "field": field, "after": version})
		try:
			change.insert()
			rows.append({"work_order": name, "status": "raised", "change_order": change.name})
		except MESError as error:
			frappe.db.rollback(save_point=SAVEPOINT)
			frappe.clear_last_message()
			rows.append({"work_order": name, "status": "failed", "code": error.code, "message": str(error)})
	return rows


def _look_at(order, target: str, version: str) -> dict[str, Any] | None:
	row = {
		"work_order": order.name,
		"item": order.item,
		"workflow_state": order.workflow_state,
		"planned_qty": order.planned_qty,
		"good_qty": order.good_qty,
		"due_at": order.due_at,
	}
	try:
		after = changing.get_plan_after(
			order, [Line(target, field=_field_of(target), after=version)], Point()
		)
		found = changing.get_differences(order, after)
	except EmptyChangeError:
		frappe.clear_last_message()
		return None
	except ChangeOrderError as error:
		frappe.clear_last_message()
		return {**row, "message": str(error)}
	return {
		**row,
		"differences": changing.tell(found),
		"derived": change_effect.derive(order, changing.get_plan(order), after),
		"impact_value": changing.get_impact(order, found),
	}


def _field_of(target: str) -> str:
	if target not in VERSIONS:
		frappe.throw(_("{0} has no versions; it is BOM or Routing.").format(target), ChangeFieldError)
	return target.lower()
