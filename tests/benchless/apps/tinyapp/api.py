"""Whitelisted functions of every kind, for the tests over HTTP."""

import frappe


@frappe.whitelist()
def add(a: int, b: int = 1) -> int:
	"""a + b, as integers."""
	return a + b


@frappe.whitelist(allow_guest=True)
def hello(who: str = "world") -> str:
	"""A greeting for anyone."""
	return f"Hello {who}"


@frappe.whitelist(methods=["POST"])
def remember(value: str) -> None:
	"""Store `value` as a global default."""
	frappe.db.set_global("tiny_remember", value)


@frappe.whitelist()
def fail(kind: str = "ValidationError") -> None:
	"""Throw the named exception of frappe."""
	frappe.throw(frappe._("Failed on purpose"), getattr(frappe, kind))


@frappe.whitelist()
def crash() -> None:
	"""An error nobody foresaw."""
	raise ZeroDivisionError("division by zero on purpose")


@frappe.whitelist()
def bag(**kwargs):
	"""Everything that was sent, sorted by name."""
	return sorted(kwargs.items())


def hidden() -> str:
	"""Not whitelisted."""
	return "hidden"
