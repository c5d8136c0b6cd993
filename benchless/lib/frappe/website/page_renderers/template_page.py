"""Pages from the `www` folders of the apps."""

import importlib
import os
from typing import Any

from werkzeug.wrappers import Response

import frappe
from frappe.utils.jinja import get_jenv

_SUFFIXES = (".html", "/index.html", ".md", ".txt", ".xml")
_TYPES = {".txt": "text/plain", ".xml": "application/xml"}


class TemplatePage:
	"""`app/www/<path>.html` with its controller `<path>.py`, of the last installed app that has it."""

	def __init__(self, path: str, http_status_code: int | None = None) -> None:
		self.path = path.strip("/")
		self.http_status_code = http_status_code or 200
		self.app = ""
		self.template = ""
		self.set_template_path()

	def set_template_path(self) -> None:
		"""`app` and `template` are set when there is such a page."""
		if not self.path or ".." in self.path.split("/") or "\x00" in self.path:
			return
		for app in reversed(frappe.get_installed_apps()):
			for suffix in _SUFFIXES:
				inside = self.path if self.path.endswith(suffix) and suffix[0] == "." else self.path + suffix
				if os.path.isfile(os.path.join(frappe.get_app_path(app), "www", inside)):
					self.app, self.template = app, f"{app}/www/{inside}"
					return

	def can_render(self) -> bool:
		"""True when an app has the page."""
		return bool(self.template)

	def render(self) -> Response:
		"""The page for this request, its CSRF token in place."""
		context = self.get_context()
		html = get_jenv().get_template(self.template).render(context)
		kind = _TYPES.get(os.path.splitext(self.template)[1], "text/html")
		response = Response(add_csrf_token(html), status=self.http_status_code, mimetype=kind)
		if context.get("no_cache") or frappe.session.user != "Guest":
			response.headers["Cache-Control"] = "no-store, no-cache, must-revalidate"
		return response

	def get_context(self) -> frappe._dict:
		"""What the template sees: the request, and what the controller's `get_context` adds."""
		context = frappe._dict(
			path=self.path,
			session=frappe.session,
			form_dict=frappe.form_dict,
			lang=frappe.local.lang,
			request=frappe.request,
			**(frappe.response.get("context") or {}),
		)
		controller = self.get_controller()
		if controller is not None:
			for name in ("no_cache", "title"):
				if hasattr(controller, name):
					context[name] = getattr(controller, name)
			if hasattr(controller, "get_context"):
				added = controller.get_context(context)
				if isinstance(added, dict):
					context.update(added)
		return context

	def get_controller(self) -> Any:
		"""The Python module beside the template, None without one."""
		stem = os.path.splitext(self.template)[0].replace("-", "_")
		file = os.path.join(frappe.get_app_path(self.app), stem.split("/", 1)[1] + ".py")
		if not os.path.isfile(file):
			return None
		return importlib.import_module(stem.replace("/", "."))


def add_csrf_token(html: str) -> str:
	"""The comment `<!-- csrf_token -->` is a script that sets `frappe.csrf_token`."""
	if "<!-- csrf_token -->" not in html:
		return html
	token = frappe.local.session.data.csrf_token
	return html.replace("<!-- csrf_token -->", f'<script>frappe.csrf_token = "{token}";</script>')
