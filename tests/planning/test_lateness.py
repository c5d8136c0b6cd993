"""Why an order is late: from its end back, each link with what it waits for."""

from plant import at, clock, confirm, make_machine, make_order, plan

from sbk_mes import testing
from sbk_mes.api import schedule as api


def chain_of(order):
	return [(link["work_order"], link["op_no"], link["kind"]) for link in api.why_late(order)["chain"]]


def test_who_waits_for_a_machine_is_led_to_the_order_that_has_it():
	machine = make_machine()
	with clock(at(1, 7)):
		first = make_order([(machine, 240)], due=at(1, 12), priority="High")
		second = make_order([(machine, 240)], due=at(1, 12))
		confirm(plan(first, second))
		answer = api.why_late(second)
	assert answer["late_mins"] == 240
	assert chain_of(second) == [(second, 10, "resource"), (first, 10, "release")]
	assert f"waits for {machine}, where {first} runs until" in answer["chain"][0]["text"]


def test_who_waits_for_a_person_is_led_to_the_order_that_has_them():
	person = testing.make_resource(resource_type="Person")
	needs = [{"op_no": 10, "resource": person, "units": 1}]
	with clock(at(1, 7)):
		first = make_order([(make_machine(), 240)], due=at(1, 12), priority="High", needs=needs)
		second = make_order([(make_machine(), 240)], due=at(1, 12), needs=needs)
		confirm(plan(first, second))
		text = api.why_late(second)["chain"][0]["text"]
	assert chain_of(second) == [(second, 10, "pool"), (first, 10, "release")]
	assert f"waits for {person}, which {first} holds until" in text


def test_who_follows_work_of_others_is_led_through_it():
	machine = make_machine()
	outside = {"is_outsourced": 1, "run_mins": 0, "setup_mins": 24 * 60}
	with clock(at(1, 7)):
		order = make_order([(machine, 60), outside, (machine, 60)], due=at(1, 12))
		confirm(plan(order))
	assert chain_of(order) == [
		(order, 30, "predecessor"),
		(order, 20, "predecessor"),
		(order, 10, "release"),
	]


def test_the_night_between_is_told():
	machine = make_machine()
	with clock(at(1, 7)):
		first = make_order([(machine, 480)], due=at(1, 16), priority="High")
		second = make_order([(machine, 60)], due=at(1, 16))
		confirm(plan(first, second))
		link = api.why_late(second)["chain"][0]
	assert link["start_at"] == at(2, 8)
	assert f"{machine} is closed for" in link["text"]
