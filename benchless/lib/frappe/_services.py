"""Doors to jobs, mail, logs, settings and templates, which load their modules when first used."""

import logging
from typing import Any

from frappe._context import local
from frappe.exceptions import OutgoingEmailError


def enqueue(*args: Any, **kwargs: Any) -> Any:
	"""Runs a function in a background job; see `frappe.utils.background_jobs.enqueue`."""
	import frappe.utils.background_jobs

	return frappe.utils.background_jobs.enqueue(*args, **kwargs)


def enqueue_doc(*args: Any, **kwargs: Any) -> Any:
	"""Runs a document's method in a background job."""
	import frappe.utils.background_jobs

	return frappe.utils.background_jobs.enqueue_doc(*args, **kwargs)


def publish_realtime(*args: Any, **kwargs: Any) -> None:
	"""Sends an event to the browsers of a user, document or site."""
	import frappe.realtime

	frappe.realtime.publish_realtime(*args, **kwargs)


def publish_progress(*args: Any, **kwargs: Any) -> None:
	"""Shows a progress bar to the user."""
	import frappe.realtime

	frappe.realtime.publish_progress(*args, **kwargs)


def log_error(
	title: str | None = None,
	message: str | None = None,
	reference_doctype: str | None = None,
	reference_name: str | None = None,
	*,
	defer_insert: bool = False,
) -> Any:
	"""An Error Log row: `message` under `title`, or the current traceback with only one of them."""
	import frappe.utils.error

	return frappe.utils.error.log_error(
		title, message, reference_doctype, reference_name, defer_insert=defer_insert
	)


def logger(
	module: str | None = None,
	with_more_info: bool = False,
	allow_site: bool = True,
	filter: Any = None,
	max_size: int = 100_000,
	file_count: int = 20,
) -> logging.Logger:
	"""The logger of `module` (the app's, 'frappe' without one)."""
	log = logging.getLogger(f"{module or 'frappe'}{f'-{local.site}' if allow_site and local.site else ''}")
	if filter:
		log.addFilter(filter)
	return log


def sendmail(
	recipients: Any = None,
	sender: str = "",
	subject: str = "No Subject",
	message: str = "No Message",
	**kwargs: Any,
) -> None:
	"""Nothing is sent while mail is muted; without an outgoing Email Account it is OutgoingEmailError.

	There is no mail account in this runtime, so the second is always the case.
	"""
	if are_emails_muted():
		return
	from frappe._messages import _, throw

	throw(
		_("Please setup default Email Account from Settings > Email Account"),
		OutgoingEmailError,
		title=_("Missing Email Account"),
	)


def are_emails_muted() -> bool:
	return bool(local.flags.mute_emails or local.conf.mute_emails)


def safe_eval(code: str, eval_globals: Any = None, eval_locals: Any = None) -> Any:
	"""Value of one expression of restricted Python."""
	import frappe.utils.safe_exec

	return frappe.utils.safe_exec.safe_eval(code, eval_globals, eval_locals)


def render_template(
	template: str, context: Any = None, is_path: bool | None = None, safe_render: bool = True
) -> str:
	"""Text of a Jinja template given as source or path."""
	import frappe.utils.jinja

	return str(
		frappe.utils.jinja.render_template(template, context, is_path=is_path, safe_render=safe_render)
	)


def get_request_header(key: str, default: Any = None) -> Any:
	return local.request.headers.get(key, default) if local.request else default


def respond_as_web_page(
	title: str,
	html: str,
	success: bool | None = None,
	http_status_code: int | None = None,
	context: Any = None,
	indicator_color: str | None = None,
	**kwargs: Any,
) -> None:
	"""The request is answered with a plain page holding the message."""
	local.message_title = title
	local.message = html
	local.response["type"] = "page"
	local.response["route"] = "message"
	local.no_cache = 1
	if http_status_code:
		local.response["http_status_code"] = http_status_code
	local.response["context"] = {
		**(context or {}),
		"title": title,
		"message": html,
		"indicator_color": indicator_color or ("green" if success else "red"),
		**kwargs,
	}


def redirect(url: str) -> None:
	"""The request is answered with a redirect to `url`."""
	from frappe.exceptions import Redirect

	local.flags.redirect_location = url
	raise Redirect


def make_property_setter(
	args: Any,
	ignore_validate: bool = False,
	validate_fields_for_doctype: bool = True,
	is_system_generated: bool = True,
) -> None:
	"""A property of a DocType or field is overridden on this site (doctype, fieldname, property, value)."""
	from frappe._context import _dict
	from frappe.custom.doctype.property_setter.property_setter import make_property_setter as make

	args = _dict(args)
	make(
		args.doctype or args.doc_type,
		args.fieldname or args.field_name,
		args.property,
		args.value,
		args.property_type or "Data",
		for_doctype=not (args.fieldname or args.field_name),
		validate_fields_for_doctype=validate_fields_for_doctype,
		is_system_generated=is_system_generated,
	)


def format_value(*args: Any, **kwargs: Any) -> Any:
	"""A field's value as people read it; plain whole numbers stay numbers."""
	import frappe.utils.formatters

	return frappe.utils.formatters.format_value(*args, **kwargs)


def get_user() -> Any:
	"""Rights of the session's user, gathered."""
	import frappe.utils.user

	if not local.user_perms:
		local.user_perms = frappe.utils.user.UserPermissions(local.session.user)
	return local.user_perms
