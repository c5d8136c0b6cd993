"""Who may do what: roles, owners, User Permissions, hooks and shares, in this order."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import frappe
import frappe.share
from frappe import _

if TYPE_CHECKING:
	from frappe.model.document import Document
	from frappe.model.meta import Meta

rights = (
	"select", "read", "write", "create", "delete", "submit", "cancel", "amend",
	"print", "email", "report", "import", "export", "share",
)  # fmt: skip

GUEST_ROLE = "Guest"
ALL_USER_ROLE = "All"
SYSTEM_USER_ROLE = "Desk User"
ADMIN_ROLE = "Administrator"
AUTOMATIC_ROLES = (GUEST_ROLE, ALL_USER_ROLE, SYSTEM_USER_ROLE, ADMIN_ROLE)

# What a share can open, and the share column that opens it.
_SHARED_RIGHTS = {
	"select": "read", "read": "read", "write": "write", "share": "share",
	"submit": "submit", "email": "read", "print": "read",
}  # fmt: skip


def has_permission(
	doctype: str,
	ptype: str = "read",
	doc: "Document | str | None" = None,
	user: str | None = None,
	raise_exception: bool = True,
	*,
	parent_doctype: str | None = None,
	debug: bool = False,
	ignore_share_permissions: bool = False,
) -> bool:
	"""True when `user` may do `ptype` to the document, or to some document of the DocType without one.

	Never raises for a missing right. With `raise_exception` the session's user is told why not.
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return True
	outer, frappe.flags.has_permission_check_logs = frappe.flags.has_permission_check_logs, []
	try:
		allowed = _has_permission(doctype, ptype, doc, user, parent_doctype, ignore_share_permissions)
		reasons = frappe.flags.has_permission_check_logs
	finally:
		frappe.flags.has_permission_check_logs = outer
	if not allowed and raise_exception and reasons and user == frappe.session.user:
		frappe.msgprint("<br>".join(reasons))
	return allowed


def _has_permission(
	doctype: str, ptype: str, doc: Any, user: str, parent_doctype: str | None, ignore_share_permissions: bool
) -> bool:
	meta = frappe.get_meta(doctype)
	if meta.istable:
		return has_child_permission(doctype, ptype, doc, user, False, parent_doctype=parent_doctype)
	if ptype == "share" and frappe.get_system_settings("disable_document_sharing"):
		push_perm_check_log(_("Documents cannot be shared on this site"))
		return False
	if isinstance(doc, str | int):
		doc = frappe.get_doc(doctype, doc)
	if doc:
		allowed = bool(get_doc_permissions(doc, user=user, ptype=ptype).get(ptype))
	else:
		allowed = bool(get_role_permissions(meta, user=user).get(ptype)) and _fits_doctype(meta, ptype)
	if not allowed and not ignore_share_permissions:
		allowed = _is_shared(doctype, ptype, doc, user)
	if not allowed:
		push_perm_check_log(_refusal(doctype, ptype, doc, user))
	return allowed


def _fits_doctype(meta: "Meta", ptype: str) -> bool:
	return not (
		(ptype == "submit" and not meta.is_submittable) or (ptype == "import" and not meta.allow_import)
	)


def _is_shared(doctype: str, ptype: str, doc: Any, user: str) -> bool:
	right = _SHARED_RIGHTS.get(ptype)
	if not right:
		return False
	names = frappe.share.get_shared(doctype, user, rights=[right])
	return str(doc.get("name")) in names if doc else bool(names)


def _refusal(doctype: str, ptype: str, doc: Any, user: str) -> str:
	what = f"{_(doctype)} {doc.get('name')}" if doc and doc.get("name") else _(doctype)
	return _("{0} holds no right to {1}: {2}").format(
		frappe.bold(user), frappe.bold(_(ptype)), frappe.bold(what)
	)


def push_perm_check_log(log: str, debug: bool = False) -> None:
	"""`log` joins the reasons of the check that is running."""
	if frappe.flags.has_permission_check_logs is not None:
		frappe.flags.has_permission_check_logs.append(log)


