"""Functions open to callers from outside, and who may call them."""

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from frappe._apps import get_attr
from frappe._context import local
from frappe.exceptions import PermissionError

whitelisted: set[Callable[..., Any]] = set()
guest_methods: set[Callable[..., Any]] = set()
xss_safe_methods: set[Callable[..., Any]] = set()
allowed_http_methods_for_whitelisted_func: dict[Callable[..., Any], list[str]] = {}


def _in_request_or_test() -> bool:
	return bool(getattr(local, "request", None) or local.flags.in_test)


def whitelist(
	allow_guest: bool = False, xss_safe: bool = False, methods: list[str] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
	"""Opens a function or document method to HTTP, for the given verbs (all of them when none is named).

	In requests and tests its annotated arguments are converted and checked.
	"""
	from frappe.utils.typing_validations import validate_argument_types

	verbs = methods or ["GET", "POST", "PUT", "DELETE"]

	def register(fn: Callable[..., Any]) -> Callable[..., Any]:
		if isinstance(fn, staticmethod | classmethod):
			fn = fn.__func__
		checked: Callable[..., Any] = validate_argument_types(fn, apply_condition=_in_request_or_test)
		whitelisted.add(checked)
		allowed_http_methods_for_whitelisted_func[checked] = verbs
		if allow_guest:
			guest_methods.add(checked)
		if xss_safe:
			xss_safe_methods.add(checked)
		return checked

	return register


def is_whitelisted(method: Callable[..., Any]) -> None:
	"""Passes when the session's user may call the function from outside, else PermissionError.

	Text arguments of guests are cleaned of HTML unless the function is marked `xss_safe`.
	"""
	from frappe._messages import _, bold, throw
	from frappe.utils import sanitize_html

	is_guest = local.session.user == "Guest"
	if method not in whitelisted or (is_guest and method not in guest_methods):
		name = f"{method.__module__}.{method.__qualname__}"
		summary = _("You are not permitted to access this resource.")
		reason = _("Function {0} is not whitelisted.").format(bold(name))
		throw(
			f"<details><summary>{summary}</summary>{reason}</details>",
			PermissionError,
			title=_("Method Not Allowed"),
		)
	if is_guest and method not in xss_safe_methods:
		for key, value in local.form_dict.items():
			if isinstance(value, str):
				local.form_dict[key] = sanitize_html(value)


def get_newargs(fn: Callable[..., Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
	"""Those of `kwargs` the function takes; `flags` and `ignore_permissions` never come from outside."""
	names, takes_any = _parameters(fn)
	passed = {key: value for key, value in kwargs.items() if takes_any or key in names}
	passed.pop("ignore_permissions", None)
	passed.pop("flags", None)
	return passed


@functools.lru_cache(maxsize=2048)
def _parameters(fn: Callable[..., Any]) -> tuple[frozenset[str], bool]:
	parameters = inspect.signature(fn).parameters.values()
	return (
		frozenset(p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)),
		any(p.kind == p.VAR_KEYWORD for p in parameters),
	)


def call(fn: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
	"""Calls a function or dotted path with the arguments it takes; surplus keyword arguments are dropped."""
	function: Callable[..., Any] = get_attr(fn) if isinstance(fn, str) else fn
	return function(*args, **get_newargs(function, kwargs))


def get_roles(username: str | None = None) -> list[str]:
	"""Roles of a user, the session's by default; a Guest has the role Guest."""
	if not getattr(local, "session", None) or not local.session.user:
		return ["Guest"]
	from frappe.permissions import get_roles as roles_of

	return list(roles_of(username or local.session.user))


def only_for(roles: str | Iterable[str], message: bool | str = False) -> None:
	"""PermissionError unless the user is Administrator or holds one of the roles. Passes in tests."""
	if local.flags.in_test or local.session.user == "Administrator":
		return
	wanted = {roles} if isinstance(roles, str) else set(roles)
	if wanted.isdisjoint(get_roles()):
		if not message:
			raise PermissionError
		from frappe._messages import _, bold, throw

		text = _("This action is only allowed for {}").format(
			", ".join(bold(_(role)) for role in sorted(wanted))
		)
		throw(message if isinstance(message, str) else text, PermissionError, _("Insufficient Permissions"))


def has_permission(
	doctype: str | None = None,
	ptype: str = "read",
	doc: Any = None,
	user: str | None = None,
	throw: bool = False,
	*,
	parent_doctype: str | None = None,
	debug: bool = False,
	ignore_share_permissions: bool = False,
) -> bool:
	"""True when the user holds the right on the DocType or document; with `throw` a miss is an error."""
	import frappe.permissions
	from frappe._messages import _

	if not doctype:
		doctype = str(doc.doctype)
	allowed = bool(
		frappe.permissions.has_permission(
			doctype,
			ptype,
			doc=doc,
			user=user,
			raise_exception=throw,
			parent_doctype=parent_doctype,
			debug=debug,
			ignore_share_permissions=ignore_share_permissions,
		)
	)
	if throw and not allowed:
		label = f"{_(doctype)} {getattr(doc, 'name', doc)}" if doc else _(doctype)
		local.flags.error_message = _("No permission for {0}").format(label)
		raise PermissionError
	return allowed
