"""Addresses of the site and of its documents."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode, urljoin

import frappe


def get_url(uri: str | None = None, full_address: bool = False) -> str:
	"""The site's address followed by `uri`: as configured, as the request came in, or by name and port."""
	conf = frappe.conf
	request = getattr(frappe.local, "request", None)
	host = conf.get("host_name") or conf.get("hostname")
	if host and "://" not in host:
		host = f"http://{host}"
	if not host and request:
		host = request.host_url
	if not host:
		port = conf.get("webserver_port") or conf.get("http_port")
		host = f"http://{frappe.local.site or 'localhost'}{f':{port}' if port else ''}"
	if uri and uri.startswith("http"):
		return uri
	return str(urljoin(host, uri) if uri else host.rstrip("/"))


def get_host_name() -> str:
	"""The site's address without scheme."""
	return get_url().rsplit("//", 1)[-1]


def get_host_name_from_request() -> str | None:
	"""Address the request was sent to."""
	request = getattr(frappe.local, "request", None)
	return request.host_url.rstrip("/") if request else None


def get_request_site_address(full_address: bool = False) -> str:
	"""The site's address."""
	return get_url(full_address=full_address)


def get_site_url(site: str) -> str:
	"""Address of a site by its name."""
	return f"http://{site}:{frappe.get_conf(site).webserver_port}"


def quoted(url: str) -> str:
	"""`url` with what is not allowed in addresses replaced."""
	return quote(str(url).encode(), safe="~@#$&()*!+=:;,.?/'")


def get_absolute_url(doctype: str, name: str) -> str:
	"""Path of the document in the desk."""
	return f"/app/{quoted(_slug(doctype))}/{quoted(name)}"


def get_url_to_form(doctype: str, name: str) -> str:
	"""Address of the document in the desk."""
	return get_url(uri=f"/app/{quoted(_slug(doctype))}/{quoted(name)}")


def get_url_to_list(doctype: str) -> str:
	"""Address of the DocType's list in the desk."""
	return get_url(uri=f"/app/{quoted(_slug(doctype))}")


def get_url_to_report(name: str, report_type: str | None = None, doctype: str | None = None) -> str:
	"""Address of a report in the desk."""
	if report_type == "Report Builder":
		return get_url(uri=f"/app/{quoted(_slug(doctype or ''))}/view/report/{quoted(name)}")
	return get_url(uri=f"/app/query-report/{quoted(name)}")


def get_link_to_form(doctype: str, name: str | None = None, label: str | None = None) -> str:
	"""An HTML link to the document in the desk."""
	name = name or doctype
	return f'<a href="{get_url_to_form(doctype, name)}">{frappe.utils.escape_html(label or name)}</a>'


def get_link_to_report(
	name: str,
	label: str | None = None,
	report_type: str | None = None,
	doctype: str | None = None,
	filters: dict[str, Any] | None = None,
) -> str:
	"""An HTML link to a report in the desk."""
	address = get_url_to_report(name, report_type, doctype)
	if filters:
		address = f"{address}?{urlencode(filters)}"
	return f'<a href="{address}">{frappe.utils.escape_html(label or name)}</a>'


def _slug(name: str) -> str:
	return name.lower().replace(" ", "-")
