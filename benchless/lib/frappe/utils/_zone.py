"""The site's time zone and its clock."""

from __future__ import annotations

import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from frappe._context import local
from frappe.utils._settings import system_setting

DATE_FORMAT = "%Y-%m-%d"
TIME_FORMAT = "%H:%M:%S.%f"
DATETIME_FORMAT = f"{DATE_FORMAT} {TIME_FORMAT}"


def get_system_timezone() -> str:
	"""Name of the site's time zone: System Settings, else the site's configuration, else UTC."""
	zone = system_setting("time_zone")
	if not zone:
		conf = getattr(local, "conf", None) or {}
		zone = conf.get("time_zone") or "UTC"
	return str(zone)


@lru_cache(maxsize=32)
def _zone(name: str) -> ZoneInfo:
	try:
		return ZoneInfo(name)
	except (ZoneInfoNotFoundError, ValueError):
		return ZoneInfo("UTC")


def site_zone() -> ZoneInfo:
	"""The site's time zone; UTC when its name is unknown."""
	return _zone(get_system_timezone())


def now_datetime() -> datetime.datetime:
	"""This moment on the site's clock, without zone."""
	return datetime.datetime.now(site_zone()).replace(tzinfo=None)


def now() -> str:
	"""This moment on the site's clock as text with microseconds."""
	return now_datetime().strftime(DATETIME_FORMAT)


def nowdate() -> str:
	"""The site's date as text."""
	return now_datetime().strftime(DATE_FORMAT)


def today() -> str:
	"""The site's date as text."""
	return nowdate()


def nowtime() -> str:
	"""The site's time of day as text."""
	return now_datetime().strftime(TIME_FORMAT)


def convert_utc_to_timezone(utc_timestamp: datetime.datetime, time_zone: str) -> datetime.datetime:
	"""A UTC moment in `time_zone`, aware of it."""
	return utc_timestamp.replace(tzinfo=datetime.timezone.utc).astimezone(_zone(time_zone))


def convert_utc_to_system_timezone(utc_timestamp: datetime.datetime) -> datetime.datetime:
	"""A UTC moment in the site's zone, aware of it."""
	return convert_utc_to_timezone(utc_timestamp, get_system_timezone())


def get_datetime_in_timezone(time_zone: str) -> datetime.datetime:
	"""This moment in `time_zone`, aware of it."""
	return datetime.datetime.now(_zone(time_zone))
