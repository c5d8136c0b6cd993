"""Who is asking: cookies, login and logout, CSRF, API keys, lock-out."""

import hmac
from typing import Any, NoReturn
from urllib.parse import quote

from werkzeug.wrappers import Response

import frappe
from frappe import _
from frappe._api_keys import validate_api_key_secret as validate_api_key_secret
from frappe._api_keys import validate_auth_via_api_keys
from frappe.core.doctype.activity_log.activity_log import add_authentication_log
from frappe.sessions import Session, clear_sessions, delete_session, get_expiry_in_seconds
from frappe.translate import get_language
from frappe.utils import cint, get_datetime, now_datetime
from frappe.utils.password import check_password

SAFE_HTTP_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
UNSAFE_HTTP_METHODS = frozenset(("POST", "PUT", "DELETE", "PATCH"))
_LOGIN_PATHS = ("/api/method/login", "/api/v1/method/login")


class HTTPRequest:
	"""Connects the request: address, cookies, database, session, CSRF check."""

	def __init__(self) -> None:
		self.set_request_ip()
		frappe.local.cookie_manager = CookieManager()
		frappe.connect(set_admin_as_user=False)
		self.set_session()
		self.set_lang()
		self.validate_csrf_token()

	@property
	def domain(self) -> str:
		return str(frappe.local.request.host.split(":")[0])

	def set_request_ip(self) -> None:
		"""`frappe.local.request_ip` is the client's address, also behind a proxy on this machine."""
		forwarded = frappe.get_request_header("X-Forwarded-For")
		address = forwarded.split(",")[0].strip() if forwarded else None
		frappe.local.request_ip = address or frappe.get_request_header("REMOTE_ADDR") or _remote_address()

	def set_session(self) -> None:
		"""`frappe.local.login_manager` has logged in, or resumed the session of the cookie."""
		frappe.local.login_manager = LoginManager()

	def set_lang(self) -> None:
		"""`frappe.local.lang` is the language of the user, or for Guests one the browser asks for."""
		known = frappe.local.session_obj.user_info
		frappe.local.lang = (known.language if known else None) or get_language()

	def validate_csrf_token(self) -> None:
		"""Raise CSRFTokenError for an unsafe verb without the token its session holds."""
		if frappe.local.request.method not in UNSAFE_HTTP_METHODS:
			return
		expected = frappe.session.data.csrf_token
		if not expected or frappe.conf.get("ignore_csrf"):
			return
		given = frappe.get_request_header("X-Frappe-CSRF-Token") or frappe.form_dict.pop("csrf_token", None)
		if not given or not hmac.compare_digest(str(given).encode(), expected.encode()):
			frappe.flags.disable_traceback = True
			frappe.throw(_("Invalid Request"), frappe.CSRFTokenError)


def _remote_address() -> str:
	return str(frappe.local.request.remote_addr or "127.0.0.1")


