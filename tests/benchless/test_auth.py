"""Who is asking: login, sessions, CSRF, API keys, lock-out."""

import base64
from collections.abc import Iterator

import pytest
import requests
from web import PASSWORD, USER, Browser

import frappe
from frappe.sessions import clear_expired_sessions
from frappe.utils import add_to_date, now_datetime

WHOAMI = "/api/method/frappe.auth.get_logged_user"


@pytest.fixture
def setting(site: str) -> Iterator[None]:
	"""System Settings and the counters of failed logins are as before after the test."""
	before = dict(frappe.get_single("System Settings").as_dict())
	yield
	for key in ("allow_consecutive_login_attempts", "allow_login_after_fail", "session_expiry"):
		frappe.db.set_single_value("System Settings", key, before.get(key))
	frappe.db.commit()
	frappe.cache.delete_value(["login_failed_count", "login_failed_time"])


def set_setting(**values: object) -> None:
	for key, value in values.items():
		frappe.db.set_single_value("System Settings", key, value)
	frappe.db.commit()
	frappe.clear_cache()


@pytest.fixture
def keys(administrator: Browser) -> tuple[str, str]:
	"""API key and secret of the user."""
	answer = administrator.call("frappe.core.doctype.user.user.generate_keys", user=USER)
	key = administrator.get(f"/api/resource/User/{USER}").json()["data"]["api_key"]
	return key, answer.json()["message"]["api_secret"]


def test_login_answers_with_name_and_the_only_apps_page(guest: Browser) -> None:
	answer = guest.login(USER)
	assert answer.status_code == 200
	assert answer.json() == {"message": "Logged In", "home_page": "/tiny", "full_name": "User"}
	assert guest.get(WHOAMI).json() == {"message": USER}


def test_login_takes_json_and_get_too(server: str) -> None:
	by_json, by_get = Browser(server), Browser(server)
	assert by_json.call("login", usr=USER, pwd=PASSWORD).json()["message"] == "Logged In"
	assert by_get.get(f"/api/method/login?usr={USER}&pwd={PASSWORD}").json()["message"] == "Logged In"
	assert by_get.get(WHOAMI).json() == {"message": USER}


def test_login_by_cmd_on_the_root_as_frappe_client_does(guest: Browser) -> None:
	answer = guest.post("/", data={"cmd": "login", "usr": USER, "pwd": PASSWORD})
	assert answer.json()["message"] == "Logged In"
	assert guest.get("/?cmd=frappe.auth.get_logged_user").json() == {"message": USER}


@pytest.mark.parametrize(
	("form", "text"),
	[
		({"usr": USER, "pwd": "wrong"}, "Invalid login credentials"),
		({"usr": "nobody@tiny.test", "pwd": "wrong"}, "Invalid login credentials"),
		({"usr": USER}, "Incomplete login details"),
	],
)
def test_failed_login_is_401_and_says_no_more_than_needed(
	guest: Browser, form: dict[str, str], text: str, setting: None
) -> None:
	answer = guest.post("/api/method/login", data=form)
	assert answer.status_code == 401
	assert answer.json()["message"] == text
	assert answer.json()["exc_type"] == "AuthenticationError"
	assert "Set-Cookie" not in answer.headers


def test_disabled_user_is_refused_and_his_session_ends(guest: Browser, administrator: Browser) -> None:
	frappe.get_doc(
		{"doctype": "User", "email": "gone@tiny.test", "first_name": "Gone", "send_welcome_email": 0}
	).insert()
	frappe.utils.password.update_password("gone@tiny.test", PASSWORD)
	frappe.db.commit()
	guest.login("gone@tiny.test")
	administrator.put("/api/resource/User/gone@tiny.test", json={"enabled": 0})
	assert guest.get(WHOAMI).status_code == 403
	assert guest.login("gone@tiny.test").json()["message"] == "User disabled or missing"


def test_cookies_of_a_session(guest: Browser) -> None:
	answer = guest.login(USER)
	cookies = {cookie.name: cookie for cookie in guest.cookies}
	assert set(cookies) == {"sid", "system_user", "full_name", "user_id", "user_image"}
	assert cookies["system_user"].value == "yes"
	assert cookies["user_id"].value == "user%40tiny.test"
	header = answer.headers["Set-Cookie"]
	assert "Max-Age=612000" in header
	assert "HttpOnly" in header
	assert "SameSite=Lax" in header


def test_guests_carry_the_sid_guest(guest: Browser) -> None:
	guest.get("/api/method/ping")
	assert guest.cookies["sid"] == "Guest"
	assert guest.cookies["system_user"] == "no"


def test_logout_ends_the_session(newcomer: Browser) -> None:
	sid = newcomer.cookies["sid"]
	answer = newcomer.get("/api/method/logout")
	assert (answer.status_code, answer.json()["full_name"]) == (200, "Guest")
	assert newcomer.get(WHOAMI).status_code == 403
	stale = requests.get(newcomer.address + WHOAMI, headers={"Cookie": f"sid={sid}"}, timeout=20)
	assert stale.status_code == 403
	assert stale.json()["session_expired"] == 1


def test_unknown_sid_is_a_guest_who_is_told(guest: Browser) -> None:
	answer = guest.get("/api/method/ping", headers={"Cookie": "sid=unknown"})
	assert answer.json() == {"session_expired": 1, "message": "pong"}


