"""API keys: who the Authorization header speaks for."""

import base64
import binascii
import hmac
from collections.abc import Callable

import frappe
from frappe.utils.password import get_decrypted_password


def validate_auth_via_api_keys(scheme: str, given: str) -> None:
	"""Act as the owner of `token key:secret` or `Basic base64(key:secret)`; other schemes are ignored."""
	readers: dict[str, Callable[[str], str]] = {"basic": _decode_basic, "token": str}
	reader = readers.get(scheme.lower())
	if reader is None:
		return
	key, _colon, secret = reader(given).partition(":")
	if not key or not secret:
		raise frappe.AuthenticationError
	validate_api_key_secret(key, secret, frappe.get_request_header("Frappe-Authorization-Source"))


def _decode_basic(given: str) -> str:
	try:
		return base64.b64decode(given).decode("utf-8")
	except (binascii.Error, UnicodeDecodeError):
		return ""


def validate_api_key_secret(
	api_key: str, api_secret: str, frappe_authorization_source: str | None = None
) -> None:
	"""The request acts as the key's user unless a session already says who he is."""
	doctype = frappe_authorization_source or "User"
	owner = {"api_key": api_key, **({"enabled": 1} if doctype == "User" else {})}
	name = frappe.db.get_value(doctype, owner)
	if not name:
		raise frappe.AuthenticationError
	stored = get_decrypted_password(doctype, name, "api_secret", raise_exception=False)
	if not stored or not hmac.compare_digest(api_secret.encode(), str(stored).encode()):
		raise frappe.AuthenticationError
	user = name if doctype == "User" else frappe.db.get_value(doctype, name, "user")
	if frappe.session.user in ("", "Guest"):
		form = frappe.local.form_dict
		frappe.set_user(user)
		frappe.local.form_dict = form
