"""From an address to the page that answers it."""

import functools
import re
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule

import frappe
from frappe.utils import cint
from frappe.website.page_renderers.template_page import TemplatePage
from frappe.website.utils import get_home_page

_MAX_PATH = 500


class PathResolver:
	"""One address of the website, without its slashes at the ends."""

	def __init__(self, path: str, http_status_code: int | None = None) -> None:
		self.path = path.strip("/ ")
		self.http_status_code = http_status_code

	def resolve(self) -> tuple[str, TemplatePage | None]:
		"""The endpoint and its page; None for the page when no app has one.

		Raises
		------
		frappe.Redirect
			The address leads elsewhere; `frappe.flags.redirect_location` says where.
		"""
		if len(self.path) > _MAX_PATH:
			return self.path, None
		resolve_redirect(self.path, frappe.request.query_string if frappe.request else b"")
		endpoint = resolve_path(self.path)
		page = TemplatePage(endpoint, self.http_status_code)
		return endpoint, page if page.can_render() else None

	def is_valid_path(self) -> bool:
		"""True when some page answers."""
		return self.resolve()[1] is not None


def resolve_redirect(path: str, query_string: bytes | str | None = None) -> None:
	"""Raise `frappe.Redirect` when a `website_redirects` hook matches the whole path."""
	for rule in frappe.get_hooks("website_redirects"):
		source = rule["source"].strip("/ ")
		asked = path
		if rule.get("match_with_query_string") and query_string:
			text = query_string.decode() if isinstance(query_string, bytes) else query_string
			asked = f"{path}?{text}"
		if re.match(f"{source}$", asked):
			frappe.flags.redirect_location = re.sub(f"{source}$", rule["target"], asked)
			raise frappe.Redirect(cint(rule.get("redirect_http_status")) or 301)


def resolve_path(path: str) -> str:
	"""The endpoint of a path: the home page for an empty one, and what `website_route_rules` say."""
	path = path or "index"
	if path.endswith(".html"):
		path = path[: -len(".html")]
	if path == "index":
		path = get_home_page()
	frappe.local.path = path
	if path != "index":
		path = resolve_from_map(path)
	return path


def resolve_from_map(path: str) -> str:
	"""The endpoint of the first matching rule, its parameters put into `frappe.form_dict`; else the path."""
	return evaluate_dynamic_routes(get_website_rules(), path) or path


def get_website_rules() -> list[dict[str, Any]]:
	"""The `website_route_rules` of all apps."""
	return list(frappe.get_hooks("website_route_rules"))


@functools.lru_cache(maxsize=16)
def _map_of(rules: tuple[tuple[str, str], ...]) -> Map:
	return Map([Rule(f"/{source.strip('/')}", endpoint=target) for source, target in rules])


def evaluate_dynamic_routes(rules: list[dict[str, Any]], path: str) -> str | None:
	"""`to_route` of the rule that matches, None when none does."""
	if not rules:
		return None
	routes = _map_of(tuple((rule["from_route"], rule["to_route"]) for rule in rules))
	try:
		endpoint, values = routes.bind("").match(f"/{path}")
	except NotFound:
		return None
	frappe.form_dict.update(values)
	return str(endpoint)
