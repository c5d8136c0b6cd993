"""`frappe.cache`: Redis with the site's prefix on every key and pickled values.

Values and hashes are a cache in the strict sense: with Redis away they read as missing and writing does
nothing. Lists and sets hold data somebody waits for, so there the error is raised.
"""

import pickle
from collections.abc import Callable
from typing import Any

import redis
from redis.exceptions import ConnectionError, TimeoutError

import frappe

_AWAY = (ConnectionError, TimeoutError)
_plain: Any = redis.Redis  # its commands, without types that only fit a client that decodes


class RedisWrapper(redis.Redis):
	"""The cache of the current site. What was read once in a request is not asked for again."""

	def __call__(self) -> "RedisWrapper":
		return self

	def connected(self) -> bool:
		"""True when Redis answers."""
		try:
			return bool(self.ping())
		except _AWAY:
			return False

	def make_key(self, key: Any, user: str | bool | None = None, shared: bool = False) -> bytes:
		"""The key as Redis knows it. `user=True` means the current user; `shared` leaves the site out."""
		if shared:
			return _encoded(key)
		if user:
			key = f"user:{frappe.session.user if user is True else user}:{_text(key)}"
		return f"{frappe.conf.db_name}|{_text(key)}".encode()

	# values

	def set_value(
		self,
		key: Any,
		val: Any,
		user: str | bool | None = None,
		expires_in_sec: int | None = None,
		shared: bool = False,
	) -> None:
		"""`key` holds `val`, for `expires_in_sec` seconds when given."""
		name = self.make_key(key, user, shared)
		if not expires_in_sec:
			_local()[name] = val
		try:
			self.set(name, pickle.dumps(val), ex=expires_in_sec or None)
		except _AWAY:
			return

	def get_value(
		self,
		key: Any,
		generator: Callable[[], Any] | None = None,
		user: str | bool | None = None,
		expires: bool = False,
		shared: bool = False,
	) -> Any:
		"""The value, else what `generator` gives, which is then kept. `expires`: always ask Redis."""
		name = self.make_key(key, user, shared)
		local = _local()
		if not expires and name in local:
			return local[name]
		value = self._load(name)
		if value is None and generator and not expires:
			value = generator()
			self.set_value(key, value, user=user, shared=shared)
		elif value is not None and not expires:
			local[name] = value
		return value

	def _load(self, name: bytes) -> Any:
		try:
			raw: Any = self.get(name)
		except _AWAY:
			return None
		return None if raw is None else pickle.loads(raw)

	def get_all(self, key: str) -> dict[str, Any]:
		"""Values of all keys that begin with `key`, by their names without the site's prefix."""
		prefix = self.make_key("")
		return {name[len(prefix) :].decode(): self._load(name) for name in self.get_keys(key)}

	def get_keys(self, key: str) -> list[bytes]:
		"""Full names of this site's keys that begin with `key`."""
		start = self.make_key(key)
		try:
			return list(self.scan_iter(match=_escaped(start) + b"*", count=1000))
		except _AWAY:
			return [name for name in _local() if isinstance(name, bytes) and name.startswith(start)]

	def exists(self, *names: Any, user: str | bool | None = None, shared: bool = False) -> int:
		"""How many of the keys are there."""
		try:
			return int(_plain.exists(self, *(self.make_key(name, user, shared) for name in names)))
		except _AWAY:
			return 0

	def delete_keys(self, key: str) -> None:
		"""This site's keys that begin with `key` are gone."""
		self.delete_value(self.get_keys(key), make_keys=False)

	def delete_key(self, *args: Any, **kwargs: Any) -> None:
		"""Another name of `delete_value`."""
		self.delete_value(*args, **kwargs)

	def delete_value(
		self,
		keys: Any,
		user: str | bool | None = None,
		make_keys: bool = True,
		shared: bool = False,
	) -> None:
		"""The key, or each of the keys, is gone here and in Redis."""
		listed = list(keys) if isinstance(keys, list | tuple | set) else [keys]
		names = [self.make_key(key, user, shared) for key in listed] if make_keys else listed
		if not names:
			return
		for name in names:
			_local().pop(name, None)
		try:
			self.delete(*names)
		except _AWAY:
			return

	# hashes

	def hset(  # type: ignore[override]
		self, name: Any, key: Any, value: Any, shared: bool = False, *args: Any, **kwargs: Any
	) -> None:
		"""Field `key` of hash `name` holds `value`. A None for name or key is ignored."""
		if key is None or name is None:
			return
		full = self.make_key(name, shared=shared)
		_local_hash(full)[_text(key)] = value
		try:
			_plain.hset(self, full, _text(key), pickle.dumps(value))
		except _AWAY:
			return

	def hget(
		self, name: Any, key: Any, generator: Callable[[], Any] | None = None, shared: bool = False
	) -> Any:
		"""Field `key` of hash `name`, else what `generator` gives, which is then kept."""
		if not name or key is None:
			return None
		full = self.make_key(name, shared=shared)
		local = _local_hash(full)
		field = _text(key)
		if field in local:
			return local[field]
		try:
			raw = _plain.hget(self, full, field)
		except _AWAY:
			raw = None
		value = None if raw is None else pickle.loads(raw)
		if value is not None:
			local[field] = value
		elif generator:
			value = generator()
			self.hset(name, key, value, shared=shared)
		return value

	def hgetall(self, name: Any) -> dict[bytes, Any]:
		"""The whole hash; field names are bytes."""
		try:
			found: Any = _plain.hgetall(self, self.make_key(name))
		except _AWAY:
			return {_encoded(key): value for key, value in _local_hash(self.make_key(name)).items()}
		return {key: pickle.loads(value) for key, value in found.items()}

	def hexists(self, name: Any, key: Any, shared: bool = False) -> bool:
		"""True when the hash has the field."""
		if key is None or not name:
			return False
		try:
			return bool(_plain.hexists(self, self.make_key(name, shared=shared), _text(key)))
		except _AWAY:
			return False

	def hdel(  # type: ignore[override]
		self, name: Any, keys: Any, shared: bool = False, pipeline: Any = None
	) -> None:
		"""The field, or each of the fields, is gone from the hash."""
		fields = [_text(key) for key in (keys if isinstance(keys, list | tuple | set) else [keys])]
		full = self.make_key(name, shared=shared)
		for field in fields:
			_local_hash(full).pop(field, None)
		if not fields:
			return
		if pipeline is not None:
			pipeline.hdel(full, *fields)
			return
		try:
			_plain.hdel(self, full, *fields)
		except _AWAY:
			return

	def hdel_keys(self, name_starts_with: str, key: Any) -> None:
		"""Field `key` is gone from every hash of this site whose name begins so."""
		for full in self.get_keys(name_starts_with):
			self.hdel(full[len(self.make_key("")) :], key)

	def hkeys(self, name: Any) -> list[bytes]:
		"""The field names of the hash."""
		try:
			return list(_plain.hkeys(self, self.make_key(name)))
		except _AWAY:
			return [_encoded(key) for key in _local_hash(self.make_key(name))]

	# lists and sets

	def lpush(self, key: Any, *values: Any) -> int:
		return int(_plain.lpush(self, self.make_key(key), *values))

	def rpush(self, key: Any, *values: Any) -> int:
		return int(_plain.rpush(self, self.make_key(key), *values))

	def lpop(self, key: Any) -> Any:  # type: ignore[override]
		return _plain.lpop(self, self.make_key(key))

	def rpop(self, key: Any) -> Any:  # type: ignore[override]
		return _plain.rpop(self, self.make_key(key))

	def llen(self, key: Any) -> int:
		return int(_plain.llen(self, self.make_key(key)))

	def lrange(self, key: Any, start: int, stop: int) -> list[bytes]:
		return list(_plain.lrange(self, self.make_key(key), start, stop))

	def ltrim(self, key: Any, start: int, stop: int) -> Any:
		return _plain.ltrim(self, self.make_key(key), start, stop)

	def sadd(self, name: Any, *values: Any) -> Any:
		return _plain.sadd(self, self.make_key(name), *values)

	def srem(self, name: Any, *values: Any) -> Any:
		return _plain.srem(self, self.make_key(name), *values)

	def sismember(self, name: Any, value: Any) -> bool:  # type: ignore[override]
		return bool(_plain.sismember(self, self.make_key(name), value))

	def smembers(self, name: Any) -> set[bytes]:
		return set(_plain.smembers(self, self.make_key(name)))

	def spop(self, name: Any) -> Any:  # type: ignore[override]
		return _plain.spop(self, self.make_key(name))

	def srandmember(self, name: Any, count: int | None = None) -> Any:
		return _plain.srandmember(self, self.make_key(name), count)


def _local() -> dict[Any, Any]:
	cache: dict[Any, Any] | None = getattr(frappe.local, "cache", None)
	if cache is None:
		cache = frappe.local.cache = {}
	return cache


def _local_hash(name: bytes) -> dict[str, Any]:
	fields = _local().setdefault(name, {})
	return fields if isinstance(fields, dict) else {}


def _text(key: Any) -> str:
	return key.decode() if isinstance(key, bytes) else str(key)


def _encoded(key: Any) -> bytes:
	return _text(key).encode()


def _escaped(name: bytes) -> bytes:
	return b"".join(b"\\" + bytes([char]) if char in b"*?[]\\" else bytes([char]) for char in name)