class LoginManager:
	"""Logs in on the login address, resumes the cookie's session anywhere else."""

	def __init__(self) -> None:
		self.user: str = ""
		self.info: frappe._dict | None = None
		self.full_name: str | None = None
		self.user_type: str | None = None
		self.resume = False
		if frappe.form_dict.get("cmd") == "login" or frappe.local.request.path in _LOGIN_PATHS:
			self.login()
		else:
			self.resume = True
			self.make_session(resume=True)
			self.get_user_info()
			self.set_user_info(resume=True)

	def login(self) -> None:
		"""The user named in the form has a new session."""
		if frappe.get_system_settings("disable_user_pass_login"):
			frappe.throw(_("Login with username and password is not allowed."), frappe.AuthenticationError)
		self.run_trigger("before_login")
		self.authenticate()
		self.post_login()

	def login_as(self, user: str) -> None:
		"""`user` has a new session, no password asked."""
		self.user = user
		self.post_login()

	def login_as_guest(self) -> None:
		"""This request goes on as Guest."""
		self.user = "Guest"
		self.post_login()

	def post_login(self) -> None:
		"""What every login does once the user is known."""
		self.resume = False
		self.run_trigger("on_login")
		self.get_user_info()
		self.make_session()
		self.set_user_info()
		if self.user != "Guest":
			add_authentication_log(_("{0} logged in").format(self.full_name), self.user)
			frappe.db.commit()
		self.run_trigger("on_session_creation")

	def get_user_info(self) -> None:
		"""Name, type and picture of the user are at hand."""
		known = frappe.local.session_obj.user_info if self.resume else None
		if known:
			self.info = known
		elif self.user == "Guest":
			self.info = frappe._dict(first_name="Guest", user_type="Website User")
		else:
			self.info = frappe.db.get_value(
				"User", self.user, ["user_type", "first_name", "last_name", "user_image"], as_dict=True
			)
		info = self.info or frappe._dict()
		self.user_type = info.user_type
		self.full_name = " ".join(part for part in (info.first_name, info.last_name) if part)

	def set_user_info(self, resume: bool = False) -> None:
		"""Cookies tell the browser who he is; a login also gets its answer."""
		cookies = frappe.local.cookie_manager
		cookies.init_cookies()
		system_user = self.user_type == "System User"
		cookies.set_cookie("system_user", "yes" if system_user else "no")
		if not resume:
			frappe.local.response["message"] = "Logged In" if system_user else "No App"
			frappe.local.response["home_page"] = self._home_page(system_user)
			frappe.response["full_name"] = self.full_name
		cookies.set_cookie("full_name", self.full_name or "")
		cookies.set_cookie("user_id", self.user)
		cookies.set_cookie("user_image", (self.info or frappe._dict()).user_image or "")

	def _home_page(self, system_user: bool) -> str:
		from frappe.apps import get_default_path
		from frappe.website.utils import get_home_page

		if system_user:
			return get_default_path() or "/app"
		return get_default_path() or "/" + get_home_page()

	def make_session(self, resume: bool = False) -> None:
		"""`frappe.session` is this user's."""
		frappe.local.session_obj = Session(
			user=self.user, resume=resume, full_name=self.full_name, user_type=self.user_type
		)
		self.user = frappe.local.session_obj.user or "Guest"
		if not resume:
			self.clear_active_sessions()

	def clear_active_sessions(self) -> None:
		"""Older sessions end where the site allows one at a time."""
		if not cint(frappe.conf.get("deny_multiple_sessions")) and not cint(
			frappe.get_system_settings("deny_multiple_sessions")
		):
			return
		if self.user != "Guest":
			clear_sessions(self.user, keep_current=True)

	def authenticate(self, user: str | None = None, pwd: str | None = None) -> None:
		"""`self.user` is the user these credentials belong to.

		Raises
		------
		frappe.AuthenticationError
			They belong to nobody, or the user is disabled.
		"""
		if not (user and pwd):
			user, pwd = frappe.form_dict.get("usr"), frappe.form_dict.get("pwd")
		if not (user and pwd):
			self.fail(_("Incomplete login details"), user=user)
		trackers = [
			tracker
			for tracker in (
				get_login_attempt_tracker(frappe.local.request_ip),
				get_login_attempt_tracker(str(user)),
			)
			if tracker
		]
		found = _find_user(str(user))
		if found is None or not _password_fits(found.name, str(pwd)):
			for tracker in trackers:
				tracker.add_failure_attempt()
			self.fail(_("Invalid login credentials"), user=user)
		elif not found.enabled:
			self.fail(_("User disabled or missing"), user=user)
		else:
			for tracker in trackers:
				tracker.add_success_attempt()
			self.user = found.name

	def check_password(self, user: str, pwd: str) -> str:
		"""The user's name if the password is his; AuthenticationError otherwise."""
		try:
			return str(check_password(user, pwd))
		except frappe.AuthenticationError:
			self.fail(_("Incorrect password"), user=user)

	def fail(self, message: str, user: str | None = None) -> NoReturn:
		"""Answer with `message` and raise AuthenticationError."""
		frappe.local.response["message"] = message
		add_authentication_log(message, user or "Guest", status="Failed")
		frappe.db.commit()
		self.run_trigger("login_failed")
		raise frappe.AuthenticationError

	def run_trigger(self, event: str = "on_login") -> None:
		"""Call the apps' hooks of this event with the login manager."""
		for path in frappe.get_hooks().get(event, []):
			frappe.call(frappe.get_attr(path), login_manager=self)

	def logout(self, arg: str = "", user: str | None = None) -> None:
		"""The session of `user` (the current one by default) is gone; the request goes on as Guest."""
		user = user or frappe.session.user
		self.run_trigger("on_logout")
		if user == frappe.session.user:
			delete_session(frappe.session.sid, user=user, reason="User Manually Logged Out")
			self.clear_cookies()
			if frappe.request:
				self.login_as_guest()
		else:
			clear_sessions(user, force=True)

	def clear_cookies(self) -> None:
		"""The browser forgets who he was."""
		clear_cookies()


def _find_user(name: str) -> frappe._dict | None:
	found = frappe.db.get_value("User", name, ["name", "enabled"], as_dict=True)
	if not found and cint(frappe.get_system_settings("allow_login_using_user_name")):
		found = frappe.db.get_value("User", {"username": name}, ["name", "enabled"], as_dict=True)
	if not found and cint(frappe.get_system_settings("allow_login_using_mobile_number")):
		found = frappe.db.get_value("User", {"mobile_no": name}, ["name", "enabled"], as_dict=True)
	return found or None


def _password_fits(user: str, pwd: str) -> bool:
	try:
		check_password(user, pwd)
	except frappe.AuthenticationError:
		return False
	return True


