"""Small things every application needs. Conversions of single values come from `frappe.utils.data`."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import frappe
from frappe._values import generate_hash
from frappe.utils import data
from frappe.utils._callbacks import CallbackManager
from frappe.utils._text import (
	dict_to_str,
	extract_email_id,
	get_formatted_email,
	get_fullname,
	parse_addr,
	remove_blanks,
	split_emails,
	strip_html_tags,
	validate_email_address,
	validate_name,
	validate_phone_number,
	validate_url,
)
from frappe.utils._urls import get_request_site_address, get_site_url
from frappe.utils.data import *  # noqa: F403
from frappe.utils.html_utils import sanitize_html

__all__ = [
	*data.__all__,
	"CallbackManager",
	"call_hook_method",
	"create_batch",
	"dict_to_str",
	"extract_email_id",
	"generate_hash",
	"get_bench_id",
	"get_bench_path",
	"get_files_path",
	"get_formatted_email",
	"get_fullname",
	"get_path",
	"get_request_site_address",
	"get_safe_filters",
	"get_site_base_path",
	"get_site_name",
	"get_site_path",
	"get_site_url",
	"get_sites",
	"get_traceback",
	"is_cli",
	"parse_addr",
	"random_string",
	"remove_blanks",
	"safe_json_loads",
	"sanitize_html",
	"split_emails",
	"strip_html_tags",
	"update_progress_bar",
	"validate_email_address",
	"validate_name",
	"validate_phone_number",
	"validate_url",
]


def random_string(length: int) -> str:
	"""Random letters and digits."""
	import secrets
	import string

	return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


def get_traceback(with_context: bool = False) -> str:
	"""The traceback of the error being handled; '' when there is none."""
	kind, error, trace = sys.exc_info()
	return "".join(traceback.format_exception(kind, error, trace)) if error else ""


def create_batch(iterable: Any, size: int) -> Iterator[Any]:
	"""Slices of at most `size` items."""
	for start in range(0, len(iterable), size):
		yield iterable[start : start + size]


def safe_json_loads(*args: str) -> list[Any]:
	"""Each text as JSON, or as it is when it is none."""
	results: list[Any] = []
	for arg in args:
		try:
			results.append(json.loads(arg))
		except (TypeError, ValueError):
			results.append(arg)
	return results


def get_path(*path: str, base: str | None = None) -> str:
	"""A path inside the site's folder."""
	return os.path.join(base or frappe.local.site_path, *path)


def get_site_base_path() -> str:
	"""The site's folder."""
	return str(frappe.local.site_path)


def get_site_path(*path: str) -> str:
	"""A path inside the site's folder."""
	return get_path(*path, base=get_site_base_path())


def get_files_path(*path: str, is_private: bool | int = False) -> str:
	"""A path inside the site's public or private files."""
	return get_site_path("private" if is_private else "public", "files", *path)


def get_bench_path() -> str:
	"""The folder that holds the sites' folder."""
	return os.path.realpath(os.path.join(frappe.local.sites_path, ".."))


def get_bench_id() -> str:
	"""Tells this folder of sites from others that share a Redis: its path, or the configured `bench_id`."""
	folder = os.path.realpath(getattr(frappe.local, "sites_path", None) or ".").removesuffix("/sites")
	return str(frappe.get_conf().get("bench_id") or folder.strip("/").replace("/", "-"))


def get_sites(sites_path: str | None = None) -> list[str]:
	"""Names of the sites in the sites' folder."""
	root = sites_path or getattr(frappe.local, "sites_path", None) or "."
	return sorted(
		entry for entry in os.listdir(root) if os.path.exists(os.path.join(root, entry, "site_config.json"))
	)


def get_site_name(hostname: str) -> str:
	"""The site a request's host names: the host without its port."""
	return hostname.split(":")[0]


def get_safe_filters(filters: Any) -> Any:
	"""Filters from a caller: JSON text as what it says, a bare name as it is."""
	try:
		filters = json.loads(filters)
	except (TypeError, ValueError):
		return filters
	return frappe._dict(filters) if isinstance(filters, dict) else filters


def call_hook_method(hook: str, *args: Any, **kwargs: Any) -> Any:
	"""Every function registered for `hook` ran; the first answer that is not empty."""
	out = None
	for path in frappe.get_hooks(hook):
		result = frappe.get_attr(path)(*args, **kwargs)
		out = out or result
	return out


def is_cli() -> bool:
	"""True when the process serves a terminal, not a request."""
	return not getattr(frappe.local, "request", None) and sys.stdin is not None and sys.stdin.isatty()


def update_progress_bar(txt: str, i: int, l: int, absolute: bool = False) -> None:  # noqa: E741
	"""Draws how far step `i` of `l` is; nothing when nobody watches."""
	if not sys.stdout.isatty() or not l:
		return
	done = int(40 * (i + 1) / l)
	state = f"{i + 1} of {l}" if absolute else f"{int(100 * (i + 1) / l)}%"
	sys.stdout.write(f"\r{txt}: [{'=' * done}{' ' * (40 - done)}] {state}")
	sys.stdout.flush()
