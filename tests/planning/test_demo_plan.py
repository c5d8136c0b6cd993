"""The demo's plan: there at once, without a worker."""

from plant import make_machine, make_order, state

import frappe

from sbk_mes.demo import plan


def test_the_demo_releases_and_plans_what_waits_and_leaves_a_plan_as_it_is():
	machine = make_machine()
	draft = make_order([(machine, 60)], due="2027-03-01 12:00:00", release=False)
	another = make_order([(make_machine(), 60)], due="2027-03-01 12:00:00", release=False)
	lines = plan.make([draft])
	assert state(draft) == "Scheduled"
	name = frappe.db.get_value("MES Work Order", draft, "schedule")
	assert any(line.startswith(name) for line in lines)
	assert plan.make([draft]) == lines
	assert state(another) == "Draft"
