"""Sessions: rows of `tabSessions`, one per login, found again by the `sid` cookie."""

import datetime
import json
from urllib.parse import unquote

import frappe
from frappe import _
from frappe.core.doctype.activity_log.activity_log import add_authentication_log
from frappe.utils import add_to_date, cint, cstr, get_datetime, now, now_datetime
from frappe.utils._settings import system_setting

_TOUCH_AFTER_S = 600
_DEFAULT_EXPIRY = "170:00"
# The session and what every request wants to know of its user, in one go.
_FIND = """select s.user, s.sessiondata, s.lastupdate,
	u.enabled, u.user_type, u.first_name, u.last_name, u.user_image, u.language
	from `tabSessions` s join `tabUser` u on u.name = s.user where s.sid = %s"""


class Session:
	"""The session of this request: resumed from its cookie, newly made for a login, or Guest's."""

	def __init__(
		self,
		user: str | None,
		resume: bool = False,
		full_name: str | None = None,
		user_type: str | None = None,
	) -> None:
		request = getattr(frappe.local, "request", None)
		cookie = request.cookies.get("sid") if request else None
		self.sid = cstr(frappe.form_dict.pop("sid", None) or unquote(cookie or "Guest"))
		self.user = user
		self.user_type = user_type
		self.full_name = full_name
		self.data: frappe._dict = frappe._dict(data=frappe._dict())
		self.stored_at: datetime.datetime | None = None
		self.user_info: frappe._dict | None = None
		frappe.local.session = self.data
		if resume:
			self.resume()
		elif user:
			self.start()

	def start(self) -> None:
		"""A new session of `self.user` is stored and committed; Guests are never stored."""
		guest = self.user == "Guest"
		self.sid = "Guest" if guest else frappe.generate_hash()
		self.data.user, self.data.sid = self.user, self.sid
		self.data.data.update(user=self.user, session_ip=frappe.local.request_ip)
		if guest:
			return
		self.data.data.update(
			last_updated=now(),
			session_expiry=get_expiry_period(),
			full_name=self.full_name,
			user_type=self.user_type,
		)
		self._insert()
		frappe.db.set_value(
			"User",
			self.user,
			{"last_login": now(), "last_ip": frappe.local.request_ip, "last_active": now()},
			update_modified=False,
		)
		frappe.db.commit()

	def _insert(self) -> None:
		row = (
			self.user,
			self.sid,
			json.dumps(self.data.data, default=str),
			frappe.local.request_ip,
			self.data.data.last_updated,
			"Active",
		)
		frappe.db.sql("insert into `tabSessions` values (%s, %s, %s, %s, %s, %s)", row)

	def resume(self) -> None:
		"""The stored session of this `sid` is the current one; a dead or unknown one makes a Guest."""
		record = self.get_session_record() if self.sid != "Guest" else None
		if record is None:
			if self.sid != "Guest":
				frappe.response["session_expired"] = 1
			self.start_as_guest()
			return
		self.data.update(user=record.user, sid=self.sid, data=record.data)
		self.user = record.user
		frappe.local.user = None

	def start_as_guest(self) -> None:
		"""This request is Guest's."""
		self.user = "Guest"
		self.start()

	def get_session_record(self) -> frappe._dict | None:
		"""User and data of this `sid`, or None when it is unknown, has expired, or its user was disabled."""
		rows = frappe.db.sql(_FIND, (self.sid,), as_dict=True)
		if not rows:
			return None
		found = rows[0]
		data = frappe._dict(json.loads(found.sessiondata))
		updated = get_datetime(found.lastupdate) or now_datetime()
		age_s = (now_datetime() - updated).total_seconds()
		if not found.enabled or age_s > get_expiry_in_seconds(data.session_expiry):
			delete_session(self.sid, reason="Session Expired")
			frappe.db.commit()
			return None
		self.stored_at, self.user_info = updated, found
		return frappe._dict(user=found.user, data=data)

	def update(self, force: bool = False) -> bool:
		"""Note that the session is alive, at most every ten minutes. True when something was committed."""
		if frappe.session.user == "Guest" or self.sid == "Guest" or self.data.sid != self.sid:
			return False
		if not force and (self.stored_at is None or _is_young(self.stored_at)):
			return False
		self.stored_at = now_datetime()
		self.data.data.last_updated = cstr(self.stored_at)
		frappe.db.sql(
			"update `tabSessions` set sessiondata = %s, lastupdate = %s where sid = %s",
			(json.dumps(self.data.data, default=str), self.stored_at, self.sid),
		)
		frappe.db.set_value("User", self.user, "last_active", self.stored_at, update_modified=False)
		frappe.db.commit()
		return True


