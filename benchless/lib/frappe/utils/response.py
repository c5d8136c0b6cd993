"""What goes back to the client: JSON bodies, downloads, redirects, error reports."""

import datetime
import json
import mimetypes
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.http import dump_options_header
from werkzeug.security import safe_join
from werkzeug.utils import redirect as redirect_to
from werkzeug.utils import send_file
from werkzeug.wrappers import Response

import frappe
from frappe import _

from benchless import static


def json_handler(obj: Any) -> Any:
	"""How values JSON does not know are written in every answer of the server."""
	if isinstance(obj, datetime.datetime):
		return str(obj)
	if isinstance(obj, datetime.timedelta):
		return _hours(obj)
	if isinstance(obj, datetime.date | datetime.time):
		return str(obj)
	if isinstance(obj, Decimal):
		return float(obj)
	if hasattr(obj, "as_dict"):
		return obj.as_dict(no_nulls=True)
	if isinstance(obj, type | BaseException):
		return repr(obj)
	if isinstance(obj, Iterable):
		return list(obj)
	if callable(obj):
		return repr(obj)
	raise TypeError(f"Object of type {type(obj)} with value of {obj!r} is not JSON serializable")


def _hours(span: datetime.timedelta) -> str:
	"""`H:MM:SS`, beyond a day too, with microseconds where there are any."""
	minutes, seconds = divmod(abs(span), datetime.timedelta(minutes=1))
	sign = "-" if span < datetime.timedelta() else ""
	text = f"{sign}{minutes // 60}:{minutes % 60:02}:{seconds.seconds:02}"
	return f"{text}.{seconds.microseconds:06}" if seconds.microseconds else text


def build_response(response_type: str | None = None) -> Response:
	"""Turn `frappe.response` into a werkzeug Response of its `type`."""
	answer = frappe.local.response
	if "docs" in answer and not answer.docs:
		del answer["docs"]
	kind = answer.get("type") or response_type or "json"
	return _BUILDERS[kind]()


def as_json() -> Response:
	"""The whole of `frappe.response` as compact JSON, with messages and logs added."""
	make_logs()
	response = Response()
	answer = frappe.local.response
	if answer.http_status_code:
		response.status_code = int(answer.http_status_code)
		del answer["http_status_code"]
	response.mimetype = "application/json"
	response.data = json.dumps(answer, default=json_handler, separators=(",", ":"))
	return response


def as_csv() -> Response:
	"""`frappe.response.result` as a CSV download named after `frappe.response.doctype`."""
	response = Response(frappe.response["result"], mimetype="text/csv")
	response.headers.set("Content-Disposition", "attachment", filename=f"{frappe.response['doctype']}.csv")
	return response


def as_raw() -> Response:
	"""`filecontent` as a download; `content_type` and `display_content_as` are honoured."""
	answer = frappe.response
	filename = answer["filename"]
	kind = answer.get("content_type") or mimetypes.guess_type(filename)[0] or "application/unknown"
	response = Response(answer["filecontent"], mimetype=kind)
	shown = answer.get("display_content_as") or "attachment"
	response.headers.set("Content-Disposition", shown, filename=filename)
	return response


def as_binary() -> Response:
	"""`filecontent` as bytes under its name."""
	response = Response(frappe.response["filecontent"], mimetype="application/octet-stream")
	name = dump_options_header(None, {"filename": frappe.response["filename"]})
	response.headers["Content-Disposition"] = name
	return response


def as_pdf() -> Response:
	"""`filecontent` as a PDF named `filename`, shown in the browser."""
	response = Response(frappe.response["filecontent"], mimetype="application/pdf")
	filename = frappe.response["filename"].replace(" ", "-").replace("/", "-")
	response.headers.set("Content-Disposition", "inline", filename=filename)
	return response


def as_page() -> Response:
	"""The website page named by `frappe.response.route`."""
	from frappe.website.serve import get_response

	return get_response(
		frappe.response["route"], http_status_code=frappe.response.get("http_status_code") or 200
	)


def redirect() -> Response:
	"""A redirect to `frappe.response.location`."""
	return redirect_to(frappe.response["location"])


