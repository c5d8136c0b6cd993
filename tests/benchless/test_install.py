"""A site is made, an app is put on it and taken off again."""

import os
import stat

import pytest

import frappe
from frappe.installer import install_app, new_site, remove_app


@pytest.fixture
def other_site(site, sites_path):
	"""A second site, without the tiny app, open; the first one is left alone."""
	new_site("other.test", "secret", sites_path=sites_path, force=True)
	yield "other.test"
	frappe.destroy()


def steps():
	return [step for step, _roles, _fixtures in frappe.parse_json(frappe.db.get_global("tiny_steps") or "[]")]


def test_new_site_has_its_folders_and_a_private_configuration(site, sites_path):
	folder = os.path.join(sites_path, site)
	for part in ("private/files", "public/files", "locks"):
		assert os.path.isdir(os.path.join(folder, part))
	config = os.path.join(folder, "site_config.json")
	assert frappe.get_file_json(config)["encryption_key"]
	assert stat.S_IMODE(os.stat(config).st_mode) == 0o600


def test_new_site_knows_administrator_and_guest(site):
	assert frappe.db.get_value("User", "Administrator", "user_type") == "System User"
	assert frappe.db.get_value("User", "Guest", "user_type") == "Website User"
	assert "System Manager" in frappe.get_roles("Administrator")


def test_administrators_password_is_the_one_given(site):
	from frappe.utils.password import check_password

	assert check_password("Administrator", "tiny-admin") == "Administrator"
	with pytest.raises(frappe.AuthenticationError):
		check_password("Administrator", "wrong")


def test_a_site_is_not_made_twice(site, sites_path):
	with pytest.raises(FileExistsError):
		new_site(site, "x", sites_path=sites_path)


def test_failed_new_site_leaves_nothing(site, sites_path):
	with pytest.raises(ModuleNotFoundError):
		new_site("broken.test", "x", sites_path=sites_path, apps=["no_such_app"])
	assert not os.path.exists(os.path.join(sites_path, "broken.test"))


def test_singles_are_stored_with_their_defaults(site):
	assert frappe.db.get_single_value("Tiny Settings", "limit") == 10
	assert frappe.db.get_single_value("System Settings", "date_format") == "dd-mm-yyyy"


def test_apps_are_listed_in_order_of_installation(site):
	assert frappe.get_installed_apps() == ["frappe", "tinyapp"]
	rows = frappe.get_single("Installed Applications").installed_applications
	assert [(row.app_name, row.app_version) for row in rows][1] == ("tinyapp", "0.0.1")


def test_roles_of_doctypes_exist_and_open_the_desk(site):
	assert frappe.db.get_value("Role", "Tiny User", "desk_access") == 1


def test_modules_belong_to_their_app(site):
	assert frappe.db.get_value("Module Def", "Tiny", "app_name") == "tinyapp"


def test_roles_exist_at_after_install_but_fixtures_only_at_after_sync(site):
	trail = frappe.parse_json(frappe.db.get_global("tiny_steps"))[:3]
	assert trail == [
		["before_install", False, False],
		["after_install", True, False],
		["after_sync", True, True],
	]


def test_install_marks_all_patches_as_run_without_running_them(site):
	assert frappe.db.exists("Patch Log", {"patch": "tinyapp.patches.before_sync"})
	assert frappe.db.get_default("tiny_before") is None


def test_installing_twice_does_nothing(site):
	before = steps()
	install_app("tinyapp")
	assert steps() == before


def test_removed_app_leaves_no_doctype_table_or_module(other_site):
	install_app("tinyapp")
	assert frappe.db.table_exists("Tiny Order")
	remove_app("tinyapp")
	assert "before_uninstall" in steps()
	assert frappe.get_installed_apps() == ["frappe"]
	assert not frappe.db.exists("DocType", "Tiny Order")
	assert not frappe.db.table_exists("Tiny Order")
	assert not frappe.db.exists("Module Def", "Tiny")
	assert not frappe.db.exists("Patch Log", {"patch": "tinyapp.patches.before_sync"})


def test_removed_app_can_be_installed_again(other_site):
	install_app("tinyapp")
	remove_app("tinyapp")
	install_app("tinyapp")
	frappe.get_doc({"doctype": "Tiny Customer", "customer_name": "Again"}).insert()


def test_dry_run_removes_nothing(other_site, capsys):
	install_app("tinyapp")
	remove_app("tinyapp", dry_run=True)
	assert "Tiny Order" in capsys.readouterr().out
	assert frappe.db.exists("DocType", "Tiny Order")
