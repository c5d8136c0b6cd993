"""Installed apps, their hooks and modules."""

import copy
import importlib
import json
import os
from types import ModuleType
from typing import Any

from frappe._context import _dict, local
from frappe._values import get_file_items, scrub
from frappe.exceptions import AppNotInstalledError

_hooks_by_apps: dict[tuple[str, ...], _dict] = {}


def get_module(modulename: str) -> ModuleType:
	return importlib.import_module(modulename)


def get_attr(method_string: str) -> Any:
	"""The object at a dotted path. An app that is not installed here is AppNotInstalledError."""
	modulename, _dot, name = method_string.rpartition(".")
	app = method_string.partition(".")[0]
	if not local.flags.in_uninstall and not local.flags.in_install and app not in get_installed_apps():
		from frappe._messages import _, throw

		throw(_("App {0} is not installed").format(app), AppNotInstalledError)
	return getattr(get_module(modulename), name)


def get_all_apps(with_internal_apps: bool = True, sites_path: str | None = None) -> list[str]:
	"""Apps this folder of sites knows (`apps.txt`), frappe first."""
	path = os.path.join(sites_path or local.sites_path, "apps.txt")
	listed = get_file_items(path)
	return ["frappe", *(app for app in listed if app != "frappe")]


def get_installed_apps(*, _ensure_on_bench: bool = False) -> list[str]:
	"""Apps of this site in the order of installation; always begins with frappe.

	Read from the global default `installed_apps` (a JSON list).
	"""
	if not getattr(local, "db", None):
		return ["frappe"]
	cached = getattr(local, "installed_apps", None)
	if cached is None:
		stored = local.db.get_global("installed_apps") if local.db.table_exists("DefaultValue") else None
		apps = json.loads(stored) if stored else []
		cached = ["frappe", *(app for app in apps if app != "frappe")]
		if stored:
			local.installed_apps = cached
	return list(cached)


def get_pymodule_path(modulename: str, *joins: str) -> str:
	"""Path inside a package; every part but `public` and `www` is scrubbed."""
	if not {"public", "www"}.intersection(joins):
		joins = tuple(scrub(part) if "." not in part else part for part in joins)
	source = get_module(scrub(modulename)).__file__ or ""
	return os.path.abspath(os.path.join(os.path.dirname(source), *joins))


def get_app_path(app_name: str, *joins: str) -> str:
	return get_pymodule_path(app_name, *joins)


def get_app_source_path(app_name: str, *joins: str) -> str:
	return os.path.abspath(os.path.join(get_app_path(app_name), "..", *joins))


def get_module_path(module: str, *joins: str) -> str:
	"""Folder of a DocType module ('Tiny App' of its app) or a path inside it."""
	from frappe.modules.utils import get_module_app

	return get_pymodule_path(f"{get_module_app(module)}.{scrub(module)}", *joins)


def get_module_list(app_name: str) -> list[str]:
	return get_file_items(os.path.join(get_app_path(app_name), "modules.txt"))


def setup_module_map(include_all_apps: bool = True) -> None:
	"""`local.app_modules` and `local.module_app` know every module of the installed apps."""
	local.app_modules, local.module_app = {}, {}
	apps = get_installed_apps()
	if include_all_apps:
		apps += [app for app in get_all_apps() if app not in apps]
	for app in apps:
		try:
			modules = get_module_list(app)
		except ModuleNotFoundError:
			continue
		local.app_modules[app] = [scrub(module) for module in modules]
		for module in local.app_modules[app]:
			local.module_app[module] = app


def append_hook(target: dict[str, Any], key: str, value: Any) -> None:
	"""Adds one app's hook value: dicts merge key by key, everything else becomes one list."""
	if isinstance(value, dict):
		inner = target.setdefault(key, {})
		for inkey, item in value.items():
			append_hook(inner, inkey, item)
	else:
		target.setdefault(key, []).extend(value if isinstance(value, list) else [value])


def _load_app_hooks(app_name: str | None = None) -> _dict:
	hooks = _dict()
	for app in [app_name] if app_name else get_installed_apps():
		try:
			module = get_module(f"{app}.hooks")
		except ModuleNotFoundError as error:
			if error.name != f"{app}.hooks" and not (local.flags.in_uninstall and error.name == app):
				raise
			continue
		for key, value in vars(module).items():
			if not key.startswith("_") and not callable(value) and not isinstance(value, ModuleType):
				append_hook(hooks, key, value)
	return hooks


def get_hooks(
	hook: str | None = None, default: Any = "_KEEP_DEFAULT_LIST", app_name: str | None = None
) -> Any:
	"""Hook values of all installed apps, concatenated. A missing hook is `default`, or an empty list."""
	if app_name:
		hooks = _load_app_hooks(app_name)
	else:
		apps = tuple(get_installed_apps())
		if apps not in _hooks_by_apps:
			_hooks_by_apps[apps] = _load_app_hooks()
		hooks = _hooks_by_apps[apps]
	if hook is None:
		return _dict(copy.deepcopy(dict(hooks)))
	if hook in hooks:
		return hooks[hook]
	return [] if default == "_KEEP_DEFAULT_LIST" else default


def get_doc_hooks() -> dict[str, dict[str, list[str]]]:
	"""`doc_events` of all apps by DocType and event; a tuple of DocTypes counts for each of them."""
	if local.doc_events_hooks is None:
		events: dict[str, dict[str, list[str]]] = {}
		for key, handlers in get_hooks("doc_events", {}).items():
			for doctype in key if isinstance(key, tuple) else (key,):
				for event, methods in handlers.items():
					append_hook(events.setdefault(doctype, {}), event, methods)
		local.doc_events_hooks = events
	return local.doc_events_hooks  # type: ignore[no-any-return]


def _forget_apps() -> None:
	"""Hooks, modules and installed apps are read again at the next question."""
	_hooks_by_apps.clear()
	local.doc_events_hooks = None
	for name in ("installed_apps", "app_modules", "module_app"):
		if hasattr(local, name):
			delattr(local, name)
