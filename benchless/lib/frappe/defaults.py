"""Default values of the site (`__default`, `__global`) and of users: rows of DefaultValue."""

from typing import Any

import frappe


def set_user_default(key: str, value: Any, user: str | None = None, parenttype: str | None = None) -> None:
	"""The user's default for `key` is `value` and nothing else."""
	set_default(key, value, user or frappe.session.user, parenttype)


def get_user_default(key: str, user: str | None = None) -> Any:
	"""One value, the site's when the user has none; None when several or none are known."""
	value = get_defaults_for(user or frappe.session.user).get(key)
	if value is None:
		value = get_defaults_for("__default").get(key)
	if isinstance(value, list):
		return value[0] if len(value) == 1 else None
	return value


def get_defaults(user: str | None = None) -> "frappe._dict":
	"""The site's defaults overlaid by the user's."""
	defaults = get_defaults_for("__default")
	defaults.update(get_defaults_for(user or frappe.session.user))
	defaults["user"] = defaults["owner"] = user or frappe.session.user
	return defaults


def set_global_default(key: str, value: Any) -> None:
	set_default(key, value, "__default")


def get_global_default(key: str) -> Any:
	return get_defaults_for("__default").get(key)


def set_default(key: str, value: Any, parent: str, parenttype: str | None = "__default") -> None:
	"""`value` replaces every value `parent` had for `key`; None leaves nothing behind."""
	frappe.db.delete("DefaultValue", {"defkey": key, "parent": parent})
	if value is not None:
		add_default(key, value, parent, parenttype)


def add_default(key: str, value: Any, parent: str, parenttype: str | None = None) -> None:
	"""One more value of `key` for `parent`."""
	now = frappe.utils.now()
	frappe.db.bulk_insert(
		"DefaultValue",
		[
			"name", "creation", "modified", "modified_by", "owner", "docstatus", "idx",
			"parent", "parenttype", "parentfield", "defkey", "defvalue",
		],
		[
			[
				frappe.generate_hash(length=10), now, now, frappe.session.user, frappe.session.user, 0, 0,
				parent, parenttype or "__default", "system_defaults", key, str(value),
			]
		],
	)  # fmt: skip


def clear_default(
	key: str | None = None,
	value: Any = None,
	parent: str | None = None,
	name: str | None = None,
	parenttype: str | None = None,
) -> None:
	"""Defaults that match everything given are gone; at least one of key and name is needed."""
	if not (key or parent or name):
		raise ValueError("A key, a parent or a name is needed")
	given = {"defkey": key, "defvalue": value, "parent": parent, "name": name, "parenttype": parenttype}
	frappe.db.delete("DefaultValue", {field: v for field, v in given.items() if v is not None})


def get_defaults_for(parent: str = "__default") -> "frappe._dict":
	"""All defaults of `parent`: text, or a list of texts where several are stored."""
	found = frappe._dict()
	rows = frappe.db.sql(
		"select defkey, defvalue from `tabDefaultValue` where parent = %s order by creation, name", (parent,)
	)
	for key, value in rows:
		if key not in found:
			found[key] = value
		elif isinstance(found[key], list):
			found[key].append(value)
		else:
			found[key] = [found[key], value]
	return found
