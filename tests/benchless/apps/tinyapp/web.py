"""Whitelisted functions for what only HTTP shows: kinds of answers, sessions, limits."""

import datetime
import decimal

from werkzeug.wrappers import Response

import frappe
import frappe.sessions
from frappe.rate_limiter import rate_limit


@frappe.whitelist()
def typed(
	n: int | None = None,
	s: str = "",
	f: float = 0.0,
	flag: bool = False,
	items: list | None = None,
	either: str | list | None = None,
):
	"""The arguments as they arrived."""
	return [n, s, f, flag, items, either]


@frappe.whitelist()
def untyped(n: "int" = 0):
	"""Annotations that are text convert nothing."""
	return n


@frappe.whitelist()
def status():
	"""An answer with its own status and keys."""
	frappe.response["http_status_code"] = 202
	frappe.response["extra"] = {"a": 1}
	return {"ok": True}


@frappe.whitelist()
def talk():
	"""Two messages and an answer."""
	frappe.msgprint("first")
	frappe.msgprint("second", title="Title", indicator="green", alert=True)
	return "done"


@frappe.whitelist()
def talk_and_fail():
	"""A message, then an error with a title."""
	frappe.msgprint("before")
	frappe.throw("Bad", title="My Title")


@frappe.whitelist()
def refuse():
	"""A refusal without words."""
	raise frappe.PermissionError


@frappe.whitelist()
def write_and_fail():
	"""What it writes must be gone."""
	frappe.db.set_global("tiny_half", "written")
	frappe.throw("Failed after writing")


@frappe.whitelist()
def write_by_any_verb():
	"""What a GET writes must be gone."""
	frappe.db.set_global("tiny_verb", frappe.request.method)


@frappe.whitelist()
def download():
	"""A text file to store."""
	frappe.response.filename = "notes.txt"
	frappe.response.filecontent = "content"
	frappe.response.type = "download"


@frappe.whitelist()
def table():
	"""A CSV file."""
	frappe.response.doctype = "Things"
	frappe.response.result = "a,b\n1,2\n"
	frappe.response.type = "csv"


@frappe.whitelist()
def redirect():
	"""A way to the app's page."""
	frappe.response.location = "/tiny"
	frappe.response.type = "redirect"


@frappe.whitelist()
def raw():
	"""An answer of werkzeug's own."""
	return Response("raw text", status=201, mimetype="text/plain")


@frappe.whitelist()
def page():
	"""A page with a message instead of JSON."""
	frappe.respond_as_web_page("Heading", "Some <b>text</b>", http_status_code=404)


@frappe.whitelist()
def kinds():
	"""A value of each kind JSON does not know."""
	return {
		"date": datetime.date(2025, 1, 2),
		"datetime": datetime.datetime(2025, 1, 2, 3, 4, 5),
		"microseconds": datetime.datetime(2025, 1, 2, 3, 4, 5, 600),
		"time": datetime.time(3, 4, 5),
		"timedelta": datetime.timedelta(hours=30, minutes=5),
		"decimal": decimal.Decimal("1.50"),
		"set": {1},
		"generator": (i for i in range(2)),
		"class": ValueError,
		"error": ValueError("x"),
		"text": "äß",
	}


@frappe.whitelist(allow_guest=True)
@rate_limit(limit=2, seconds=60)
def limited():
	"""Two calls a minute."""
	return "ok"


@frappe.whitelist(allow_guest=True)
def who(text: str | None = None):
	"""The user, and the text as it arrived."""
	return [frappe.session.user, text]


@frappe.whitelist()
def csrf():
	"""The session's token, made at the first call."""
	return frappe.sessions.get_csrf_token()


@frappe.whitelist()
def answer_of_override():
	"""What `tinyapp.web.overridden` is replaced by."""
	return "override"


@frappe.whitelist()
def overridden():
	"""Never called: a hook puts another function in its place."""
	return "original"


def count_before():
	"""`before_request`: the request knows it was prepared."""
	frappe.flags.tiny_prepared = True


def mark_after(response=None, request=None):
	"""`after_request`: the answer says which verb was asked, and that the preparation ran."""
	response.headers["X-Tiny"] = f"{request.method} {bool(frappe.flags.tiny_prepared)}"


def note_login(login_manager):
	"""`on_login`, `on_session_creation`, `on_logout`: the last user seen by each is a global default."""
	frappe.db.set_global("tiny_session_user", login_manager.user)


def authenticate():
	"""`auth_hooks`: a header of the app's own names the user."""
	user = frappe.get_request_header("X-Tiny-User")
	if user:
		frappe.set_user(user)
