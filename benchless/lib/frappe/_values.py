"""Small conversions of names and values."""

import base64
import datetime
import json
import os
import secrets
from decimal import Decimal
from typing import Any

from frappe._context import _dict

_NAME_CHARACTERS = "0123456789abcdefghijklmnopqrstuv"


def scrub(txt: str) -> str:
	"""'Work Order-X' as an identifier: 'work_order_x'."""
	return str(txt).replace(" ", "_").replace("-", "_").lower()


def unscrub(txt: str) -> str:
	"""'work_order' as a label: 'Work Order'."""
	return txt.replace("_", " ").replace("-", " ").title()


def generate_hash(txt: str | None = None, length: int = 56) -> str:
	"""Random hexadecimal text of `length` characters; `txt` is accepted and not needed."""
	return secrets.token_hex((length + 1) // 2)[:length]


def _random_name() -> str:
	"""Ten random characters of [0-9a-v], the default name of a document."""
	number = int.from_bytes(os.urandom(7), "big")
	return "".join([_NAME_CHARACTERS[(number >> shift) & 31] for shift in range(0, 50, 5)])


def parse_json(val: Any) -> Any:
	"""JSON text as value, a dict as `_dict`; anything that is not text comes back as it is."""
	if isinstance(val, str):
		val = json.loads(val)
	if isinstance(val, dict):
		val = _dict(val)
	return val


def _json_default(value: Any) -> Any:
	if isinstance(value, datetime.datetime | datetime.date | datetime.time | datetime.timedelta):
		return str(value)
	if isinstance(value, Decimal):
		return float(value)
	if hasattr(value, "as_dict"):
		return value.as_dict(no_nulls=True)
	if isinstance(value, set | frozenset | map | filter) or hasattr(value, "__next__"):
		return list(value)
	return repr(value)


def as_json(
	obj: Any,
	indent: int | None = 1,
	separators: tuple[str, str] | None = None,
	ensure_ascii: bool = True,
) -> str:
	"""JSON with sorted keys (in given order where keys cannot be compared)."""
	if separators is None:
		separators = (",", ": ") if indent is not None else (", ", ": ")
	options: dict[str, Any] = {
		"indent": indent,
		"default": _json_default,
		"separators": separators,
		"ensure_ascii": ensure_ascii,
	}
	try:
		return json.dumps(obj, sort_keys=True, **options)
	except TypeError:
		return json.dumps(obj, **options)


def as_unicode(text: Any, encoding: str = "utf-8") -> str:
	if isinstance(text, str):
		return text
	if text is None:
		return ""
	return str(text, encoding) if isinstance(text, bytes) else str(text)


def safe_decode(param: Any, encoding: str = "utf-8") -> Any:
	try:
		return param.decode(encoding)
	except (AttributeError, UnicodeDecodeError):
		return param


def safe_encode(param: Any, encoding: str = "utf-8") -> Any:
	try:
		return param.encode(encoding)
	except (AttributeError, UnicodeEncodeError):
		return param


def read_file(path: str, raise_not_found: bool = False, as_base64: bool = False) -> str | None:
	"""Text of a file, or None when it is missing."""
	try:
		with open(path, "rb") as file:
			content = file.read()
	except FileNotFoundError:
		if raise_not_found:
			raise OSError(f"{path} Not Found") from None
		return None
	return base64.b64encode(content).decode() if as_base64 else content.decode("utf-8")


def get_file_items(path: str, raise_not_found: bool = False, ignore_empty_lines: bool = True) -> list[str]:
	"""Lines of a list file, trimmed, without comments and (usually) blanks."""
	lines = [line.strip() for line in (read_file(path, raise_not_found=raise_not_found) or "").splitlines()]
	return [line for line in lines if not line.startswith("#") and (line or not ignore_empty_lines)]


def get_file_json(path: str) -> Any:
	with open(path, encoding="utf-8") as file:
		return json.load(file)
