"""Status and body of every kind of error."""

import json

import pytest
from web import Browser, messages

import frappe

FAIL = "/api/method/tinyapp.api.fail"


@pytest.mark.parametrize(
	("kind", "status"),
	[
		("ValidationError", 417),
		("MandatoryError", 417),
		("LinkExistsError", 417),
		("TimestampMismatchError", 417),
		("UniqueValidationError", 417),
		("DuplicateEntryError", 409),
		("NameError", 409),
		("DoesNotExistError", 404),
		("PageDoesNotExistError", 404),
		("PermissionError", 403),
		("AuthenticationError", 401),
		("SessionExpired", 401),
		("CSRFTokenError", 400),
		("LinkExpired", 410),
		("RateLimitExceededError", 429),
		("TooManyRequestsError", 429),
		("OutgoingEmailError", 501),
		("InReadOnlyMode", 503),
		("SessionStopped", 503),
		("QueryDeadlockError", 500),
		("SecurityException", 500),
	],
)
def test_status_and_body_of_a_thrown_error(administrator: Browser, kind: str, status: int) -> None:
	answer = administrator.get(f"{FAIL}?kind={kind}")
	assert answer.status_code == status
	body = answer.json()
	assert body["exc_type"] == kind
	assert body["exception"] == f"frappe.exceptions.{kind}: Failed on purpose"
	assert json.loads(body["exc"])[0].startswith("Traceback")
	[message] = messages(answer)
	assert message["message"] == "Failed on purpose"
	assert (message["title"], message["indicator"], message["raise_exception"]) == ("Message", "red", 1)
	second = administrator.get(f"/api/v2/method/tinyapp.api.fail?kind={kind}")
	assert second.status_code == status
	[error] = second.json()["errors"]
	assert (error["type"], error["message"]) == (kind, "Failed on purpose")


def test_error_nobody_threw_has_no_message(administrator: Browser) -> None:
	body = administrator.get("/api/method/tinyapp.api.crash").json()
	assert set(body) == {"exception", "exc_type", "exc"}
	assert body["exception"] == "ZeroDivisionError: division by zero on purpose"


def test_refusal_without_words(administrator: Browser) -> None:
	answer = administrator.get("/api/method/tinyapp.web.refuse")
	assert answer.status_code == 403
	assert answer.json()["exception"] == "frappe.exceptions.PermissionError"
	assert "_server_messages" not in answer.json()


def test_rights_error_tells_the_reason(user: Browser) -> None:
	body = user.get("/api/resource/Role").json()
	assert body["_error_message"] == "No permission for Role"


def test_tracebacks_can_be_switched_off(administrator: Browser) -> None:
	frappe.db.set_single_value("System Settings", "allow_error_traceback", 0)
	frappe.db.commit()
	try:
		body = administrator.get(FAIL).json()
		assert set(body) == {"exc_type", "_server_messages"}
		[error] = administrator.get("/api/v2/method/tinyapp.api.crash").json()["errors"]
		assert error == {"type": "ZeroDivisionError"}
	finally:
		frappe.db.set_single_value("System Settings", "allow_error_traceback", 1)
		frappe.db.commit()


@pytest.mark.parametrize(
	("body", "status", "kind"),
	[("{broken", 500, "JSONDecodeError"), ("5", 417, "ValidationError"), ('"text"', 417, "ValidationError")],
)
def test_body_that_is_no_object(administrator: Browser, body: str, status: int, kind: str) -> None:
	headers = {"Content-Type": "application/json"}
	answer = administrator.post("/api/resource/Tiny Customer", data=body, headers=headers)
	assert (answer.status_code, answer.json()["exc_type"]) == (status, kind)


def test_browsers_get_pages(administrator: Browser, guest: Browser) -> None:
	headers = {"Accept": "text/html"}
	for browser, url, status in (
		(administrator, "/api/resource/Tiny Customer/<b>None</b>", 404),
		(administrator, "/api/method/tinyapp.api.crash", 500),
		(guest, "/api/resource/User/Administrator", 403),
	):
		answer = browser.get(url, headers=headers)
		assert answer.status_code == status
		assert answer.headers["Content-Type"].startswith("text/html")
		assert "<script" not in answer.text


def test_page_repeats_no_script_of_the_request(administrator: Browser) -> None:
	url = "/api/resource/Tiny Customer/<script>alert(1)<%2Fscript>"
	answer = administrator.get(url, headers={"Accept": "text/html"})
	assert "<script>alert" not in answer.text


def test_unknown_addresses_of_the_api(administrator: Browser) -> None:
	for url in ("/api/nothing", "/api/method", "/api/v2/nothing"):
		assert administrator.get(url).status_code == 404


def test_server_errors_are_logged_though_the_request_is_undone(administrator: Browser) -> None:
	before = frappe.db.count("Error Log")
	administrator.get("/api/method/tinyapp.api.crash")
	assert frappe.db.count("Error Log") == before + 1
	administrator.get(FAIL)
	assert frappe.db.count("Error Log") == before + 1


def test_failed_write_is_undone(administrator: Browser) -> None:
	assert administrator.post("/api/method/tinyapp.web.write_and_fail").status_code == 417
	assert frappe.db.get_global("tiny_half") is None


def test_refused_validation_names_the_field(administrator: Browser) -> None:
	long = administrator.post("/api/resource/Tiny Customer", json={"customer_name": "L", "city": "x" * 200})
	assert (long.status_code, long.json()["exc_type"]) == (417, "CharacterLengthExceededError")
	order = administrator.post("/api/resource/Tiny Order", json={"items": [{"item": "x"}]})
	assert (order.status_code, order.json()["exc_type"]) == (417, "MandatoryError")
	bad = {"customer_name": "E", "email": "nomail"}
	email = administrator.post("/api/resource/Tiny Customer", json=bad)
	assert email.json()["exc_type"] == "InvalidEmailAddressError"


def test_site_in_maintenance_is_503(administrator: Browser, sites_path: str, site: str) -> None:
	path = f"{sites_path}/{site}/site_config.json"
	with open(path) as file:
		before = file.read()
	with open(path, "w") as file:
		file.write(json.dumps({**json.loads(before), "maintenance_mode": 1}))
	try:
		assert administrator.get("/api/method/ping").status_code == 503
	finally:
		with open(path, "w") as file:
			file.write(before)
	assert administrator.get("/api/method/ping").status_code == 200


def test_unknown_site_is_404(guest: Browser) -> None:
	assert guest.get("/api/method/ping", headers={"X-Frappe-Site-Name": "no.site"}).status_code == 404


def test_site_is_found_by_header_and_host(guest: Browser, site: str) -> None:
	for header in ({"X-Frappe-Site-Name": site}, {"Host": site}, {"Host": "elsewhere.example"}):
		assert guest.get("/api/method/ping", headers=header).json() == {"message": "pong"}
