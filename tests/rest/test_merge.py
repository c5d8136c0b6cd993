"""Merging over HTTP: previewed, done once, taken back; everything that keeps orders apart is named."""

import pytest

import frappe

from sbk_mes import testing
from sbk_mes.orders import actions

WORK_ORDER = "MES Work Order"
MERGE = "method/sbk_mes.api.orders.merge"
UNMERGE = "method/sbk_mes.api.orders.unmerge"


@pytest.fixture(scope="module")
def office(client_for):
	return client_for("MES Planner")


@pytest.fixture
def make(product):
	"""Makes released orders of 100 of the product, seen by everybody."""

	def make(number=2, **fields):
		names = [testing.make_work_order(item=product.name, **fields).name for _number in range(number)]
		for name in names:
			actions.act(name, "Release")
		frappe.db.commit()
		return names

	return make


def test_a_planner_looks_merges_once_and_takes_it_back(office, make):
	names = make()
	ask = {"work_orders": names}
	seen = office.post(MERGE, {**ask, "preview": 1}).json()["message"]
	assert (seen["qty"], [row["work_order"] for row in seen["sources"]]) == (200, names)
	seqs = {row["work_order"]: row["event_seq"] for row in seen["sources"]}
	sent = {**ask, "event_seqs": seqs, "request_id": f"merge {names[0]}"}
	done = office.post(MERGE, sent).json()["message"]
	assert office.post(MERGE, sent).json()["message"] == done
	stored = office.get(f"resource/{WORK_ORDER}/{done['work_order']}").json()["data"]
	assert (stored["planned_qty"], stored["workflow_state"]) == (200, "Released")
	back = office.post(UNMERGE, {"work_order": done["work_order"]}).json()["message"]
	assert back["restored"] == sorted(names)
	again = office.post(UNMERGE, {"work_order": done["work_order"]}).json()["message"]
	assert again == back
	refused = office.post(UNMERGE, {"work_order": names[0]})
	assert refused.status_code == 417 and "UnmergeError" in refused.text


def one(make):
	return make(1), {}


def twice(make):
	(name,) = make(1)
	return [name, name], {}


def other_type(make):
	names = make()
	frappe.db.set_value(WORK_ORDER, names[1], "order_type", "Trial")
	return names, {}


def begun(make):
	names = make()
	frappe.db.set_value("MES Work Order Operation", {"parent": names[1]}, "in_qty", 1)
	return names, {}


def completed(make):
	names = make()
	frappe.db.set_value(WORK_ORDER, names[1], "workflow_state", "Completed")
	return names, {}


def frozen(make):
	names = make()
	actions.freeze_order(names[1], "Change pending")
	return names, {}


def with_open_change(make):
	names = make()
	change = frappe.new_doc("MES Change Order")
	reason = frappe.db.get_value("MES Reason", {"applies_to": "Change"}, "name")
	change.update({"work_order": names[1], "reason": reason})
	change.append("lines", {"target": "Quantity", "action": "Change", "field": "planned_qty", "after": "120"})
	change.insert()
	return names, {}


def urgent_with_normal(make):
	names = make()
	frappe.db.set_value(WORK_ORDER, names[1], "priority", "Urgent")
	return names, {}


def owned_by_two(make):
	names = make()
	frappe.db.set_value(WORK_ORDER, names[1], "owner", "Guest")
	return names, {}


def far_apart(make):
	names = make()
	frappe.db.set_value(WORK_ORDER, names[1], "due_at", "2049-01-01 12:00:00")
	return names, {}


def above_the_largest_lot(make):
	names = make()
	item = frappe.db.get_value(WORK_ORDER, names[0], "item")
	frappe.db.set_value("MES Item", item, "lot_max_qty", 150)
	return names, {}


def changed_since(make):
	names = make()
	return names, {"event_seqs": dict.fromkeys(names, 1)}


def shared_out_somehow(make):
	return make(), {"allocation": "By Chance"}


@pytest.mark.parametrize(
	("prepare", "error", "words"),
	[
		(one, "MergeOneError", "at least two"),
		(twice, "MergeOneError", "is named 2 times"),
		(other_type, "MergeKeyError", "Order Type differs"),
		(begun, "MergeStateError", "work on it has begun"),
		(completed, "MergeStateError", "it is Completed"),
		(frozen, "FrozenError", "Change pending"),
		(with_open_change, "MergeStateError", "is open; decide it first"),
		(urgent_with_normal, "MergeStateError", "is urgent and"),
		(owned_by_two, "MergeStateError", "Say who owns the merged one"),
		(far_apart, "MergeStateError", "days apart"),
		(above_the_largest_lot, "MergeLotError", "above the largest lot of 150"),
		(changed_since, "MergeStaleError", "has changed since you looked at it"),
		(shared_out_somehow, "MergeStateError", "no way to share receipts"),
	],
)
def test_what_keeps_orders_apart_is_named_and_nothing_happens(office, make, prepare, error, words):
	names, ask = prepare(make)
	frappe.db.commit()
	frappe.clear_cache(doctype="MES Item")
	before = {name: frappe.get_doc(WORK_ORDER, name).event_seq for name in names}
	frappe.db.rollback()
	reply = office.post(MERGE, {"work_orders": names, **ask})
	assert reply.status_code == 417 and error in reply.text and words in reply.text, reply.text
	assert {name: frappe.get_doc(WORK_ORDER, name).event_seq for name in names} == before


def test_others_may_look_but_not_merge(viewer, make):
	names = make()
	assert viewer.post(MERGE, {"work_orders": names, "preview": 1}).status_code == 200
	assert viewer.post(MERGE, {"work_orders": names}).status_code == 403
	assert viewer.post(UNMERGE, {"work_order": names[0]}).status_code == 403
