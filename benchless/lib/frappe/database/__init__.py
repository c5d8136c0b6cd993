"""The site's database: one SQLite file, spoken to as Frappe applications speak to MariaDB."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
	from frappe.database.database import Database


def get_db(
	host: str | None = None,
	user: str | None = None,
	password: str | None = None,
	port: str | None = None,
	socket: str | None = None,
	cur_db_name: str | None = None,
) -> "Database":
	"""The database of the current site. The arguments name a server; a file needs none of them."""
	import frappe
	from frappe.database.database import Database

	return Database(frappe.get_site_path("site.db"), cur_db_name or frappe.conf.db_name)


def drop_user_and_db(db_name: str | None = None, db_user: str | None = None) -> None:
	"""The database file of the current site is gone."""
	import os

	import frappe
	from frappe.database._connection import close_idle

	if getattr(frappe.local, "db", None):
		frappe.local.db.close()
	close_idle()
	for suffix in ("", "-wal", "-shm"):
		path = frappe.get_site_path(f"site.db{suffix}")
		if os.path.exists(path):
			os.remove(path)
