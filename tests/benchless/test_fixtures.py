"""Fixture files: what export writes and what import does to the records on the site."""

import json

import pytest

import frappe
from frappe.utils.fixtures import export_fixtures, import_fixtures


@pytest.fixture
def fixture_folder(site, tmp_path, monkeypatch):
	"""The tiny app's fixtures are read from and written to this empty folder."""
	real = frappe.get_app_path

	def redirected(app, *joins):
		if app == "tinyapp" and joins[:1] == ("fixtures",):
			return str(tmp_path.joinpath(*joins[1:]))
		return real(app, *joins)

	monkeypatch.setattr(frappe, "get_app_path", redirected)
	return tmp_path


def write(folder, filename, *records):
	(folder / filename).write_text(json.dumps(list(records)))


def test_export_leaves_out_what_every_import_sets_anew(fixture_folder):
	export_fixtures("tinyapp")
	workflow = json.loads((fixture_folder / "workflow.json").read_text())[0]
	assert workflow["name"] == "Tiny Request Approval"
	assert not {"owner", "creation", "modified_by", "idx"} & set(workflow)
	assert "modified" in workflow
	assert not {"name", "owner", "creation"} & set(workflow["states"][0])
	assert [row["state"] for row in workflow["states"]][:2] == ["Tiny Draft", "Tiny Waiting"]


def test_export_keeps_to_the_filters_of_the_hook(fixture_folder):
	frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": "Someone Else's"}).insert()
	export_fixtures("tinyapp")
	names = [row["name"] for row in json.loads((fixture_folder / "workflow_state.json").read_text())]
	assert len(names) == 5 and all(name.startswith("Tiny ") for name in names)


def test_export_can_be_imported_again(fixture_folder):
	export_fixtures("tinyapp")
	before = (fixture_folder / "workflow_state.json").read_text()
	import_fixtures("tinyapp")
	assert len(frappe.get_doc("Workflow", "Tiny Request Approval").transitions) == 5
	assert [row["name"] for row in json.loads(before)]


def test_import_overwrites_the_record_of_the_same_name_and_leaves_others(fixture_folder):
	for name in ("Kept", "Replaced"):
		frappe.get_doc({"doctype": "Tiny Customer", "customer_name": name, "city": "Old Town"}).insert()
	write(
		fixture_folder,
		"tiny_customer.json",
		{"doctype": "Tiny Customer", "name": "Replaced", "customer_name": "Replaced", "city": "New Town"},
	)
	import_fixtures("tinyapp")
	assert frappe.db.get_value("Tiny Customer", "Replaced", "city") == "New Town"
	assert frappe.db.get_value("Tiny Customer", "Kept", "city") == "Old Town"


def test_import_does_not_check_links(fixture_folder):
	write(
		fixture_folder,
		"tiny_note.json",
		{"doctype": "Tiny Note", "name": "given", "title": "T", "customer": "Nobody"},
	)
	import_fixtures("tinyapp")
	assert frappe.db.get_value("Tiny Note", "given", "customer") == "Nobody"


def test_import_keeps_the_names_in_the_file(fixture_folder):
	write(fixture_folder, "tiny_note.json", {"doctype": "Tiny Note", "name": "my-own-name", "title": "T"})
	import_fixtures("tinyapp")
	assert frappe.db.exists("Tiny Note", "my-own-name")


def test_import_passes_over_unknown_doctypes(fixture_folder, capsys):
	write(fixture_folder, "a_unknown.json", {"doctype": "No Such Thing", "name": "x"})
	write(fixture_folder, "tiny_note.json", {"doctype": "Tiny Note", "name": "still", "title": "T"})
	import_fixtures("tinyapp")
	assert frappe.db.exists("Tiny Note", "still")
	assert "a_unknown.json" in capsys.readouterr().out


def test_import_runs_the_controllers_validation(fixture_folder):
	write(
		fixture_folder,
		"tiny_order.json",
		{"doctype": "Tiny Order", "name": "F-1", "customer": "x", "items": [{"item": "i", "qty": -1}]},
	)
	with pytest.raises(frappe.ValidationError, match="negative"):
		import_fixtures("tinyapp")
