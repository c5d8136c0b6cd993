"""Jinja templates of the installed apps."""

from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

import frappe

_environments: dict[tuple[str, ...], jinja2.Environment] = {}


def get_jenv() -> jinja2.Environment:
	"""The environment whose templates lie in the packages of the installed apps, later apps first."""
	apps = tuple(frappe.get_installed_apps())
	if apps not in _environments:
		_environments[apps] = _make_environment(apps)
	frappe.local.jenv = _environments[apps]
	return _environments[apps]


def _make_environment(apps: tuple[str, ...]) -> jinja2.Environment:
	environment = SandboxedEnvironment(loader=get_jloader(apps), undefined=jinja2.Undefined)
	environment.globals.update(_=frappe._, frappe=frappe, _lt=frappe._lt)
	environment.filters["json"] = frappe.as_json
	environment.filters["len"] = len
	environment.filters["int"] = frappe.cint
	environment.filters["str"] = frappe.cstr
	for kind, target in (("methods", environment.globals), ("filters", environment.filters)):
		for path in frappe.get_hooks("jinja", {}).get(kind, []):
			target.update(_functions(path))
	return environment


def _functions(path: str) -> dict[str, Any]:
	"""The functions a `jinja` hook names: one by dotted path, or all of a module."""
	try:
		module = frappe.get_module(path)
	except ModuleNotFoundError:
		return {path.rpartition(".")[2]: frappe.get_attr(path)}
	return {
		name: value for name, value in vars(module).items() if callable(value) and not name.startswith("_")
	}


def get_jloader(apps: tuple[str, ...] | None = None) -> jinja2.BaseLoader:
	"""Finds `app/templates/x.html` by its whole path, and `templates/x.html` in the last app that has it."""
	names = list(reversed(apps or tuple(frappe.get_installed_apps())))
	inside = [jinja2.PackageLoader(name, ".") for name in names]
	return jinja2.ChoiceLoader(
		[jinja2.PrefixLoader(dict(zip(names, inside, strict=True))), *inside],
	)


def get_template(path: str) -> jinja2.Template:
	"""The template at a path inside an app."""
	return get_jenv().get_template(path)


def render_template(
	template: str, context: Any = None, is_path: bool | None = None, safe_render: bool = True
) -> str:
	"""Text of a template given as source, or as a path (with `is_path`, or ending in .html or .txt)."""
	if not template:
		return ""
	values = {**_request_globals(), **(context or {})}
	if is_path or (is_path is None and "\n" not in template and template.endswith((".html", ".txt", ".md"))):
		return get_template(template).render(values)
	if safe_render and ".__" in template:
		frappe.throw(frappe._("Illegal template"))
	return get_jenv().from_string(template).render(values)


def validate_template(html: str | None) -> None:
	"""ValidationError with the line when the source is no template."""
	if not html:
		return
	try:
		get_jenv().from_string(html)
	except jinja2.TemplateSyntaxError as error:
		frappe.throw(f"Syntax error in template as line {error.lineno}: {error.message}")


def _request_globals() -> dict[str, Any]:
	return {"session": frappe.session, "form_dict": frappe.form_dict, "lang": frappe.local.lang}
