"""Campaigns whose orders are all made are completed by themselves."""

import frappe

from sbk_mes.campaigns import actions
from sbk_mes.campaigns.bound import CAMPAIGN, MEMBER, STARTED
from sbk_mes.costing.settle import SYSTEM_USER
from sbk_mes.exceptions import MESError

AT_WORK = ("DRAFT", "SCHEDULED", "IN_PROCESS")
SAVEPOINT = "campaign_by_itself"


def get_made() -> list[str]:
	"""Started campaigns none of whose orders has anything to do any more."""
	campaign, member, order = (frappe.qb.DocType(name) for name in (CAMPAIGN, MEMBER, "MES Work Order"))
	at_work = (
		frappe.qb.from_(member)
		.join(order)
		.on(order.name == member.work_order)
		.select(member.parent)
		.where(order.coarse_state.isin(AT_WORK))
	)
	rows = (
		frappe.qb.from_(campaign)
		.select(campaign.name)
		.where(campaign.status == STARTED)
		.where(campaign.name.notin(at_work))
		.orderby(campaign.name)
	).run()
	return [name for (name,) in rows]


def complete_made() -> list[str]:
	"""They are completed in the name of the system; one that cannot be waits for a planner."""
	me, done = frappe.session.user, []
	frappe.set_user(SYSTEM_USER)
	try:
		for name in get_made():
			frappe.db.savepoint(SAVEPOINT)
			try:
				actions.complete(name)
				done.append(name)
			except MESError:
				frappe.db.rollback(save_point=SAVEPOINT)
				frappe.clear_last_message()
	finally:
		frappe.set_user(me)
	return done
