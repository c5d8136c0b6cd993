"""Whatever is clicked, repeated, cancelled and deleted: no more is made than was ordered."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import frappe
from frappe.model.workflow import apply_workflow

from sbk_mes import testing
from sbk_mes.conversion.run import convert
from sbk_mes.exceptions import MESError
from sbk_mes.rules.quantities import exact

ORDERED = (100, 30)
BEFORE_EXAMPLE = "before_example"

qty = st.one_of(st.none(), st.integers(1, 130))
lines = st.lists(st.tuples(st.sampled_from([1, 2]), qty), min_size=1, max_size=3)
clicks = st.one_of(
	st.tuples(st.just("convert"), lines, st.sampled_from(["a", "b", "c", "new"]), st.booleans()),
	st.tuples(st.just("cancel"), st.integers(0, 5)),
	st.tuples(st.just("delete"), st.integers(0, 5)),
	st.tuples(st.just("release"), st.integers(0, 5)),
)


@pytest.fixture(scope="module")
def item():
	part = testing.make_product()
	name = testing.make_product([{"item": part.name, "qty": 2}]).name
	frappe.db.commit()
	return name


def live_pegs(order):
	"""Stock units that live orders are made for, per row of the sales order."""
	found = {row.name: Decimal(0) for row in order.items}
	for peg in frappe.get_all(
		"MES Work Order Demand",
		filters={"sales_order": order.name},
		fields=["parent", "sales_order_item", "qty"],
		order_by="parent asc",
	):
		state = frappe.db.get_value("MES Work Order", peg.parent, "workflow_state")
		if state not in ("Canceled", "Canceled Draft"):
			found[peg.sales_order_item] += exact(peg.qty)
	return [found[row.name] for row in order.items]


def click(order, action, *how):
	made = frappe.get_all(
		"MES Work Order", filters={"sales_order": order.name, "level": 0}, pluck="name", order_by="name asc"
	)
	if action == "convert":
		wanted, request_id, all_or_nothing = how
		request_id = frappe.generate_hash(length=10) if request_id == "new" else f"{order.name} {request_id}"
		asked = [{"sales_order": order.name, "line": line, "qty": amount} for line, amount in wanted]
		convert(asked, request_id, all_or_nothing)
	elif made:
		chosen = frappe.get_doc("MES Work Order", made[how[0] % len(made)])
		if action == "delete":
			frappe.delete_doc("MES Work Order", chosen.name)
		else:
			apply_workflow(chosen, action.title())


@settings(
	max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(st.lists(clicks, min_size=1, max_size=7))
def test_never_more_is_made_than_was_ordered(item, actions):
	frappe.db.rollback()
	order = testing.make_sales_order([{"item": item, "qty": ordered} for ordered in ORDERED])
	for action in actions:
		frappe.db.savepoint(BEFORE_EXAMPLE)
		try:
			click(order, *action)
		except (MESError, frappe.ValidationError):
			frappe.db.rollback(save_point=BEFORE_EXAMPLE)
		pegs = live_pegs(order)
		assert all(made <= ordered for made, ordered in zip(pegs, ORDERED, strict=True)), pegs
	convert([{"sales_order": order.name, "line": line} for line in (1, 2)], frappe.generate_hash(length=10))
	assert live_pegs(order) == list(ORDERED)
