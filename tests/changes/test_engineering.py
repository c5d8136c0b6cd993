"""A changed BOM: which open orders it hits, and change orders for those that somebody chooses."""

import floor
from changing import approved, make_change

import frappe

from sbk_mes.api import changes

CHANGE_ORDER = "MES Change Order"


def grown_bom(order):
	"""The order's BOM asks for 3 instead of 2 of its first component from now on."""
	bom = frappe.get_doc("MES BOM", order.bom)
	bom.items[0].qty = 3
	bom.save()
	return bom


def test_running_orders_keep_their_snapshot():
	order = floor.make_order(100, picked=False)
	grown_bom(order)
	assert floor.again(order).materials[0].qty_per == 2


def test_open_orders_are_listed_with_stage_and_effect():
	order = floor.make_order(100, picked=False)
	bom = grown_bom(order)
	(row,) = changes.affected("BOM", bom.name)["rows"]
	assert (row["work_order"], row["workflow_state"]) == (order.name, "Dispatched")
	(material,) = row["derived"]["materials"]
	assert (material["required_before"], material["required_after"]) == (200, 300)


def test_an_order_that_would_not_differ_is_not_listed():
	order = floor.make_order(100, picked=False)
	assert changes.affected("BOM", order.bom)["rows"] == []


def test_a_chosen_order_gets_a_change_order_and_follows_it():
	order = floor.make_order(100, picked=False)
	bom = grown_bom(order)
	reason = frappe.db.get_value("MES Reason", {"applies_to": "Change"}, "name")
	(row,) = changes.raise_for([order.name], "BOM", bom.name, reason)["rows"]
	change = frappe.get_doc(CHANGE_ORDER, row["change_order"])
	assert (row["status"], change.workflow_state) == ("raised", "Draft")
	assert frappe.parse_json(change.derived)["materials"][0]["required_after"] == 300


def test_one_order_that_cannot_change_does_not_keep_others_from_it():
	order, other = floor.make_order(100, picked=False), floor.make_order(100, picked=False)
	approved(other, {"target": "Quantity", "field": "planned_qty", "after": "120"})
	bom = grown_bom(order)
	reason = frappe.db.get_value("MES Reason", {"applies_to": "Change"}, "name")
	rows = changes.raise_for([other.name, order.name], "BOM", bom.name, reason)["rows"]
	assert [row["status"] for row in rows] == ["failed", "raised"]


def test_a_difference_is_told_to_every_reader_in_their_own_language(monkeypatch):
	order = floor.make_order(100, picked=False)
	monkeypatch.setattr(frappe.local, "lang", "zh")
	change = make_change(order, {"target": "Quantity", "field": "planned_qty", "after": "120"})
	labels = {row["label"] for row in frappe.parse_json(change.effect)}
	assert "Planned Quantity" in labels