def get_doc_permissions(
	doc: "Document", user: str | None = None, ptype: str | None = None, debug: bool = False
) -> dict[str, Any]:
	"""Rights of `user` on this document, by name of the right. A hook that refuses closes `ptype`."""
	user = user or frappe.session.user
	if user == "Administrator":
		return dict.fromkeys(rights, 1)
	meta = frappe.get_meta(doc.get("doctype"))
	if meta.istable:
		return {ptype or "read": 0}
	if not has_controller_permissions(doc, ptype, user=user, debug=debug):
		return {ptype or "read": 0}
	is_owner = str(doc.get("owner") or "").lower() == user.lower()
	permissions: dict[str, Any] = dict(get_role_permissions(meta, user=user, is_owner=is_owner))
	of_owner = permissions.get("if_owner") or {}
	permissions.update(of_owner)
	for right in ("submit", "import"):
		if not _fits_doctype(meta, right):
			permissions[right] = 0
	if has_user_permission(doc, user, debug=debug):
		return permissions
	return {**of_owner, "create": 0} if is_owner else {}


def get_role_permissions(
	doctype_meta: "Meta | str", user: str | None = None, is_owner: bool | None = None, debug: bool = False
) -> "frappe._dict":
	"""Rights at permlevel 0 that the user's roles give on the DocType.

	`if_owner` holds the rights that come from owner-bound rows only: 1 when `is_owner`, else 0. Of these the
	outer dict keeps `select` and `read`, for the list of one's own documents. `create` is never owner-bound.
	"""
	meta = frappe.get_meta(doctype_meta) if isinstance(doctype_meta, str) else doctype_meta
	user = user or frappe.session.user
	if user == "Administrator":
		return _allow_everything()
	key = ("role_permissions", meta.name, user, bool(is_owner))
	remembered = frappe.local.role_permissions.get(key)
	if remembered is not None:
		return remembered  # type: ignore[no-any-return]
	roles = set(frappe.get_roles(user))
	rows = [row for row in meta.permissions if row.role in roles and not row.permlevel]
	result = frappe._dict(if_owner={}, has_if_owner_enabled=any(row.if_owner for row in rows))
	for right in rights:
		granting = [row for row in rows if row.get(right)]
		result[right] = int(bool(granting))
		if granting and right != "create" and all(row.if_owner for row in granting):
			result.if_owner[right] = int(bool(is_owner))
			result[right] = int(right in ("select", "read"))
	frappe.local.role_permissions[key] = result
	return result


def _allow_everything() -> "frappe._dict":
	return frappe._dict(dict.fromkeys(rights, 1), if_owner={}, has_if_owner_enabled=False)


def get_user_permissions(user: str | None) -> dict[str, list[Any]]:
	from frappe.core.doctype.user_permission.user_permission import get_user_permissions as of_user

	permitted: dict[str, list[Any]] = of_user(user)
	return permitted


def has_user_permission(doc: "Document", user: str | None = None, debug: bool = False) -> bool:
	"""False when a User Permission closes the document, or one that it or one of its rows links to."""
	user = user or frappe.session.user
	if user in frappe.STANDARD_USERS:
		return True
	permitted = get_user_permissions(user)
	if not permitted:
		return True
	doctype = str(doc.get("doctype"))
	own = filter_allowed_docs_for_doctype(permitted.get(doctype, []), doctype)
	if own and str(doc.get("name")) not in own:
		push_perm_check_log(
			_("User Permissions close {0} {1}").format(_(doctype), doc.get("name") or _("new"))
		)
		return False
	strict = bool(frappe.get_system_settings("apply_strict_user_permissions"))
	rows = [doc, *(doc.get_all_children() if hasattr(doc, "get_all_children") else [])]
	return all(_links_are_open(row, doctype, permitted, strict) for row in rows)


def _links_are_open(row: Any, doctype: str, permitted: Mapping[str, list[Any]], strict: bool) -> bool:
	for field in frappe.get_meta(row.get("doctype")).get_link_fields():
		if field.ignore_user_permissions or field.options not in permitted:
			continue
		value = row.get(field.fieldname)
		if not value and not strict:
			continue
		allowed = filter_allowed_docs_for_doctype(permitted[field.options], doctype)
		if allowed and str(value) not in allowed:
			push_perm_check_log(
				_("{0}: {1} {2} in field {3} is closed to you").format(
					_(doctype), _(field.options), value or _("empty"), _(field.label or field.fieldname)
				)
			)
			return False
	return True