def _is_young(moment: datetime.datetime) -> bool:
	return bool((now_datetime() - moment).total_seconds() < _TOUCH_AFTER_S)


def get_expiry_period() -> str:
	"""How long a session lives untouched, as `hours:minutes` (System Settings)."""
	period = cstr(system_setting("session_expiry") or _DEFAULT_EXPIRY)
	return period if period.count(":") else f"{period}:00"


def get_expiry_in_seconds(expiry: str | None = None) -> int:
	"""The same period in seconds."""
	parts = cstr(expiry or get_expiry_period()).split(":")
	return cint(parts[0]) * 3600 + cint(parts[1]) * 60 + (cint(parts[2]) if len(parts) > 2 else 0)


def get_expired_threshold() -> str:
	"""Sessions untouched since before this moment are dead."""
	return cstr(add_to_date(now_datetime(), seconds=-get_expiry_in_seconds()))


def clear_expired_sessions() -> None:
	"""No dead session is stored any more."""
	rows = frappe.db.sql("select sid from `tabSessions` where lastupdate < %s", (get_expired_threshold(),))
	for (sid,) in rows:
		delete_session(sid, reason="Session Expired")


def clear_sessions(user: str | None = None, keep_current: bool = False, force: bool = False) -> None:
	"""All sessions of `user` are gone, but for the current one with `keep_current`."""
	reason = "Force Logged out by the user" if force else "Logged In From Another Session"
	for sid in get_sessions_to_clear(user, keep_current, force):
		delete_session(sid, reason=reason)


def get_sessions_to_clear(
	user: str | None = None, keep_current: bool = False, force: bool = False
) -> list[str]:
	"""Session ids of `user`, newest kept as far as `simultaneous_sessions` allows unless forced."""
	user = user or frappe.session.user
	rows = frappe.db.sql("select sid from `tabSessions` where user = %s order by lastupdate desc", (user,))
	sids = [sid for (sid,) in rows if not (keep_current and sid == frappe.session.sid)]
	if force:
		return sids
	allowed = cint(frappe.db.get_value("User", user, "simultaneous_sessions")) or 1
	return sids[allowed - 1 if keep_current else allowed :]


def delete_session(sid: str | None = None, user: str | None = None, reason: str = "Session Expired") -> None:
	"""This session is gone; with `user` given that is on record."""
	frappe.db.sql("delete from `tabSessions` where sid = %s", (sid,))
	if user:
		name = frappe.db.get_value("User", user, "full_name") or user
		add_authentication_log(_("{0} logged out: {1}").format(name, _(reason)), user, operation="Logout")


@frappe.whitelist()
def clear(user: str | None = None) -> None:
	"""Drop the caches this user sees."""
	frappe.local.session_obj.update(force=True)
	frappe.clear_cache(user=frappe.session.user)
	frappe.response["message"] = _("Cache Cleared")


def get_csrf_token() -> str:
	"""The token this session's unsafe requests must carry from now on; made at first use."""
	if not frappe.local.session.data.csrf_token:
		generate_csrf_token()
	return cstr(frappe.local.session.data.csrf_token)


def generate_csrf_token() -> None:
	"""The session has a new token, stored at once."""
	frappe.local.session.data.csrf_token = frappe.generate_hash()
	if not frappe.flags.in_test and getattr(frappe.local, "session_obj", None):
		frappe.local.session_obj.update(force=True)
