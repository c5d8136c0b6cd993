"""While an order is frozen everything answers with one message; afterwards it goes on where it was."""

import pytest
from ending import REASON
from floor import SCRAP, again, assert_sound, done, judged, make_order, state

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import FrozenError
from sbk_mes.orders import actions, close, force
from sbk_mes.rules.states import DISPATCHER, WORK_ORDER
from sbk_mes.shopfloor import inbound, reversing
from sbk_mes.shopfloor.report import press
from sbk_mes.stock import pick, returns

FREEZE = "Machine breakdown"


@pytest.fixture
def frozen():
	"""A frozen order that produces, inspects and receives, with material at the line; and who froze it."""
	order = make_order(20, operations=1, inspected=True, fg_warehouse=testing.make_warehouse(kind="Finished"))
	press("Start", order.name, 10)
	done(order, 10, 10)
	judged(order, accepted=5)
	inbound.inbound(order.name, 2)
	with testing.as_user(DISPATCHER) as user:
		actions.freeze_order(order.name, FREEZE, "spindle")
	return order, user


def reversed_receipt(order):
	receipt = frappe.get_last_doc("MES Inbound", {"work_order": order.name})
	return reversing.reverse("MES Inbound", receipt.name, "wrong")


EVERYTHING = {
	"start": lambda order: press("Start", order.name, 10, operator=testing.make_user("MES Operator")),
	"pause": lambda order: press("Pause", order.name, 10),
	"finish": lambda order: press("Finish", order.name, 10),
	"report": lambda order: done(order, 10, 1),
	"verdict": lambda order: judged(order, accepted=1),
	"receipt": lambda order: inbound.inbound(order.name, 1),
	"pick": lambda order: pick.pick(
		frappe.get_all("MES Pick List", filters={"work_order": order.name}, pluck="name")
	),
	"spoilt material": lambda order: returns.scrap_material(
		order.name, [{"item": order.materials[0].item, "qty": 1}], reason=SCRAP
	),
	"reversal": reversed_receipt,
	"force-complete": lambda order: force.force_complete(order.name, REASON),
	"close with return": lambda order: close.close_with_return(order.name, REASON),
	"preview of it": lambda order: close.preview(order.name),
	**{
		action: lambda order, action=action: actions.act(order.name, action)
		for action in WORK_ORDER.actions
		if action != "Unfreeze"
	},
}


def test_everything_is_refused_with_one_message(frozen):
	order, user = frozen
	known = frappe.db.count("MES Event")
	messages = set()
	for do in EVERYTHING.values():
		with testing.refused(FrozenError) as refusal:
			do(order)
		messages.add(refusal.message)
	assert len(messages) == 1
	message = messages.pop()
	for text in (order.name, user, FREEZE, "spindle"):
		assert text in message
	assert frappe.db.count("MES Event") == known


def test_unused_material_goes_back_and_the_order_stays_frozen(frozen):
	order, _user = frozen
	returns.return_material(order.name)
	after = again(order)
	assert (after.workflow_state, after.materials[0].returned_qty) == ("Frozen", 20)
	assert_sound(order)


def test_it_goes_on_where_it_was(frozen):
	order, _user = frozen
	actions.unfreeze_order(order.name, "spindle changed")
	assert state(order) == "In Production"
	done(order, 10, 1)
	assert_sound(order)