_BUILDERS: dict[str, Callable[[], Response]] = {
	"csv": as_csv,
	"txt": as_raw,
	"download": as_raw,
	"json": as_json,
	"pdf": as_pdf,
	"page": as_page,
	"redirect": redirect,
	"binary": as_binary,
}


def make_logs() -> None:
	"""Put the messages of this request into the answer, in the shape of the API version asked."""
	from frappe.api import ApiVersion, get_api_version

	answer, messages = frappe.local.response, frappe.local.message_log or []
	if get_api_version() == ApiVersion.V2:
		if messages:
			answer["messages"] = messages
		return
	if frappe.local.error_log and "exc" not in answer:
		answer["exc"] = json.dumps([entry["exc"] for entry in frappe.local.error_log])
	if messages:
		answer["_server_messages"] = json.dumps([json.dumps(message) for message in messages])
	if frappe.flags.error_message:
		answer["_error_message"] = frappe.flags.error_message


def report_error(status_code: int) -> Response:
	"""The JSON answer for the exception now being handled."""
	from frappe.api import ApiVersion, get_api_version

	exc_value = sys.exc_info()[1]
	shows_trace = _allows_traceback() and not frappe.flags.disable_traceback
	if get_api_version() == ApiVersion.V2:
		_report_v2(exc_value, shows_trace)
	else:
		_report_v1(exc_value, shows_trace)
	frappe.local.response["http_status_code"] = status_code
	frappe.local.response.pop("type", None)
	return build_response("json")


def _report_v1(error: BaseException | None, shows_trace: bool) -> None:
	answer = frappe.local.response
	if error is None:
		return
	if shows_trace:
		answer["exception"] = "".join(traceback.format_exception_only(error)).strip()
		answer["exc"] = json.dumps([frappe.get_traceback()])
	answer["exc_type"] = type(error).__name__


def _report_v2(error: BaseException | None, shows_trace: bool) -> None:
	answer, messages = frappe.local.response, frappe.local.message_log or []
	entry: dict[str, Any] = {"type": type(error).__name__}
	if shows_trace:
		entry["exception"] = frappe.get_traceback()
	told = _told_by(error, messages)
	if told is not None:
		entry.update({key: value for key, value in told.items() if key in _SHOWN_V2})
		messages.remove(told)
	answer["errors"] = [entry]


def _told_by(error: BaseException | None, messages: list[Any]) -> Any:
	"""The message thrown with `error`, else the first that was not thrown with another one."""
	thrown_as = getattr(error, "__frappe_exc_id", None)
	for message in messages:
		if thrown_as and message.get("__frappe_exc_id") == thrown_as:
			return message
	return next((message for message in messages if not message.get("__frappe_exc_id")), None)


_SHOWN_V2 = ("message", "title", "indicator")


def _allows_traceback() -> bool:
	if not frappe.db:
		return True
	setting = frappe.get_system_settings("allow_error_traceback")
	return True if setting is None else bool(int(setting))


def handle_session_stopped() -> Response:
	"""The answer while the site is in maintenance mode."""
	from frappe.website.serve import _message_page

	return _message_page(
		_("Updating"), _("The system is being updated. Please refresh again after a few moments."), 503
	)


def download_private_file(path: str) -> Response:
	"""The file at `/private/files/…`, if the user may read one of the File documents naming it.

	Raises
	------
	werkzeug.exceptions.Forbidden
		No File names that path, or none of them is readable by this user.
	"""
	if frappe.session.user == "Guest":
		raise Forbidden(_("You don't have permission to access this file"))
	names = frappe.get_all("File", filters={"file_url": path}, pluck="name", order_by="creation asc")
	for name in names:
		file = frappe.get_doc("File", name)
		if file.is_downloadable():
			return send_private_file(path.split("/private", 1)[1])
	raise Forbidden(_("You don't have permission to access this file"))


def send_private_file(path: str) -> Response:
	"""Stream `sites/<site>/private<path>`; scripts and pages only as attachments."""
	on_disk = safe_join(os.path.abspath(frappe.get_site_path("private")), path.strip("/"))
	if not on_disk or not os.path.isfile(on_disk):
		raise NotFound
	response = send_file(on_disk, frappe.local.request.environ, conditional=True)
	response.headers["Cache-Control"] = "private, no-cache"
	static.guard(response, on_disk)
	return response