class CookieManager:
	"""Cookies to send with the answer."""

	def __init__(self) -> None:
		self.cookies: dict[str, dict[str, Any]] = {}
		self.to_delete: list[str] = []

	def init_cookies(self) -> None:
		"""The session id goes to the browser."""
		sid = frappe.local.session.get("sid")
		if sid:
			lifetime_s = get_expiry_in_seconds(frappe.session.data.session_expiry)
			self.set_cookie("sid", sid, max_age=lifetime_s, httponly=True)

	def set_cookie(
		self,
		key: str,
		value: str,
		expires: Any = None,
		secure: bool = False,
		httponly: bool = False,
		samesite: str = "Lax",
		max_age: int | None = None,
	) -> None:
		"""Send `key=value`; over https only where the request came so."""
		request = getattr(frappe.local, "request", None)
		self.cookies[key] = {
			"value": value,
			"expires": expires,
			"secure": secure or bool(request and request.scheme == "https"),
			"httponly": httponly,
			"samesite": samesite,
			"max_age": max_age,
		}

	def delete_cookie(self, to_delete: str | list[str]) -> None:
		"""Let the browser drop these cookies."""
		self.to_delete.extend([to_delete] if isinstance(to_delete, str) else to_delete)

	def flush_cookies(self, response: Response) -> None:
		"""Write all of it into the answer's headers."""
		for key in set(self.to_delete):
			response.set_cookie(key, "", expires=0)
		for key, cookie in self.cookies.items():
			response.set_cookie(
				key,
				quote(str(cookie["value"] or "").encode("utf-8")),
				expires=cookie["expires"],
				secure=cookie["secure"],
				httponly=cookie["httponly"],
				samesite=cookie["samesite"],
				max_age=cookie["max_age"],
			)


@frappe.whitelist()
def get_logged_user() -> str:
	"""The user's id."""
	return str(frappe.session.user)


def clear_cookies() -> None:
	"""The browser forgets session and user."""
	if hasattr(frappe.local, "session"):
		frappe.session.sid = ""
	frappe.local.cookie_manager.delete_cookie(["full_name", "user_id", "sid", "user_image", "system_user"])


class LoginAttemptTracker:
	"""Counts failures of one key (a user or an address) in the cache and says when to refuse him."""

	def __init__(self, key: str, max_consecutive_login_attempts: int = 3, lock_interval: int = 300) -> None:
		self.key = key
		self.max_failed_logins = max_consecutive_login_attempts
		self.lock_interval = lock_interval

	@property
	def login_failed_count(self) -> int:
		return cint(frappe.cache.hget("login_failed_count", self.key))

	@property
	def login_failed_time(self) -> Any:
		return frappe.cache.hget("login_failed_time", self.key)

	def add_failure_attempt(self) -> None:
		"""One more failure; the count starts anew after the lock interval."""
		if not self.login_failed_time or self._seconds_since_failure() > self.lock_interval:
			frappe.cache.hset("login_failed_count", self.key, 1)
			frappe.cache.hset("login_failed_time", self.key, now_datetime())
		else:
			frappe.cache.hset("login_failed_count", self.key, self.login_failed_count + 1)

	def add_success_attempt(self) -> None:
		"""All is forgotten."""
		frappe.cache.hdel("login_failed_count", self.key)
		frappe.cache.hdel("login_failed_time", self.key)

	def is_user_allowed(self) -> bool:
		"""False while too many failures lie within the lock interval."""
		if self.login_failed_time and self._seconds_since_failure() < self.lock_interval:
			return self.login_failed_count <= self.max_failed_logins
		return True

	def _seconds_since_failure(self) -> float:
		failed_at = get_datetime(self.login_failed_time) or now_datetime()
		return (now_datetime() - failed_at).total_seconds()


def get_login_attempt_tracker(key: str, raise_locked_exception: bool = True) -> LoginAttemptTracker | None:
	"""The tracker of `key` as System Settings want it, or None where they want none."""
	attempts = cint(frappe.get_system_settings("allow_consecutive_login_attempts"))
	if attempts <= 0:
		return None
	interval = cint(frappe.get_system_settings("allow_login_after_fail"))
	tracker = LoginAttemptTracker(key, max_consecutive_login_attempts=attempts, lock_interval=interval)
	if raise_locked_exception and not tracker.is_user_allowed():
		frappe.throw(
			_("Your account has been locked and will resume after {0} seconds").format(interval),
			frappe.SecurityException,
		)
	return tracker


def validate_auth() -> None:
	"""Act as the user of the Authorization header, or of an app's `auth_hooks`.

	Raises
	------
	frappe.AuthenticationError
		A header was sent and made nobody known.
	"""
	scheme, _blank, rest = (frappe.get_request_header("Authorization") or "").strip().partition(" ")
	given = rest.strip()
	if given:
		validate_auth_via_api_keys(scheme, given)
	_run_auth_hooks()
	if given and frappe.session.user in ("", "Guest"):
		raise frappe.AuthenticationError


def _run_auth_hooks() -> None:
	for path in frappe.get_hooks("auth_hooks", []):
		frappe.get_attr(path)()
