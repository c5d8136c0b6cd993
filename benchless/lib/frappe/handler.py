"""Calls by name: `/api/method/<dotted path>` and the few short names."""

import contextlib
import inspect
import json
import mimetypes
from typing import Any

from werkzeug.wrappers import Response

import frappe
from frappe import _, is_whitelisted
from frappe.utils import cint
from frappe.utils.response import build_response

_SHORT_NAMES = ("ping", "login", "logout", "web_logout", "upload_file", "download_file", "run_doc_method")
# What a Guest may upload, where the site lets him upload at all.
ALLOWED_MIMETYPES = (
	"image/png",
	"image/jpeg",
	"application/pdf",
	"application/msword",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"application/vnd.ms-excel",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"application/vnd.oasis.opendocument.text",
	"application/vnd.oasis.opendocument.spreadsheet",
	"text/plain",
	"video/quicktime",
	"video/mp4",
)


def handle() -> Response:
	"""Run the function named by `cmd`; its result lands in `message`."""
	result = execute_cmd(frappe.local.form_dict["cmd"])
	if isinstance(result, Response):
		return result
	if result is not None:
		frappe.response["message"] = result
	return build_response("json")


def execute_cmd(cmd: str, from_async: bool = False) -> Any:
	"""Call a whitelisted function, after the apps' `override_whitelisted_methods` had their say.

	Raises
	------
	frappe.ValidationError
		No such function.
	frappe.PermissionError
		It is not whitelisted, not for guests, or not for this verb.
	"""
	overrides = frappe.get_hooks("override_whitelisted_methods", {}).get(cmd)
	if overrides:
		cmd = overrides[-1]
	try:
		method = get_attr(cmd)
	except Exception as error:
		frappe.throw(_("Failed to get method for command {0} with {1}").format(cmd, error))
	if not from_async:
		is_whitelisted(method)
		is_valid_http_method(method)
	return frappe.call(method, **frappe.form_dict)


def get_attr(cmd: str) -> Any:
	"""The function behind a short name or a dotted path."""
	if cmd in _SHORT_NAMES:
		return globals()[cmd]
	if "." not in cmd:
		raise KeyError(cmd)
	return frappe.get_attr(cmd)


def is_valid_http_method(method: Any) -> None:
	"""Raise PermissionError unless `method` accepts the verb of this request."""
	if frappe.flags.in_safe_exec:
		return
	if frappe.request.method not in frappe.allowed_http_methods_for_whitelisted_func[method]:
		frappe.throw(_("Not permitted"), frappe.PermissionError)


@frappe.whitelist(allow_guest=True)
def ping() -> str:
	"""Answer "pong"."""
	return "pong"


@frappe.whitelist(allow_guest=True)
def login() -> None:
	"""The session was made before this call; LoginManager filled the answer."""


@frappe.whitelist(allow_guest=True)
def logout() -> None:
	"""End the session of this user."""
	frappe.local.login_manager.logout()
	frappe.db.commit()


@frappe.whitelist(allow_guest=True)
def web_logout() -> None:
	"""End the session of this user and show a page that says so."""
	from frappe.website.serve import _message_page

	frappe.local.login_manager.logout()
	frappe.db.commit()
	return _message_page(_("Logged Out"), _("You have been successfully logged out"), 200)  # type: ignore[return-value]


@frappe.whitelist(allow_guest=True)
def upload_file() -> Any:
	"""Store the multipart `file` (or link `file_url`) as a File document and return it."""
	if frappe.session.user == "Guest" and not _guests_may_upload():
		raise frappe.PermissionError
	form = frappe.form_dict
	doctype, docname = form.get("doctype"), form.get("docname")
	content, filename = None, form.get("file_name")
	if "file" in frappe.request.files:
		sent = frappe.request.files["file"]
		content, filename = sent.stream.read(), sent.filename
	if content is not None and frappe.session.user == "Guest":
		kind = mimetypes.guess_type(filename or "")[0]
		if kind not in ALLOWED_MIMETYPES:
			frappe.throw(_("You can only upload JPG, PNG, PDF, TXT or Microsoft documents."))
	if doctype and docname:
		check_write_permission(doctype, docname)
	frappe.local.uploaded_file, frappe.local.uploaded_filename = content, filename
	if form.get("method"):
		method = frappe.get_attr(form["method"])
		is_whitelisted(method)
		return method()
	return frappe.get_doc(
		{
			"doctype": "File",
			"attached_to_doctype": doctype,
			"attached_to_name": docname,
			"attached_to_field": form.get("fieldname"),
			"folder": form.get("folder") or "Home",
			"file_name": filename,
			"file_url": form.get("file_url") or form.get("fileurl"),
			"is_private": cint(form.get("is_private")),
			"content": content,
		}
	).save(ignore_permissions=frappe.session.user == "Guest")


def check_write_permission(doctype: str | None = None, name: str | None = None) -> None:
	"""Raise unless the user may attach to this document; a document not there yet needs a create right."""
	if not doctype or not name:
		return
	if frappe.db.exists(doctype, name):
		frappe.get_doc(doctype, name).check_permission("write")
	else:
		frappe.has_permission(doctype, "create", throw=True)


@frappe.whitelist(allow_guest=True)
def download_file(file_url: str) -> None:
	"""Answer with the file's content, if the user may read it."""
	for name in frappe.get_all("File", filters={"file_url": file_url}, pluck="name", order_by="creation asc"):
		file = frappe.get_doc("File", name)
		if file.is_downloadable():
			frappe.local.response.filename = file.file_name
			frappe.local.response.filecontent = file.get_content()
			frappe.local.response.type = "download"
			return
	raise frappe.PermissionError


@frappe.whitelist()
def run_doc_method(
	method: str,
	docs: str | dict[str, Any] | None = None,
	dt: str | None = None,
	dn: str | None = None,
	arg: Any = None,
	args: Any = None,
) -> None:
	"""Run a whitelisted method of the stored document `dt`/`dn`, or of the document sent in `docs`."""
	if dt:
		doc = frappe.get_doc(dt, dn or dt)
	else:
		sent = json.loads(docs) if isinstance(docs, str) else docs
		doc = frappe.get_doc(sent)
		doc.__dict__["_original_modified"] = doc.modified
		doc.check_if_latest()
	doc.check_permission("read")
	given = args if args is not None else arg
	if isinstance(given, str):
		with contextlib.suppress(ValueError):
			given = json.loads(given)
	doc.is_whitelisted(method)
	bound = getattr(doc, method)
	is_valid_http_method(getattr(bound, "__func__", bound))
	result = _run(doc, method, bound, given)
	frappe.response["docs"].append(doc)
	if result is not None:
		frappe.response["message"] = result


def _run(doc: Any, method: str, bound: Any, given: Any) -> Any:
	"""A dict is spread over the parameters; anything else, None too, is the first of them."""
	names = inspect.signature(bound).parameters
	if not names:
		return doc.run_method(method)
	if isinstance(given, dict) and "args" not in names:
		return doc.run_method(method, **given)
	return doc.run_method(method, given)


def _guests_may_upload() -> bool:
	return bool(cint(frappe.get_system_settings("allow_guests_to_upload_files")))
