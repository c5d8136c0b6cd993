"""System Settings as utilities need them: text, cheap, and absent while a site is being made."""

from __future__ import annotations

import sqlite3
from typing import Any

from frappe._context import local


def system_setting(fieldname: str) -> Any:
	"""Stored text of the field; None when unset or when there is no site yet."""
	db = getattr(local, "db", None)
	if db is None:
		return None
	known = db.value_cache.setdefault("System Settings", {})
	key = ("text", fieldname)
	if key not in known:
		query = "SELECT value FROM tabSingles WHERE doctype = 'System Settings' AND field = ?"
		try:
			row = db._execute(query, (fieldname,)).fetchone()
		except sqlite3.OperationalError:
			row = None
		known[key] = row[0] if row else None
	return known[key]
