"""The WSGI application: one request in, one transaction, one answer out."""

import json
import os
from collections.abc import Iterable
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Request, Response

import frappe
import frappe.api
import frappe.handler
import frappe.rate_limiter
import frappe.utils.response
from frappe import _
from frappe.auth import SAFE_HTTP_METHODS, HTTPRequest, validate_auth
from frappe.utils import cint, get_site_name
from frappe.website import serve

from benchless import site, static

_site: str | None = None
_sites_path = os.environ.get("SITES_PATH", ".")
_DEFAULT_MAX_BODY = 25 * 1024 * 1024
_default_sites: dict[str, str] = {}


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
	"""Answer one WSGI request."""
	request = Request(environ)
	response = static.asset(request) or _public_file(request) or _respond(request)
	return response(environ, start_response)


def _public_file(request: Request) -> Response | None:
	if not request.path.startswith("/files/"):
		return None
	return static.public_file(request, os.path.join(_sites_path, _site_of(request)))


def _respond(request: Request) -> Response:
	response: Response | None = None
	rollback = True
	try:
		init_request(request)
		validate_auth()
		response = _dispatch(request)
		rollback = not _must_commit(request, response)
	except HTTPException as error:
		response = error.get_response(request.environ)
	except Exception as error:
		response = handle_exception(error)
	finally:
		response = _finish(request, response, rollback)
	return response


def init_request(request: Request) -> None:
	"""Make `frappe.local` ready for this request: site, form, database, session, language.

	Raises
	------
	NotFound
		No such site here.
	SessionStopped
		The site is in maintenance mode.
	"""
	frappe.init(_site_of(request), sites_path=_sites_path, force=True)
	frappe.local.request = request
	frappe.local.is_ajax = request.headers.get("X-Requested-With") == "XMLHttpRequest"
	if not os.path.isfile(frappe.get_site_path("site_config.json")):
		raise NotFound
	if frappe.local.conf.get("maintenance_mode"):
		raise frappe.SessionStopped("Session Stopped")
	frappe.rate_limiter.apply()
	request.max_content_length = cint(frappe.local.conf.get("max_file_size")) or _DEFAULT_MAX_BODY
	make_form_dict(request)
	if request.method != "OPTIONS":
		frappe.local.http_request = HTTPRequest()
	for task in frappe.get_hooks("before_request"):
		frappe.call(task)


def _site_of(request: Request) -> str:
	"""The site asked for by header or host; the bench's default one where neither names a site."""
	named = _site or request.headers.get("X-Frappe-Site-Name")
	if named:
		return named
	host = get_site_name(request.host)
	return host if _is_site(host) else _default_site() or host


def _default_site() -> str | None:
	"""The site that answers hosts without one: the default of the folder, or the only one in it."""
	known = _default_sites.get(_sites_path)
	if not (known and _is_site(known)):
		names = site.names(_sites_path)
		known = os.environ.get("FRAPPE_SITE") or site.default(_sites_path)
		known = known or (names[0] if len(names) == 1 else None)
		if known:
			_default_sites[_sites_path] = known
	return known


def _is_site(name: str) -> bool:
	return "/" not in name and os.path.isfile(os.path.join(_sites_path, name, "site_config.json"))


def make_form_dict(request: Request) -> None:
	"""Set `frappe.form_dict` from the JSON body, or else from query and form (the form wins)."""
	body = request.get_data(as_text=True) if request.is_json else ""
	if body:
		given = json.loads(body)
		if isinstance(given, list):
			given = {"data": given}
		elif not isinstance(given, dict):
			frappe.throw(_("Invalid request arguments"))
	else:
		given = request.args.to_dict()
		given.update(request.form.to_dict())
	given.pop("_", None)
	frappe.local.form_dict = frappe._dict(given)


def _dispatch(request: Request) -> Response:
	path = request.path
	if request.method == "OPTIONS":
		return Response()
	if frappe.form_dict.get("cmd"):
		return frappe.handler.handle()
	if path.startswith("/api/"):
		return frappe.api.handle(request)
	if path.startswith("/private/files/"):
		return frappe.utils.response.download_private_file(path)
	if request.method in ("GET", "HEAD", "POST"):
		return serve.get_response()
	raise NotFound


def _must_commit(request: Request, response: Response) -> bool:
	"""True when what the request wrote is to stay: unsafe verbs, or code that asked for it."""
	return bool(frappe.local.flags.commit) or request.method not in SAFE_HTTP_METHODS


def handle_exception(error: Exception) -> Response:
	"""The answer for `error`: JSON for API clients, a page for browsers; 5xx are logged."""
	status = getattr(error, "http_status_code", 500)
	status = status if isinstance(status, int) else 500
	ready = getattr(frappe.local, "db", None) is not None
	if isinstance(error, frappe.Redirect) and frappe.flags.redirect_location:
		response = serve._redirect(frappe.flags.redirect_location, status)
	elif isinstance(error, frappe.TooManyRequestsError) and hasattr(frappe.local, "rate_limiter"):
		response = frappe.rate_limiter.respond()
	elif _wants_json():
		response = frappe.utils.response.report_error(status)
	elif isinstance(error, frappe.SessionStopped):
		response = frappe.utils.response.handle_session_stopped()
	else:
		response = serve._error_page(error, status)
	if status >= 500 and ready:
		_log_failure()
	return response


def _wants_json() -> bool:
	accept = frappe.get_request_header("Accept") or ""
	if frappe.local.request.path.startswith("/api/"):
		return not accept.startswith("text")
	return bool(frappe.local.is_ajax) or "application/json" in accept


def _log_failure() -> None:
	"""An Error Log holds this failure, in a transaction of its own."""
	trace = frappe.get_traceback(with_context=True)
	try:
		frappe.db.rollback()
		frappe.log_error(message=trace)
		frappe.db.commit()
	except Exception:
		frappe.logger("frappe.web").error(trace)


def _finish(request: Request, response: Response | None, rollback: bool) -> Response:
	"""End the transaction, run hooks, add headers and cookies, and let go of the site."""
	try:
		response = response or Response(status=500)
		if getattr(frappe.local, "db", None) is not None:
			response = _end_transaction(request, response, rollback)
		_add_headers(response)
	finally:
		frappe.destroy()
	return response


def _end_transaction(request: Request, response: Response, rollback: bool) -> Response:
	try:
		if rollback:
			frappe.db.rollback()
		else:
			frappe.db.commit()
		session = getattr(frappe.local, "session_obj", None)
		if session:
			session.update()
		for task in frappe.get_hooks("after_request"):
			frappe.call(task, response=response, request=request)
		frappe.rate_limiter.update()
	except Exception as error:
		frappe.db.rollback()
		response = handle_exception(error)
	return response


def _add_headers(response: Response) -> None:
	headers = Headers()
	if getattr(frappe.local, "rate_limiter", None):
		headers.extend(frappe.local.rate_limiter.headers())
	if getattr(frappe.local, "response_headers", None):
		headers.extend(frappe.local.response_headers)
	for name, value in headers:
		response.headers[name] = value
	if getattr(frappe.local, "cookie_manager", None):
		frappe.local.cookie_manager.flush_cookies(response=response)
