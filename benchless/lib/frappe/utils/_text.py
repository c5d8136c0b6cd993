"""Text: HTML stripped and escaped, lists read aloud, addresses checked."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

from frappe.utils._numbers import cstr

_TAG = re.compile(r"<[^<>]*>")
_HTML_OPENING = re.compile(r"<[a-zA-Z/!][^<>]*>")
_EMAIL = re.compile(
	r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+"
	r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]+\Z"
)
_PHONE = re.compile(r"[0-9 +_\-,.*#()]{1,20}\Z")
_NAME = re.compile(r"[\w][\w' \-]*\Z")
_ADDRESS = re.compile(r"(?:\"?(?P<name>[^\"<]*)\"?\s*)?<(?P<email>[^<>]+)>\Z")


def strip_html(text: str) -> str:
	"""`text` without tags."""
	return _TAG.sub("", text)


def strip_html_tags(text: str) -> str:
	"""`text` without tags."""
	return strip_html(text)


def is_html(text: str) -> bool:
	"""True when `text` holds a tag."""
	return isinstance(text, str) and bool(_HTML_OPENING.search(text))


def escape_html(text: Any) -> Any:
	"""`text` safe inside HTML; what is not text comes back as it is."""
	return html.escape(text).replace("&#x27;", "&apos;") if isinstance(text, str) else text


def strip(val: str, chars: str | None = None) -> str:
	"""`val` without blanks and zero-width characters at its ends."""
	return (val or "").replace("\ufeff", "").replace("\u200b", "").strip(chars)


def encode(obj: Any, encoding: str = "utf-8") -> Any:
	"""Text as it is, in lists too."""
	return obj


def has_common(l1: Iterable[Any], l2: Iterable[Any]) -> bool:
	"""True when the lists share an item."""
	return bool(set(l1) & set(l2))


def is_subset(list_a: Iterable[Any], list_b: Iterable[Any]) -> bool:
	"""True when every item of the first is in the second."""
	return set(list_a) <= set(list_b)


def unique(seq: Iterable[Any]) -> list[Any]:
	"""The items in their order, each once."""
	return list(dict.fromkeys(seq))


def comma_sep(some_list: Any, pattern: str, add_quotes: bool = True) -> Any:
	"""A list read aloud: items with commas, the last joined by `pattern`, as in '{0} and {1}'."""
	if not isinstance(some_list, list | tuple | set | frozenset | dict):
		return some_list
	if len(some_list) < 2:
		return "".join([cstr(item) for item in some_list])
	items = [f"'{cstr(item)}'" if add_quotes else cstr(item) for item in some_list]
	import frappe

	return frappe._(pattern).format(", ".join(frappe._(item) for item in items[:-1]), items[-1])


def comma_and(some_list: Any, add_quotes: bool = True) -> Any:
	"""'a', 'b' and 'c'."""
	return comma_sep(some_list, "{0} and {1}", add_quotes)


def comma_or(some_list: Any, add_quotes: bool = True) -> Any:
	"""'a', 'b' or 'c'."""
	return comma_sep(some_list, "{0} or {1}", add_quotes)


def new_line_sep(some_list: Any) -> Any:
	"""Each item on its own line."""
	if not isinstance(some_list, list | tuple):
		return some_list
	return "\n ".join(str(item) for item in some_list)


def get_string_between(start: str, string: str, end: str) -> str:
	"""What stands between two texts; the whole when they are not found."""
	match = re.search(f"{re.escape(start)}(.*){re.escape(end)}", string)
	return match[1].strip() if match else string


def get_abbr(string: str, max_len: int = 2) -> str:
	"""First letters of the words."""
	return "".join(word[0].upper() for word in string.split()[:max_len]) or "?"


def dict_to_str(args: dict[str, Any], sep: str = "&") -> str:
	"""`a=1&b=2`, values quoted for addresses."""
	from urllib.parse import quote

	return sep.join(f"{key}={quote(str(value or ''))}" for key, value in args.items())


def remove_blanks(d: dict[str, Any]) -> dict[str, Any]:
	"""The dict without its empty and missing values; it is changed."""
	for key in [key for key, value in d.items() if value in (None, "")]:
		del d[key]
	return d


def filter_strip_join(some_list: Iterable[str], sep: str) -> list[str]:
	"""The texts joined, blanks around each removed, empty ones left out."""
	return (cstr(sep)).join(cstr(item).strip() for item in some_list if item)  # type: ignore[return-value]


def validate_email_address(email_str: Any, throw: bool = False) -> str:
	"""The address(es) when they are well formed, else ''.

	Raises
	------
	frappe.InvalidEmailAddressError
		One is not, and `throw`.
	"""
	found = []
	for part in str(email_str or "").split(","):
		text = part.strip()
		if not text:
			continue
		match = _ADDRESS.match(text)
		address = match["email"].strip() if match else text
		if not _EMAIL.match(address) or ".." in address:
			if throw:
				_refuse("{0} is not a valid Email Address", text, "InvalidEmailAddressError")
			return ""
		found.append(address)
	return ", ".join(found)


def validate_phone_number(phone_number: str, throw: bool = False) -> bool:
	"""True for a phone number."""
	if not phone_number:
		return False
	if _PHONE.match(phone_number.strip()):
		return True
	if throw:
		_refuse("{0} is not a valid Phone Number", phone_number, "InvalidPhoneNumberError")
	return False


def validate_name(name: str, throw: bool = False) -> bool:
	"""True for the name of a person."""
	if not name:
		return False
	if _NAME.match(name.strip()):
		return True
	if throw:
		_refuse("{0} is not a valid Name", name, "InvalidNameError")
	return False


def validate_url(txt: str, throw: bool = False, valid_schemes: str | Iterable[str] | None = None) -> bool:
	"""True for an address with scheme and host."""
	from urllib.parse import urlparse

	parts = urlparse(txt)
	valid = bool(parts.netloc or parts.scheme in ("mailto", "tel") or parts.path.startswith("/"))
	if valid_schemes:
		schemes = [valid_schemes] if isinstance(valid_schemes, str) else list(valid_schemes)
		valid = valid and parts.scheme in schemes
	if not valid and throw:
		_refuse("{0} is not a valid URL", txt, "ValidationError")
	return valid


def _refuse(message: str, value: str, error: str) -> None:
	import frappe

	frappe.throw(
		frappe._(message).format(escape_html(value)),
		getattr(frappe, error, frappe.ValidationError),
	)


def split_emails(txt: str | None) -> list[str]:
	"""The addresses in a text separated by commas or line ends."""
	return [part.strip() for part in re.split(r"[,\n](?=(?:[^\"]|\"[^\"]*\")*$)", cstr(txt)) if part.strip()]


def parse_addr(email_string: str) -> tuple[str | None, str | None]:
	"""Name and address of 'Name <address>'."""
	from email.utils import parseaddr

	name, address = parseaddr(email_string)
	return (name or address, address) if validate_email_address(address) else (None, email_string)


def extract_email_id(email: str) -> str:
	"""The address within 'Name <address>'."""
	return parse_addr(email)[1] or ""


def get_fullname(user: str | None = None) -> str:
	"""Full name of the user; of the one at work without `user`."""
	import frappe

	user = user or frappe.session.user
	return str(frappe.db.get_value("User", user, "full_name", cache=True) or user)


def get_formatted_email(user: str, mail: str | None = None) -> str:
	"""'Full Name <address>' of the user."""
	from email.utils import formataddr

	import frappe

	mail = mail or frappe.db.get_value("User", user, "email") or user
	return formataddr((get_fullname(user), mail))
