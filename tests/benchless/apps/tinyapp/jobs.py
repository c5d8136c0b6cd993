"""What RQ or cron enters."""

import frappe
from frappe.utils import cint


def _count(key: str) -> None:
	frappe.db.set_global(key, cint(frappe.db.get_global(key)) + 1)


def count_hour() -> None:
	_count("tiny_hours")


def count_tick() -> None:
	_count("tiny_ticks")


def write_default(key: str, value: str) -> str:
	"""Store a global default and return who did it."""
	frappe.db.set_global(key, value)
	return frappe.session.user


def write_and_fail(key: str, value: str) -> None:
	"""Write, then raise: the write must be gone afterwards."""
	frappe.db.set_global(key, value)
	raise ValueError("failed on purpose")
