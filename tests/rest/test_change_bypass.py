"""The plan of a released order changes through a change order only, whichever door somebody tries."""

import importlib.util
import json

import floor
import pytest

import frappe

from sbk_mes import testing
from sbk_mes.exceptions import GuardedFieldError
from sbk_mes.orders import actions

DOCTYPE = "MES Work Order"
RAISE = "Raise a MES Change Order"


@pytest.fixture
def released():
	"""A released order of 100, visible to other processes."""
	order = testing.make_work_order(qty=100)
	actions.act(order.name, "Release")
	frappe.db.commit()
	return frappe.get_doc(DOCTYPE, order.name)


def by_put(planner, order, values):
	return planner.put(f"resource/{DOCTYPE}/{order.name}", values)


def by_v2(planner, order, values):
	return planner.http.patch(
		f"{planner.url}/api/v2/document/{DOCTYPE}/{order.name}/", json=values, timeout=60
	)


def by_set_value(planner, order, values):
	body = {"doctype": DOCTYPE, "name": order.name, "fieldname": values}
	return planner.post("method/frappe.client.set_value", body)


def by_client_save(planner, order, values):
	doc = planner.get(f"resource/{DOCTYPE}/{order.name}").json()["data"]
	return planner.post("method/frappe.client.save", {"doc": {**doc, **values}})


def by_form(planner, order, values):
	doc = planner.get(f"resource/{DOCTYPE}/{order.name}").json()["data"]
	body = {"doc": json.dumps({**doc, **values}), "action": "Update"}
	return planner.post("method/frappe.desk.form.save.savedocs", body)


DOORS = [by_put, by_v2, by_set_value, by_client_save, by_form]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("values", [{"planned_qty": 120}, {"due_at": "2031-01-01 10:00:00"}, {"bom": ""}])
def test_every_door_is_closed_with_the_way_to_do_it_right(planner, released, door, values):
	reply = door(planner, released, values)
	assert reply.status_code == 417, reply.text
	assert "GuardedFieldError" in reply.text
	assert RAISE in reply.text
	frappe.db.rollback()
	stored = frappe.get_doc(DOCTYPE, released.name)
	assert (stored.planned_qty, stored.due_at, stored.bom) == (100, released.due_at, released.bom)


@pytest.mark.parametrize("table", ["materials", "operations"])
@pytest.mark.parametrize("door", [by_put, by_client_save, by_form])
def test_rows_are_neither_edited_nor_removed(planner, released, door, table):
	rows = [row.as_dict(no_default_fields=False) for row in released.get(table)]
	field = {"materials": "qty_per", "operations": "run_mins"}[table]
	edited = json.loads(frappe.as_json([{**rows[0], field: 99}, *rows[1:]]))
	for values in ({table: edited}, {table: json.loads(frappe.as_json(rows[1:]))}):
		reply = door(planner, released, values)
		assert (reply.status_code, "GuardedFieldError" in reply.text) == (417, True), reply.text


def test_bulk_update_changes_nothing(planner, released):
	docs = json.dumps([{"doctype": DOCTYPE, "docname": released.name, "planned_qty": 120}])
	reply = planner.post("method/frappe.client.bulk_update", {"docs": docs})
	assert released.name in json.dumps(reply.json())
	frappe.db.rollback()
	assert frappe.db.get_value(DOCTYPE, released.name, "planned_qty") == 100


def test_a_workflow_action_carries_no_change_along(client_for):
	dispatched = floor.make_order(100, picked=False)
	frappe.db.commit()
	doc = {**json.loads(dispatched.as_json()), "planned_qty": 120}
	dispatcher = client_for("MES Dispatcher")
	reply = dispatcher.post(
		"method/frappe.model.workflow.apply_workflow", {"doc": json.dumps(doc), "action": "Recall"}
	)
	assert reply.status_code == 200, reply.text
	frappe.db.rollback()
	stored = frappe.db.get_value(DOCTYPE, dispatched.name, ["planned_qty", "workflow_state"])
	assert stored == (100, "Scheduled")


def test_another_app_that_saves_the_document_is_refused_as_administrator_too(released):
	order = frappe.get_doc(DOCTYPE, released.name)
	order.planned_qty = 120
	with pytest.raises(GuardedFieldError, match=RAISE):
		order.save(ignore_permissions=True)


def test_another_app_that_skips_the_check_of_submitted_fields_is_refused(released):
	order = frappe.get_doc(DOCTYPE, released.name)
	order.materials[0].qty_per = 5
	order.flags.ignore_validate_update_after_submit = True
	with pytest.raises(GuardedFieldError, match=RAISE):
		order.save()


def test_a_data_import_is_refused(released):
	if importlib.util.find_spec("frappe.core.doctype.data_import") is None:
		pytest.skip("this home has no Data Import")
	from frappe.core.doctype.data_import.importer import Importer

	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{released.name}.csv",
			"is_private": 1,
			"content": f'ID,Planned Qty\n"{released.name}",120\n',
		}
	).insert()
	imported = frappe.new_doc("Data Import")
	imported.update({"reference_doctype": DOCTYPE, "import_type": "Update Existing Records"})
	imported.import_file = file.file_url
	imported.insert()
	Importer(DOCTYPE, data_import=imported).import_data()
	frappe.db.rollback()
	assert frappe.db.get_value(DOCTYPE, released.name, "planned_qty") == 100
