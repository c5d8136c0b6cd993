"""`/api/…`: which function answers which address."""

from enum import Enum

from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule, Submount
from werkzeug.wrappers import Request, Response

import frappe
from frappe.api.v1 import url_rules as v1_rules
from frappe.api.v2 import url_rules as v2_rules
from frappe.utils.response import build_response


class ApiVersion(str, Enum):
	V1 = "v1"
	V2 = "v2"


def _with_prefix(prefix: str, rules: list[Rule]) -> Submount:
	return Submount(prefix, [rule.empty() for rule in rules])


API_URL_MAP = Map(
	[
		_with_prefix("/api", v1_rules),
		_with_prefix(f"/api/{ApiVersion.V1.value}", v1_rules),
		_with_prefix(f"/api/{ApiVersion.V2.value}", v2_rules),
	],
	strict_slashes=False,
	merge_slashes=False,
)


def handle(request: Request) -> Response:
	"""Call the function an API address stands for and wrap what it returns.

	Raises
	------
	frappe.DoesNotExistError
		No rule for this address.
	werkzeug.exceptions.MethodNotAllowed
		Not with this verb.
	"""
	try:
		endpoint, arguments = API_URL_MAP.bind_to_environ(request.environ).match()
	except NotFound:
		raise frappe.DoesNotExistError from None
	result = endpoint(**arguments)
	if isinstance(result, Response):
		return result
	if result is not None:
		frappe.response["data"] = result
	return build_response("json")


def get_api_version() -> ApiVersion | None:
	"""The version the address of the current request asks for; None outside the API."""
	request = getattr(frappe.local, "request", None)
	if request is None or not request.path.startswith("/api"):
		return None
	return ApiVersion.V2 if request.path.startswith(f"/api/{ApiVersion.V2.value}") else ApiVersion.V1
