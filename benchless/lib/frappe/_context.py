"""What belongs to one request, job or test: the site, its configuration, database and session."""

import hashlib
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.local import Local, LocalProxy, release_local

from benchless import redis

if TYPE_CHECKING:
	from typing_extensions import Self

local = Local()


class _dict(dict[str, Any]):
	"""A dict read by attribute too; a missing attribute is None. Nested dicts stay plain."""

	__slots__ = ()

	def __getattr__(self, key: str) -> Any:
		if key.startswith("__") and key.endswith("__"):
			raise AttributeError(key)
		return self.get(key)

	def __setattr__(self, key: str, value: Any) -> None:
		self[key] = value

	def __delattr__(self, key: str) -> None:
		self.pop(key, None)

	def __getstate__(self) -> None:
		return None

	def update(self, *args: Any, **kwargs: Any) -> "Self":  # type: ignore[override]
		super().update(*args, **kwargs)
		return self

	def copy(self) -> "_dict":
		return _dict(self)


def get_common_site_config(sites_path: str | None = None) -> _dict:
	"""The settings all sites of the folder share (`common_site_config.json`), {} without the file."""
	return _read_config(os.path.join(sites_path or _sites_path(), "common_site_config.json"))


def get_site_config(sites_path: str | None = None, site_path: str | None = None) -> _dict:
	"""Common settings overlaid by the site's own, with the Redis addresses that are in force."""
	sites_path = sites_path or _sites_path()
	site_path = site_path or getattr(local, "site_path", None)
	folders = [os.path.abspath(folder) for folder in (sites_path, site_path) if folder]
	files = [os.path.join(*pair) for pair in zip(folders, _CONFIG_FILES, strict=False)]
	state = (*map(_state_of, files), os.environ.get("REDIS_URL"))
	known = _configs.get(tuple(folders))
	if known is None or known[0] != state:
		known = _configs[tuple(folders)] = (state, _merged_config(sites_path, site_path))
	return known[1].copy()


def _merged_config(sites_path: str, site_path: str | None) -> _dict:
	config = get_common_site_config(sites_path)
	if site_path:
		config.update(_read_config(os.path.join(site_path, "site_config.json")))
	config.update(redis.addresses(sites_path, config))
	config.setdefault("db_type", "sqlite")
	config.setdefault("db_name", _db_name(site_path) if site_path else None)
	return config


_CONFIG_FILES = ("common_site_config.json", "site_config.json")
# What each folder's files said, as long as they stay as they are: every request asks.
_configs: dict[tuple[str, ...], tuple[tuple[Any, ...], _dict]] = {}


def _state_of(path: str) -> tuple[int, int] | None:
	try:
		stat = os.stat(path)
	except FileNotFoundError:
		return None
	return stat.st_mtime_ns, stat.st_size


def _db_name(site_path: str) -> str:
	"""Tells this site from every other one that may share its Redis."""
	return "_" + hashlib.sha256(os.path.abspath(site_path).encode()).hexdigest()[:16]


def _read_config(path: str) -> _dict:
	try:
		with open(path, encoding="utf-8") as file:
			return _dict(json.load(file))
	except FileNotFoundError:
		return _dict()


def _sites_path() -> str:
	return str(getattr(local, "sites_path", None) or ".")


def get_conf(site: str | None = None) -> _dict:
	"""Configuration of the site in use, or of `site` when none is."""
	if hasattr(local, "conf"):
		return local.conf  # type: ignore[no-any-return]
	return get_site_config(site_path=os.path.join(_sites_path(), site) if site else None)


def init(site: str | None, sites_path: str = ".", new_site: bool = False, force: bool = False) -> None:
	"""Everything on `frappe.local` is fresh and belongs to `site`. A second call needs `force`."""
	if getattr(local, "initialised", None):
		if not force:
			return
		destroy()
	from frappe.query_builder import get_query_builder

	local.site = site
	local.site_name = site
	local.sites_path = sites_path
	local.site_path = os.path.join(sites_path, site) if site else None
	local.conf = get_site_config(sites_path, local.site_path)
	local.db = None
	local.primary_db = None
	local.replica_db = None
	local.qb = get_query_builder(local.conf.db_type)
	local.flags = _dict(
		in_install=False,
		in_migrate=False,
		in_patch=False,
		in_import=False,
		in_test=False,
		in_fixtures=False,
		mute_messages=False,
		mute_emails=False,
		ignore_links=False,
		new_site=new_site,
		currently_saving=[],
		redirect_location="",
		read_only=False,
	)
	local.message_log = []
	local.error_log = []
	local.debug_log = []
	local.response = _dict(docs=[])
	local.request = None
	local.request_ip = None
	local.request_cache = {}
	local.form_dict = _dict()
	local.session = _dict(user=None, sid=None, data=_dict())
	local.user = None
	local.user_perms = None
	local.job = _dict()
	local.task_id = None
	local.lang = local.conf.lang or "en"
	local.preload_assets = {"style": [], "script": []}
	local.cache = {}
	local.document_cache = {}
	local.new_doc_templates = {}
	local.role_permissions = {}
	local.meta_cache = {}
	local.doc_events_hooks = None
	local.valid_columns = {}
	local.realtime_log = {}
	local.locked_documents = []
	local.system_settings = _dict()
	local.dev_server = bool(os.environ.get("DEV_SERVER"))
	local.initialised = True


def connect(site: str | None = None, db_name: str | None = None, set_admin_as_user: bool = True) -> None:
	"""The site's database is open on `frappe.db`; outside requests the user is Administrator."""
	from frappe.database import get_db

	if site:
		init(site)
	local.db = get_db()
	local.primary_db = local.db
	if set_admin_as_user:
		set_user("Administrator")


def destroy() -> None:
	"""The database is closed and nothing of the request remains."""
	if getattr(local, "db", None):
		local.db.close()
	release_local(local)


def set_user(username: str) -> None:
	"""Everything from here on is done by `username`; caches that depend on the user are empty."""
	local.session.user = username
	local.session.sid = username
	local.session.data = _dict()
	local.cache = {}
	local.form_dict = _dict()
	local.role_permissions = {}
	local.new_doc_templates = {}
	local.user_perms = None


def _bound(name: str) -> Any:
	return LocalProxy(local, name)


db: Any = _bound("db")
qb: Any = _bound("qb")
conf: Any = _bound("conf")
form: Any = _bound("form_dict")
form_dict: Any = _bound("form_dict")
request: Any = _bound("request")
job: Any = _bound("job")
response: Any = _bound("response")
session: Any = _bound("session")
user: Any = _bound("user")
flags: Any = _bound("flags")
error_log: Any = _bound("error_log")
debug_log: Any = _bound("debug_log")
message_log: Any = _bound("message_log")
lang: Any = _bound("lang")


def _cache_connection() -> Any:
	"""The Redis client of the current site's cache, one per address and process."""
	from frappe.utils.redis_wrapper import RedisWrapper

	config: Mapping[str, Any] = getattr(local, "conf", {})
	address = config.get("redis_cache") or redis.addresses(_sites_path())["redis_cache"]
	if address not in _cache_connections:
		_cache_connections[address] = RedisWrapper.from_url(address)
	return _cache_connections[address]


_cache_connections: dict[str, Any] = {}

cache: Any = LocalProxy(_cache_connection)


def get_site_path(*joins: str) -> str:
	"""Path inside the folder of the site in use."""
	return os.path.join(local.site_path, *joins)