def filter_allowed_docs_for_doctype(
	user_permissions: Iterable[Any], doctype: str, with_default_doc: bool = False
) -> Any:
	"""Names open to documents of `doctype`; with `with_default_doc` also the default one among them."""
	allowed: list[str] = []
	default: str | None = None
	for entry in user_permissions:
		if entry.get("applicable_for") and entry.get("applicable_for") != doctype:
			continue
		allowed.append(str(entry.get("doc")))
		if entry.get("is_default"):
			default = entry.get("doc")
	if not with_default_doc:
		return allowed
	return allowed, default or (allowed[0] if len(allowed) == 1 else None)


def has_controller_permissions(
	doc: "Document", ptype: str | None, user: str | None = None, debug: bool = False
) -> bool:
	"""What the `has_permission` hooks say; the one registered last that has an opinion counts. None: True."""
	hooks = frappe.get_hooks("has_permission", {})
	methods = [*hooks.get(doc.get("doctype"), []), *hooks.get("*", [])]
	for method in reversed(methods):
		answer = frappe.call(
			frappe.get_attr(method), doc=doc, ptype=ptype, user=user or frappe.session.user, debug=debug
		)
		if answer is not None:
			return bool(answer)
	return True


def has_child_permission(
	child_doctype: str,
	ptype: str = "read",
	child_doc: "Document | str | None" = None,
	user: str | None = None,
	raise_exception: bool = True,
	*,
	parent_doctype: str | None = None,
	debug: bool = False,
) -> bool:
	"""A child row is as open as its parent. Which parent must be known: from the row or `parent_doctype`."""
	row: Any = child_doc
	if isinstance(row, str | int):
		row = frappe.db.get_value(child_doctype, row, ["parent", "parenttype", "parentfield"], as_dict=True)
	row = row or {}
	parent_doctype = row.get("parenttype") or parent_doctype
	if not parent_doctype:
		push_perm_check_log(
			_("Rows of {0} are only open through their parent: name its DocType").format(_(child_doctype))
		)
		return False
	parent_meta = frappe.get_meta(parent_doctype)
	fields = [df for df in parent_meta.get_table_fields() if df.options == child_doctype]
	if parent_meta.istable or not fields:
		push_perm_check_log(_("{0} has no rows of {1}").format(_(parent_doctype), _(child_doctype)))
		return False
	parentfield = row.get("parentfield")
	levels = [df.permlevel or 0 for df in fields if not parentfield or df.fieldname == parentfield]
	if levels and min(levels) > 0 and min(levels) not in parent_meta.get_permlevel_access(ptype, user=user):
		push_perm_check_log(
			_("These rows of {0} are on a permission level you do not reach").format(_(parent_doctype))
		)
		return False
	return has_permission(
		parent_doctype, ptype, doc=row.get("parent"), user=user, raise_exception=raise_exception, debug=debug
	)


def get_roles(user: str | None = None, with_standard: bool = True) -> list[str]:
	"""The user's roles. Administrator has all; others theirs, All, Guest and, on the desk, Desk User."""
	user = user or frappe.session.user or "Guest"
	if user == "Guest":
		return [GUEST_ROLE] if with_standard else []
	key = ("roles", user)
	found = frappe.local.role_permissions.get(key)
	if found is None:
		found = frappe.local.role_permissions[key] = _stored_roles(user)
	if with_standard:
		return list(found)
	return [role for role in found if role not in AUTOMATIC_ROLES]


def _stored_roles(user: str) -> list[str]:
	if user == "Administrator":
		return [name for (name,) in frappe.db.sql("select name from `tabRole` order by name")]
	held = frappe.db.sql(
		"select distinct role from `tabHas Role` where parenttype = 'User' and parent = %s and role != ''",
		(user,),
	)
	automatic = [ALL_USER_ROLE, GUEST_ROLE]
	if frappe.db.get_value("User", user, "user_type") == "System User":
		automatic.append(SYSTEM_USER_ROLE)
	return [*(role for (role,) in held if role not in AUTOMATIC_ROLES), *automatic]


def get_doctype_roles(doctype: str, access_type: str = "read") -> list[str]:
	"""Roles that hold a right on the DocType."""
	return [row.role for row in frappe.get_meta(doctype).permissions if row.get(access_type)]


def is_system_user(user: str | None = None) -> bool:
	return bool(
		frappe.db.get_value(
			"User", {"email": user or frappe.session.user, "enabled": 1, "user_type": "System User"}
		)
	)
