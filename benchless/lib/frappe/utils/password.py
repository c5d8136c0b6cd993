"""Passwords people log in with (hashed) and secrets the site must read again (encrypted), in `__Auth`."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from passlib.context import CryptContext

import frappe
from frappe import _

passlibctx = CryptContext(schemes=["pbkdf2_sha256"])

_SELECT = (
	"SELECT `name`, `password`, `encrypted` FROM `__Auth` WHERE doctype = %s AND name = %s AND fieldname = %s"
)


def _stored(doctype: str, name: str, fieldname: str, encrypted: bool) -> Any:
	for row in frappe.db.sql(_SELECT, (doctype, name, fieldname)):
		if bool(row[2]) == encrypted:
			return row
	return None


def _store(doctype: str, name: str, fieldname: str, text: str, encrypted: bool) -> None:
	frappe.db.sql(
		"REPLACE INTO `__Auth` (doctype, name, fieldname, `password`, encrypted) VALUES (%s, %s, %s, %s, %s)",
		(doctype, name, fieldname, text, int(encrypted)),
	)


def get_decrypted_password(
	doctype: str, name: str, fieldname: str = "password", raise_exception: bool = True
) -> str | None:
	"""The secret kept for a document's field; None without one unless `raise_exception`.

	Raises
	------
	frappe.AuthenticationError
		There is none.
	"""
	row = _stored(doctype, name, fieldname, encrypted=True)
	if row and row[1]:
		return decrypt(row[1], key=f"{doctype}.{name}.{fieldname}")
	if raise_exception:
		frappe.throw(
			_("Password not found for {0} {1} {2}").format(doctype, name, fieldname),
			frappe.AuthenticationError,
		)
	return None


def set_encrypted_password(doctype: str, name: str, pwd: str, fieldname: str = "password") -> None:
	"""The secret of the document's field is `pwd`."""
	_store(doctype, name, fieldname, encrypt(pwd), encrypted=True)


def remove_encrypted_password(doctype: str, name: str, fieldname: str = "password") -> None:
	"""The document's field has no secret."""
	frappe.db.delete("__Auth", {"doctype": doctype, "name": name, "fieldname": fieldname})


def check_password(
	user: str,
	pwd: str,
	doctype: str = "User",
	fieldname: str = "password",
	delete_tracker_cache: bool = True,
) -> str:
	"""The user's name as stored, when `pwd` is his password.

	Raises
	------
	frappe.AuthenticationError
		It is not, or he has none.
	"""
	row = _stored(doctype, user, fieldname, encrypted=False)
	if not row or not passlibctx.verify(pwd, row[1]):
		raise frappe.AuthenticationError(_("Incorrect User or Password"))
	return str(row[0])


def update_password(
	user: str,
	pwd: str,
	doctype: str = "User",
	fieldname: str = "password",
	logout_all_sessions: bool = False,
) -> None:
	"""The user logs in with `pwd` from now on."""
	_store(doctype, user, fieldname, passlibctx.hash(pwd), encrypted=False)
	if logout_all_sessions:
		from frappe.sessions import clear_sessions

		clear_sessions(user=user, keep_current=True, force=True)


def delete_all_passwords_for(doctype: str, name: str) -> None:
	"""Nothing secret is kept for the document."""
	frappe.db.delete("__Auth", {"doctype": doctype, "name": name})


def rename_password(doctype: str, old_name: str, new_name: str) -> None:
	"""Secrets of a renamed document are found under its new name."""
	frappe.db.sql(
		"UPDATE `__Auth` SET name = %s WHERE doctype = %s AND name = %s", (new_name, doctype, old_name)
	)


def rename_password_field(doctype: str, old_fieldname: str, new_fieldname: str) -> None:
	"""Secrets of a renamed field are found under its new name."""
	frappe.db.sql(
		"UPDATE `__Auth` SET fieldname = %s WHERE doctype = %s AND fieldname = %s",
		(new_fieldname, doctype, old_fieldname),
	)


def get_encryption_key() -> str:
	"""The site's key for secrets; made and written to its configuration when it has none."""
	if not frappe.local.conf.get("encryption_key"):
		from frappe.installer import update_site_config

		key = Fernet.generate_key().decode()
		update_site_config("encryption_key", key)
		frappe.local.conf.encryption_key = key
	return str(frappe.local.conf.encryption_key)


def encrypt(txt: str, encryption_key: str | None = None) -> str:
	"""`txt`, readable again with the site's key."""
	return Fernet((encryption_key or get_encryption_key()).encode()).encrypt(txt.encode()).decode()


def decrypt(txt: str, encryption_key: str | None = None, key: str | None = None) -> str:
	"""What `encrypt` was given.

	Raises
	------
	frappe.ValidationError
		It was encrypted with another key.
	"""
	try:
		return Fernet((encryption_key or get_encryption_key()).encode()).decrypt(txt.encode()).decode()
	except InvalidToken:
		frappe.throw(
			_("Encryption key is invalid, please check site_config.json: {0}").format(key or ""),
			frappe.ValidationError,
		)
		raise
