"""Decorators that remember what a function answered: for a request, a process or the site."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any, TypeVar

import frappe

F = TypeVar("F", bound=Callable[..., Any])

_MISSING = object()
_processes: dict[Any, dict[Any, tuple[float, Any]]] = {}
"""Answers of `site_cache`d functions: by site and function, then by arguments."""


def _key(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
	try:
		key = (args, tuple(sorted(kwargs.items())))
		hash(key)
	except TypeError:
		return None
	return key


def request_cache(func: F) -> F:
	"""Each answer is kept until the request, job or test ends."""

	@functools.wraps(func)
	def wrapper(*args: Any, **kwargs: Any) -> Any:
		caches = getattr(frappe.local, "request_cache", None)
		key = _key(args, kwargs)
		if caches is None or key is None:
			return func(*args, **kwargs)
		known = caches.setdefault(func, {})
		if key not in known:
			known[key] = func(*args, **kwargs)
		return known[key]

	def clear_cache() -> None:
		(getattr(frappe.local, "request_cache", None) or {}).pop(func, None)

	wrapper.clear_cache = clear_cache  # type: ignore[attr-defined]
	return wrapper  # type: ignore[return-value]


def site_cache(ttl: Any = None, maxsize: int | None = None) -> Any:
	"""Each answer is kept in this process, per site, for `ttl` seconds (forever without)."""
	if callable(ttl):
		return site_cache()(ttl)

	def decorate(func: F) -> F:
		name = f"{func.__module__}.{func.__qualname__}"

		@functools.wraps(func)
		def wrapper(*args: Any, **kwargs: Any) -> Any:
			key = _key(args, kwargs)
			if key is None or not getattr(frappe.local, "initialised", None):
				return func(*args, **kwargs)
			known = _processes.setdefault((frappe.local.site, name), {})
			until, answer = known.get(key, (0.0, _MISSING))
			if answer is not _MISSING and (ttl is None or until > time.monotonic()):
				return answer
			answer = func(*args, **kwargs)
			if maxsize and len(known) >= maxsize:
				known.pop(next(iter(known)))
			known[key] = (time.monotonic() + (ttl or 0), answer)
			return answer

		def clear_cache() -> None:
			for place in [place for place in _processes if place[1] == name]:
				del _processes[place]

		wrapper.clear_cache = clear_cache  # type: ignore[attr-defined]
		return wrapper  # type: ignore[return-value]

	return decorate


def redis_cache(ttl: Any = 3600, user: str | bool | None = None, shared: bool = False) -> Any:
	"""Each answer is kept in Redis for `ttl` seconds; per user when `user`, for all sites when `shared`."""
	if callable(ttl):
		return redis_cache()(ttl)

	def decorate(func: F) -> F:
		prefix = f"{func.__module__}.{func.__qualname__}"

		@functools.wraps(func)
		def wrapper(*args: Any, **kwargs: Any) -> Any:
			key = f"{prefix}::{_key(args, kwargs)!r}"
			owner = frappe.session.user if user is True else user or None
			answer = frappe.cache.get_value(key, user=owner, shared=shared)
			if answer is not None:
				return answer
			answer = func(*args, **kwargs)
			frappe.cache.set_value(key, answer, expires_in_sec=ttl, user=owner, shared=shared)
			return answer

		def clear_cache() -> None:
			frappe.cache.delete_keys(prefix)

		wrapper.clear_cache = clear_cache  # type: ignore[attr-defined]
		wrapper.ttl = ttl  # type: ignore[attr-defined]
		return wrapper  # type: ignore[return-value]

	return decorate
