"""Migration brings a site up to its apps' files, in Frappe's order, and may be run any number of times."""

import json
import shutil
import sys
from pathlib import Path

import pytest

import frappe
from frappe.migrate import SiteMigration

APPS = Path(__file__).parent / "apps"


@pytest.fixture
def growing(tmp_path, sites_path, site):
	"""A copy of the tiny app under another name on a site of its own; the path of its package."""
	from frappe.installer import new_site

	package = tmp_path / "growing"
	shutil.copytree(APPS / "tinyapp", package, ignore=shutil.ignore_patterns("__pycache__"))
	(package / "tiny").rename(package / "garden")
	(package / "modules.txt").write_text("Garden\n")
	for path in package.rglob("*.py"):
		path.write_text(path.read_text().replace("tinyapp", "growing"))
	for path in package.rglob("doctype/*/*.json"):
		change(path, lambda record: record.update(module="Garden"))
	patches = package / "patches.txt"
	patches.write_text(patches.read_text().replace("tinyapp", "growing"))
	sys.path.insert(0, str(tmp_path))
	new_site("growing.test", "x", sites_path=sites_path, apps=["growing"], force=True)
	frappe.db.commit()
	yield package
	frappe.destroy()
	sys.path.remove(str(tmp_path))
	for name in [name for name in sys.modules if name.partition(".")[0] == "growing"]:
		del sys.modules[name]


def migrate(sites_path):
	SiteMigration().run("growing.test", sites_path=sites_path)
	frappe.init("growing.test", sites_path=sites_path, force=True)
	frappe.connect()


def change(path, edit):
	record = json.loads(path.read_text())
	edit(record)
	path.write_text(json.dumps(record))


def test_new_field_becomes_a_column_and_rows_keep_their_data(growing, sites_path):
	frappe.get_doc({"doctype": "Tiny Customer", "customer_name": "Old"}).insert()
	frappe.db.commit()

	def add_field(record):
		record["fields"].append({"fieldname": "vat", "fieldtype": "Int", "label": "VAT", "default": "7"})

	change(growing / "garden/doctype/tiny_customer/tiny_customer.json", add_field)
	migrate(sites_path)
	assert frappe.get_doc("Tiny Customer", "Old").vat == 7


def test_removed_field_leaves_its_column(growing, sites_path):
	def drop_city(record):
		record["fields"] = [df for df in record["fields"] if df["fieldname"] != "city"]

	change(growing / "garden/doctype/tiny_customer/tiny_customer.json", drop_city)
	migrate(sites_path)
	assert not frappe.get_meta("Tiny Customer").has_field("city")
	assert "city" in frappe.db.get_table_columns("Tiny Customer")


def test_role_of_a_new_permission_is_made(growing, sites_path):
	def add_role(record):
		record["permissions"].append({"role": "Tiny Newcomer", "read": 1})

	change(growing / "garden/doctype/tiny_note/tiny_note.json", add_role)
	migrate(sites_path)
	assert frappe.db.exists("Role", "Tiny Newcomer")


def test_doctype_whose_file_is_gone_is_removed_and_its_table_kept(growing, sites_path):
	shutil.rmtree(growing / "garden/doctype/tiny_note")
	migrate(sites_path)
	assert not frappe.db.exists("DocType", "Tiny Note")
	assert frappe.db.table_exists("Tiny Note")


def test_new_patch_runs_once(growing, sites_path):
	patches = growing / "patches.txt"
	patches.write_text(patches.read_text() + "\ngrowing.patches.before_sync #again\n")
	migrate(sites_path)
	assert frappe.db.get_default("tiny_before") == "in patch"
	frappe.db.set_default("tiny_before", "changed since")
	frappe.db.commit()
	migrate(sites_path)
	assert frappe.db.get_default("tiny_before") == "changed since"


def test_failing_patch_stops_the_migration_and_is_tried_again(growing, sites_path):
	patches = growing / "patches.txt"
	patches.write_text(patches.read_text() + '\nexecute:frappe.throw("not now")\n')
	for _attempt in range(2):
		with pytest.raises(frappe.ValidationError, match="not now"):
			migrate(sites_path)
	frappe.init("growing.test", sites_path=sites_path, force=True)
	frappe.connect()


def test_steps_come_in_order_and_hooks_frame_them(growing, sites_path):
	migrate(sites_path)
	migrate(sites_path)
	steps = [step for step, *_rest in frappe.parse_json(frappe.db.get_global("tiny_steps"))]
	assert steps[3:] == ["before_migrate", "after_migrate"] * 2


def test_migration_puts_fixtures_back(growing, sites_path):
	frappe.db.set_value("Workflow", "Tiny Request Approval", "override_status", 1)
	frappe.db.commit()
	migrate(sites_path)
	assert frappe.db.get_value("Workflow", "Tiny Request Approval", "override_status") == 0


def test_unchanged_doctype_is_not_written_again(growing, sites_path):
	migrate(sites_path)
	before = frappe.db.get_value("DocField", {"parent": "Tiny Customer", "fieldname": "city"}, "name")
	migrate(sites_path)
	assert frappe.db.get_value("DocField", {"parent": "Tiny Customer", "fieldname": "city"}, "name") == before


def test_workspace_number_card_and_report_of_a_module_are_stored(growing, sites_path):
	shortcut = {"type": "DocType", "link_to": "Tiny Order", "label": "Orders", "color": "Grey"}
	for folder, record in (
		(
			"workspace",
			{
				"doctype": "Workspace",
				"name": "Tiny Desk",
				"label": "Tiny Desk",
				"title": "Tiny Desk",
				"module": "Garden",
				"public": 1,
				"content": "[]",
				"shortcuts": [shortcut],
			},
		),
		(
			"number_card",
			{
				"doctype": "Number Card",
				"name": "Tiny Count",
				"label": "Tiny Count",
				"module": "Garden",
				"type": "Document Type",
				"function": "Count",
				"document_type": "Tiny Order",
				"is_standard": 1,
				"filters_json": "[]",
			},
		),
		(
			"report",
			{
				"doctype": "Report",
				"name": "Tiny Report",
				"report_name": "Tiny Report",
				"ref_doctype": "Tiny Order",
				"module": "Garden",
				"report_type": "Query Report",
				"is_standard": "Yes",
			},
		),
	):
		name = record["name"].lower().replace(" ", "_")
		path = growing / "garden" / folder / name / f"{name}.json"
		path.parent.mkdir(parents=True)
		path.write_text(json.dumps(record))
	migrate(sites_path)
	assert frappe.get_doc("Workspace", "Tiny Desk").shortcuts[0].link_to == "Tiny Order"
	assert frappe.db.exists("Number Card", "Tiny Count")
	assert frappe.db.exists("Report", "Tiny Report")
