"""Sites and the apps on them: created, installed, taken away."""

import json
import os
import shutil
from collections.abc import Mapping
from typing import Any

import frappe
from frappe.core.doctype.file.utils import make_home_folder
from frappe.core.doctype.installed_applications.installed_applications import update_installed_applications
from frappe.model.sync import sync_for
from frappe.modules.patch_handler import get_patches_from_app, update_patch_log
from frappe.utils.fixtures import sync_fixtures
from frappe.utils.password import update_password

# A new site can write rows of these before it has read its first JSON file.
_BOOTSTRAP_DOCTYPES = (
	"DocField", "DocPerm", "DocType", "DefaultValue",
	"Module Def", "Has Role", "Role", "User", "Custom Field", "Property Setter",
	"Custom DocPerm", "DocShare", "User Permission", "Patch Log",
)  # fmt: skip


def new_site(
	site: str,
	admin_password: str,
	*,
	sites_path: str = ".",
	apps: tuple[str, ...] | list[str] = (),
	config: Mapping[str, Any] | None = None,
	force: bool = False,
) -> None:
	"""The site exists with its database, frappe's DocTypes, Administrator and Guest, and the given apps.

	The site is left open, as Administrator. An existing one is FileExistsError, unless `force` replaces it.
	A failure leaves nothing behind.
	"""
	site_path = os.path.join(sites_path, site)
	if os.path.exists(os.path.join(site_path, "site_config.json")):
		if not force:
			raise FileExistsError(f"Site {site} already exists")
		shutil.rmtree(site_path)
	make_site_dirs(site_path)
	make_site_config(site_path, {"encryption_key": _encryption_key(), **(config or {})})
	try:
		frappe.init(site, sites_path=sites_path, new_site=True, force=True)
		frappe.connect(set_admin_as_user=False)
		frappe.session.user = "Administrator"
		_install_frappe(admin_password)
		for app in apps:
			install_app(app)
	except BaseException:
		frappe.destroy()
		shutil.rmtree(site_path, ignore_errors=True)
		raise


def make_site_dirs(site_path: str) -> None:
	"""The folders a site keeps its files in."""
	for folder in ("private/files", "private/backups", "public/files", "locks", "logs"):
		os.makedirs(os.path.join(site_path, folder), exist_ok=True)


def make_site_config(site_path: str, config: Mapping[str, Any]) -> None:
	"""site_config.json with the given values; only the owner may read it, for it holds the key of secrets."""
	path = os.path.join(site_path, "site_config.json")
	with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
		file.write(json.dumps(dict(config), indent=1, sort_keys=True) + "\n")


def update_site_config(
	key: str, value: Any, validate: bool = True, site_config_path: str | None = None
) -> None:
	"""site_config.json has `value` under `key`; None takes the key away. Known at once to this process."""
	path = site_config_path or frappe.get_site_path("site_config.json")
	config = frappe.get_file_json(path)
	if value is None:
		config.pop(key, None)
	else:
		config[key] = value
	make_site_config(os.path.dirname(path), config)
	frappe.local.conf[key] = value


def _encryption_key() -> str:
	from cryptography.fernet import Fernet

	return Fernet.generate_key().decode()


def _install_frappe(admin_password: str) -> None:
	frappe.flags.in_install = "frappe"
	try:
		frappe.db.create_tables()
		for doctype in _BOOTSTRAP_DOCTYPES:
			frappe.db.updatedb(doctype, frappe.get_meta(doctype))
		_add_module_defs("frappe")
		sync_for("frappe", force=1)
		add_to_installed_apps("frappe")
		_make_standard_records()
		make_home_folder()
		update_password("Administrator", admin_password)
		init_singles()
		set_all_patches_as_executed("frappe")
		update_installed_applications()
		frappe.db.commit()
	finally:
		frappe.flags.in_install = False
	frappe.clear_cache()
	frappe.set_user("Administrator")


def _make_standard_records() -> None:
	for role in ("Administrator", "System Manager", "All", "Guest", "Desk User", "Workspace Manager"):
		if not frappe.db.exists("Role", role):
			frappe.get_doc(
				{"doctype": "Role", "role_name": role, "desk_access": int(role not in ("All", "Guest"))}
			).insert(ignore_permissions=True)
	for name, email, kind, role in (
		("Administrator", "admin@example.com", "System User", "Administrator"),
		("Guest", "guest@example.com", "Website User", "Guest"),
	):
		user = frappe.get_doc(
			{
				"doctype": "User",
				"name": name,
				"first_name": name,
				"email": email,
				"enabled": 1,
				"user_type": kind,
				"send_welcome_email": 0,
				"roles": [{"role": role}],
			}
		)
		user.flags.no_welcome_mail = True
		user.insert(ignore_permissions=True, set_name=name)
	frappe.get_doc("User", "Administrator").add_roles(
		*frappe.get_all("Role", pluck="name", order_by="name asc")
	)


def init_singles() -> None:
	"""Every Single is stored once, so that its defaults can be read."""
	for single in frappe.get_all("DocType", {"issingle": 1}, pluck="name", order_by="name asc"):
		if frappe.db.get_singles_dict(single):
			continue
		doc = frappe.new_doc(single)
		doc.flags.ignore_mandatory = True
		doc.flags.ignore_validate = True
		doc.save(ignore_permissions=True)


