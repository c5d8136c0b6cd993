"""Verbs on work orders. Each asks the order itself for permission and follows the workflow."""

import frappe

from sbk_mes.orders import actions


@frappe.whitelist(methods=["POST"])
def release(work_orders: list | str) -> dict:
	"""Release each order: {results: [{work_order, status, workflow_state | code, message}]}."""
	names = frappe.parse_json(work_orders) if str(work_orders).startswith("[") else [work_orders]
	return {"results": actions.each(names, lambda name: actions.act(name, "Release"))}


@frappe.whitelist(methods=["POST"])
def freeze(work_order: str, reason: str, note: str | None = None, with_children: bool = False) -> dict:
	"""Hold an order for investigation: {frozen: [names]}."""
	return {"frozen": actions.freeze_order(work_order, reason, note, with_children=with_children)}


@frappe.whitelist(methods=["POST"])
def unfreeze(work_order: str, resolution: str) -> dict:
	"""Let a frozen order go on where it was: {work_order, workflow_state}."""
	order = actions.unfreeze_order(work_order, resolution)
	return {"work_order": order.name, "workflow_state": order.workflow_state}


@frappe.whitelist(methods=["POST"])
def cancel(work_order: str, with_children: bool = False) -> dict:
	"""Call off an order nothing was consumed or reported on: {canceled: [names]}."""
	return {"canceled": actions.cancel_order(work_order, with_children=with_children)}
