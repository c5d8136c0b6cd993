"""Answers of the website: pages, redirects, and error pages."""

from typing import Any
from urllib.parse import quote

from werkzeug.wrappers import Response

import frappe
from frappe import _
from frappe.utils import cstr, sanitize_html
from frappe.website.page_renderers.template_page import TemplatePage
from frappe.website.path_resolver import PathResolver

_NO_STORE = "no-store, no-cache, must-revalidate"
_TITLES = {401: "Not Permitted", 403: "Not Permitted", 404: "Not Found"}


def get_response(path: str | None = None, http_status_code: int = 200) -> Response:
	"""The page at `path` (that of the request by default), or the page that says why not."""
	path = path or frappe.local.request.path
	try:
		return _render(path, http_status_code)
	except frappe.Redirect as redirect:
		return _redirect(frappe.flags.redirect_location, redirect.http_status_code)
	except Exception as error:
		status = getattr(error, "http_status_code", 500)
		if not isinstance(status, int) or status >= 500:
			raise
		return _error_page(error, status)


def get_response_content(path: str | None = None, http_status_code: int = 200) -> str:
	"""The same page as text."""
	return get_response(path, http_status_code).get_data(as_text=True)


def _render(path: str, http_status_code: int) -> Response:
	endpoint, page = PathResolver(path, http_status_code).resolve()
	if page is not None:
		return page.render()
	if endpoint == "app" or endpoint.startswith("app/"):
		return _desk(path)
	return _message_page(_("Not Found"), _("The page you are looking for has gone missing."), 404)


def _desk(path: str) -> Response:
	"""There is no desk here: a Guest logs in, anyone else is led to the app."""
	from frappe.apps import get_default_path

	if frappe.session.user == "Guest":
		return _redirect(f"/login?redirect-to={quote(path, safe='')}", 301)
	return _redirect(get_default_path() or "/apps", 302)


def _redirect(location: str, status: int) -> Response:
	response = Response(status=status, mimetype="text/html")
	response.headers["Location"] = location
	response.headers["Cache-Control"] = _NO_STORE
	return response


def _message_page(title: str, message: Any, status: int) -> Response:
	frappe.response["context"] = {"title": title, "message": message}
	return TemplatePage("message", status).render()


def _error_page(error: Exception, status: int) -> Response:
	"""What a browser shows instead of a JSON error: the messages thrown, or the kind of error."""
	title = _(_TITLES.get(status, "Server Error"))
	thrown = [entry["message"] for entry in frappe.local.message_log or [] if entry.get("message")]
	message = thrown[-1] if thrown else frappe.flags.error_message or _("Something went wrong.")
	# It may repeat what the request said.
	return _message_page(title, sanitize_html(cstr(message), always_sanitize=True), status)