def install_app(name: str, verbose: bool = False, set_as_patched: bool = True, force: bool = False) -> None:
	"""The app's DocTypes, roles and fixtures are on the site and its hooks in force. Twice does nothing."""
	app_hooks = frappe.get_hooks(app_name=name)
	installed_apps = frappe.get_installed_apps()
	if name in installed_apps and not force:
		return
	for required in app_hooks.required_apps or []:
		install_app(str(required).rpartition("/")[2])
	frappe.flags.in_install = name
	frappe.clear_cache()
	try:
		for method in app_hooks.before_install or []:
			if frappe.get_attr(method)() is False:
				return
		_add_module_defs(name)
		sync_for(name, force=1, reset_permissions=True)
		add_to_installed_apps(name)
		if set_as_patched:
			set_all_patches_as_executed(name)
		for method in app_hooks.after_install or []:
			frappe.get_attr(method)()
		_sync_jobs()
		sync_fixtures(name)
		init_singles()
		for method in app_hooks.after_sync or []:
			frappe.get_attr(method)()
		update_installed_applications()
		frappe.db.commit()
	except BaseException:
		frappe.db.rollback()
		raise
	finally:
		frappe.flags.in_install = False
		frappe.clear_cache()


def _sync_jobs() -> None:
	from frappe.core.doctype.scheduled_job_type.scheduled_job_type import sync_jobs

	sync_jobs()


def add_module_defs(app: str, ignore_if_duplicate: bool = False) -> None:
	"""The app's modules are known to the site."""
	for module in frappe.get_module_list(app):
		if frappe.db.exists("Module Def", module):
			if ignore_if_duplicate:
				continue
			frappe.db.set_value("Module Def", module, "app_name", app)
			continue
		frappe.get_doc({"doctype": "Module Def", "app_name": app, "module_name": module}).insert(
			ignore_permissions=True
		)


def _add_module_defs(app: str) -> None:
	add_module_defs(app, ignore_if_duplicate=True)
	frappe.clear_cache()


def add_to_installed_apps(app_name: str) -> None:
	"""The site's list of apps ends with this one, if it was not there."""
	_store_installed_apps([*(app for app in _stored_apps() if app != app_name), app_name])


def remove_from_installed_apps(app_name: str) -> None:
	_store_installed_apps([app for app in _stored_apps() if app != app_name])


def _stored_apps() -> list[str]:
	apps: list[str] = json.loads(frappe.db.get_global("installed_apps") or "[]")
	return apps


def _store_installed_apps(apps: list[str]) -> None:
	frappe.db.set_global("installed_apps", json.dumps(apps))
	frappe.clear_cache()


def set_all_patches_as_executed(app: str) -> None:
	"""A fresh install needs none of the app's patches: all of them count as run."""
	for patch in get_patches_from_app(app):
		update_patch_log(patch)


def remove_app(
	app_name: str, dry_run: bool = False, yes: bool = False, no_backup: bool = False, force: bool = False
) -> None:
	"""The app's DocTypes, their tables and its modules are gone from the site; other apps' data stays."""
	if app_name not in frappe.get_installed_apps() and not force:
		print(f"App {app_name} is not installed on site {frappe.local.site}")
		return
	modules = frappe.get_all("Module Def", {"app_name": app_name}, pluck="name", order_by="name asc")
	doctypes = frappe.get_all(
		"DocType", {"module": ["in", modules or [""]]}, ["name", "issingle"], order_by="istable asc, name asc"
	)
	if dry_run:
		for row in doctypes:
			print(f"removing DocType '{row.name}'")
		return
	frappe.flags.in_uninstall = True
	try:
		for method in frappe.get_hooks("before_uninstall", app_name=app_name):
			frappe.get_attr(method)()
		_remove_shipped_records(modules)
		for row in doctypes:
			frappe.delete_doc("DocType", row.name, ignore_on_trash=True, force=True, ignore_permissions=True)
			frappe.db.delete("Singles", {"doctype": row.name})
		for module in modules:
			frappe.delete_doc("Module Def", module, ignore_on_trash=True, force=True, ignore_permissions=True)
		for patch in get_patches_from_app(app_name):
			frappe.db.delete("Patch Log", {"patch": patch})
		remove_from_installed_apps(app_name)
		update_installed_applications()
		frappe.db.commit()
		for row in doctypes:
			if not row.issingle:
				frappe.db.sql_ddl(f"drop table if exists `tab{row.name}`")
		for method in frappe.get_hooks("after_uninstall", app_name=app_name):
			frappe.get_attr(method)()
		_sync_jobs()
		frappe.db.commit()
	except BaseException:
		frappe.db.rollback()
		raise
	finally:
		frappe.flags.in_uninstall = False
		frappe.clear_cache()


def _remove_shipped_records(modules: list[str]) -> None:
	"""Reports, pages, workspaces and other records that name one of the modules."""
	linking = frappe.db.sql(
		"select distinct f.parent from `tabDocField` f join `tabDocType` d on d.name = f.parent"
		" where f.fieldname = 'module' and f.fieldtype = 'Link' and f.options = 'Module Def'"
		" and d.issingle = 0"
	)
	for (doctype,) in linking:
		if doctype == "DocType":
			continue
		for name in frappe.get_all(doctype, {"module": ["in", modules or [""]]}, pluck="name"):
			frappe.delete_doc(doctype, name, ignore_on_trash=True, force=True, ignore_permissions=True)
