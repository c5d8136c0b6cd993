"""Limits on how often a function may be called, and on the time a site may spend on requests."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from werkzeug.wrappers import Response

import frappe
from frappe import _
from frappe.utils import cint


def apply() -> None:
	"""Count this request against the site's `rate_limit`, where site_config sets one.

	Raises
	------
	frappe.TooManyRequestsError
		The window's time is used up.
	"""
	rate_limit = frappe.conf.get("rate_limit")
	if rate_limit:
		frappe.local.rate_limiter = RateLimiter(rate_limit["limit"], rate_limit["window"])
		frappe.local.rate_limiter.apply()


def update() -> None:
	"""The time this request took is counted."""
	if getattr(frappe.local, "rate_limiter", None):
		frappe.local.rate_limiter.update()


def respond() -> Response:
	"""The answer to a request beyond the limit."""
	return Response(_("Too Many Requests"), status=429)


class RateLimiter:
	"""Processing time of one site in windows of `window` seconds, `limit` seconds each; kept in the cache."""

	def __init__(self, limit: float, window: int) -> None:
		self.limit = int(limit * 1_000_000)
		self.window = window
		self.started_at = time.perf_counter()
		now_s = time.time()
		self.window_number = int(now_s) // window
		self.reset = window - int(now_s) % window
		self.key = f"rate-limit-counter-{self.window_number}"
		self.counter = cint(frappe.cache.get_value(self.key, expires=True))
		self.remaining = max(self.limit - self.counter, 0)
		self.rejected = False
		self.duration: int | None = None

	def apply(self) -> None:
		"""Raise TooManyRequestsError when nothing remains of the window."""
		if self.counter > self.limit:
			self.rejected = True
			raise frappe.TooManyRequestsError

	def update(self) -> None:
		"""The window's counter grew by the time of this request."""
		self.record_request_end()
		counted = cint(frappe.cache.get_value(self.key, expires=True)) + int(self.duration or 0)
		frappe.cache.set_value(self.key, counted, expires_in_sec=self.window)

	def record_request_end(self) -> None:
		"""The duration is fixed, in microseconds."""
		if self.duration is None:
			self.duration = int((time.perf_counter() - self.started_at) * 1_000_000)

	def headers(self) -> dict[str, str]:
		"""What a client may know about the limit."""
		self.record_request_end()
		known = {
			"X-RateLimit-Reset": str(self.reset),
			"X-RateLimit-Limit": str(self.limit),
			"X-RateLimit-Remaining": str(self.remaining),
		}
		if self.rejected:
			known["Retry-After"] = str(self.reset)
		else:
			known["X-RateLimit-Used"] = str(self.duration)
		return known


def rate_limit(
	key: str | None = None,
	limit: int | Callable[[], int] = 5,
	seconds: int = 24 * 60 * 60,
	methods: str | list[str] = "ALL",
	ip_based: bool = True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
	"""At most `limit` calls in `seconds` by one address, or for one value of the form field `key`.

	Raises
	------
	frappe.RateLimitExceededError
		On the call after the last allowed one.
	"""

	def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
		@wraps(function)
		def limited(*args: Any, **kwargs: Any) -> Any:
			if _applies(methods):
				_count(function, key, limit, seconds, ip_based)
			return function(*args, **kwargs)

		return limited

	return decorate


def _applies(methods: str | list[str]) -> bool:
	request = getattr(frappe.local, "request", None)
	if not request:
		return False
	wanted = [methods] if isinstance(methods, str) else methods
	return "ALL" in wanted or request.method in [method.upper() for method in wanted]


def _count(
	function: Callable[..., Any],
	key: str | None,
	limit: int | Callable[[], int],
	seconds: int,
	ip_based: bool,
) -> None:
	address = frappe.local.request_ip if ip_based else None
	value = frappe.form_dict.get(key, "") if key else None
	identity = ":".join(part for part in (address, value) if part)
	if not identity:
		frappe.throw(_("Either key or IP flag is required."))
	command = frappe.form_dict.get("cmd") or f"{function.__module__}.{function.__qualname__}"
	counter = frappe.cache.make_key(f"rl:{command}:{identity}")
	allowed = limit() if callable(limit) else limit
	if not frappe.cache.get(counter):
		frappe.cache.setex(counter, seconds, 0)
	if cint(frappe.cache.incrby(counter, 1)) > allowed:
		frappe.throw(
			_("You hit the rate limit because of too many requests. Please try after sometime."),
			frappe.RateLimitExceededError,
		)