def test_session_dies_of_age(newcomer: Browser, setting: None) -> None:
	old = add_to_date(now_datetime(), hours=-171)
	frappe.db.sql("update `tabSessions` set lastupdate = %s where sid = %s", (old, newcomer.cookies["sid"]))
	frappe.db.commit()
	answer = newcomer.get(WHOAMI)
	assert answer.status_code == 403
	assert answer.json()["session_expired"] == 1


def test_dead_sessions_are_swept_away(newcomer: Browser) -> None:
	sid = newcomer.cookies["sid"]
	old = add_to_date(now_datetime(), hours=-171)
	frappe.db.sql("update `tabSessions` set lastupdate = %s where sid = %s", (old, sid))
	clear_expired_sessions()
	assert not frappe.db.sql("select sid from `tabSessions` where sid = %s", (sid,))


def test_session_touched_after_ten_minutes_stays_alive(newcomer: Browser) -> None:
	sid = newcomer.cookies["sid"]
	old = add_to_date(now_datetime(), minutes=-11)
	frappe.db.sql("update `tabSessions` set lastupdate = %s where sid = %s", (old, sid))
	frappe.db.commit()
	assert newcomer.get(WHOAMI).status_code == 200
	[[touched]] = frappe.db.sql("select lastupdate from `tabSessions` where sid = %s", (sid,))
	assert touched > old


def test_login_is_on_record(guest: Browser, setting: None) -> None:
	guest.login(USER)
	guest.login(USER, "wrong")
	rows = frappe.get_all(
		"Activity Log",
		filters={"user": USER},
		fields=["operation", "status"],
		order_by="creation desc",
		limit=2,
	)
	assert [(row.operation, row.status) for row in rows] == [("Login", "Failed"), ("Login", "Success")]


def test_hooks_of_login_and_logout_run(newcomer: Browser) -> None:
	assert frappe.db.get_global("tiny_session_user") == USER


def test_too_many_failures_lock_out_even_with_the_right_password(guest: Browser, setting: None) -> None:
	set_setting(allow_consecutive_login_attempts=2, allow_login_after_fail=60)
	for _attempt in range(3):
		guest.login(USER, "wrong")
	answer = guest.login(USER)
	assert answer.status_code != 200
	assert "locked" in answer.text


def test_csrf_token_is_asked_once_the_session_holds_one(newcomer: Browser) -> None:
	assert newcomer.post("/api/method/ping").status_code == 200
	token = newcomer.get("/api/method/tinyapp.web.csrf").json()["message"]
	refused = newcomer.post("/api/method/ping")
	assert refused.status_code == 400
	assert refused.json()["exc_type"] == "CSRFTokenError"
	assert "exc" not in refused.json()
	assert newcomer.post("/api/method/ping", headers={"X-Frappe-CSRF-Token": "wrong"}).status_code == 400
	assert newcomer.post("/api/method/ping", headers={"X-Frappe-CSRF-Token": token}).status_code == 200
	assert newcomer.post("/api/method/ping", data={"csrf_token": token}).status_code == 200
	assert newcomer.get("/api/method/ping").status_code == 200


def test_csrf_refusal_in_version_2(newcomer: Browser) -> None:
	newcomer.get("/api/method/tinyapp.web.csrf")
	answer = newcomer.post("/api/v2/method/ping")
	assert answer.status_code == 400
	assert answer.json() == {
		"errors": [
			{"type": "CSRFTokenError", "message": "Invalid Request", "title": "Message", "indicator": "red"}
		]
	}


@pytest.mark.parametrize("scheme", ["token {0}:{1}", "TOKEN {0}:{1}", "Basic {2}"])
def test_api_key_acts_as_its_user(server: str, keys: tuple[str, str], scheme: str) -> None:
	encoded = base64.b64encode(":".join(keys).encode()).decode()
	header = {"Authorization": scheme.format(*keys, encoded)}
	assert requests.get(server + WHOAMI, headers=header, timeout=20).json() == {"message": USER}


def test_api_key_writes_without_session_or_csrf(server: str, keys: tuple[str, str]) -> None:
	header = {"Authorization": "token {}:{}".format(*keys)}
	answer = requests.post(
		f"{server}/api/resource/Tiny Note", json={"title": "By key"}, headers=header, timeout=20
	)
	assert answer.status_code == 200
	assert answer.json()["data"]["owner"] == USER


@pytest.mark.parametrize(
	"header", ["token {0}:wrong", "token nokey:{1}", "token nocolon", "Basic !!!", "Bearer x", "foo bar"]
)
def test_wrong_authorization_is_401_even_where_guests_may_ask(
	server: str, keys: tuple[str, str], header: str
) -> None:
	given = {"Authorization": header.format(*keys)}
	assert requests.get(f"{server}/api/method/ping", headers=given, timeout=20).status_code == 401


def test_cookie_wins_over_the_api_key(administrator: Browser, keys: tuple[str, str]) -> None:
	answer = administrator.get(WHOAMI, headers={"Authorization": "token {}:{}".format(*keys)})
	assert answer.json() == {"message": "Administrator"}


def test_auth_hook_names_the_user(guest: Browser) -> None:
	assert guest.get(WHOAMI, headers={"X-Tiny-User": USER}).json() == {"message": USER}
