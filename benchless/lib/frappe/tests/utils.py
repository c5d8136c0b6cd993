"""What tests of an app lean on: a test case with a site, settings that go back, hooks of the moment."""

import copy
import datetime
import signal
import unittest
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from types import FrameType
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import frappe
from frappe.model.base_document import BaseDocument
from frappe.utils import cint, get_datetime, get_system_timezone

_TRANSACTION_WORDS = ("begin", "commit", "rollback", "savepoint", "release", "pragma")


class FrappeTestCase(unittest.TestCase):
	"""Tests of a class share one transaction, which begins after a commit and is rolled back at the end."""

	TEST_SITE = "test_site"
	ADMIN_PASSWORD: str | None = None
	SHOW_TRANSACTION_COMMIT_WARNINGS = False
	maxDiff = 10_000

	@classmethod
	def setUpClass(cls) -> None:
		cls.TEST_SITE = getattr(frappe.local, "site", None) or cls.TEST_SITE
		cls.ADMIN_PASSWORD = frappe.get_conf(cls.TEST_SITE).admin_password
		frappe.flags.in_test = True
		frappe.db.commit()
		cls.addClassCleanup(_restore_flags, copy.copy(frappe.local.flags))
		cls.addClassCleanup(_rollback)

	def assertSequenceSubset(self, larger: Any, smaller: Any, msg: Any = None) -> None:
		"""Everything in `smaller` is in `larger`."""
		self.assertTrue(set(smaller).issubset(set(larger)), msg=msg)

	def assertDocumentEqual(self, expected: Any, actual: Any) -> None:
		"""Fields of `expected` (dict or document), rows included, equal those of the document."""
		values = expected.as_dict() if isinstance(expected, BaseDocument) else dict(expected)
		for field, value in values.items():
			if not isinstance(value, list):
				self._compare_field(value, actual.get(field), actual, field)
				continue
			rows = actual.get(field)
			self.assertEqual(len(value), len(rows), msg=f"Wrong number of rows in {field}")
			for expected_row, actual_row in zip(value, rows, strict=True):
				self.assertDocumentEqual(expected_row, actual_row)

	def _compare_field(self, expected: Any, actual: Any, doc: Any, field: str) -> None:
		message = f"{field} should be same."
		if isinstance(expected, float):
			precision = doc.precision(field) or 6
			self.assertAlmostEqual(expected, actual, places=precision, msg=message)
		elif isinstance(expected, bool | int):
			self.assertEqual(expected, cint(actual), msg=message)
		elif isinstance(expected, datetime.date | datetime.timedelta) or isinstance(
			actual, datetime.date | datetime.timedelta
		):
			self.assertEqual(str(expected), str(actual), msg=message)
		else:
			self.assertEqual(expected, actual, msg=message)

	@contextmanager
	def assertQueryCount(self, count: int) -> Iterator[None]:
		"""At most `count` statements reach the database inside the block."""
		with _statements() as seen:
			yield
		self.assertLessEqual(len(seen), count, msg="Queries executed: \n" + "\n\n".join(seen))

	@contextmanager
	def set_user(self, user: str) -> Iterator[None]:
		"""Inside the block everything is done by `user`."""
		before = frappe.session.user
		try:
			frappe.set_user(user)
			yield
		finally:
			frappe.set_user(before)

	@classmethod
	@contextmanager
	def freeze_time(
		cls, time_to_freeze: Any, is_utc: bool = False, *args: Any, **kwargs: Any
	) -> Iterator[None]:
		"""Inside the block it is that time, in the site's zone unless `is_utc`."""
		from freezegun import freeze_time

		moment = get_datetime(time_to_freeze)
		if moment is not None and not is_utc:
			local_moment = moment.replace(tzinfo=ZoneInfo(get_system_timezone()))
			moment = local_moment.astimezone(datetime.timezone.utc).replace(tzinfo=None)
		with freeze_time(moment, *args, **kwargs):
			yield


@contextmanager
def _statements() -> Iterator[list[str]]:
	"""The list fills with the statements this connection runs."""
	seen: list[str] = []

	def note(statement: str) -> None:
		if not statement.lstrip().lower().startswith(_TRANSACTION_WORDS):
			seen.append(statement)

	connection = frappe.db._conn
	connection.set_trace_callback(note)
	try:
		yield seen
	finally:
		connection.set_trace_callback(None)


def _rollback() -> None:
	frappe.db.value_cache.clear()
	frappe.db.rollback()


def _restore_flags(flags: Any) -> None:
	frappe.local.flags = flags
	frappe.local.error_log = []
	frappe.local.message_log = []
	frappe.local.realtime_log = {}
	frappe.local.conf = frappe._dict(frappe.get_site_config())
	frappe.local.cache = {}
	frappe.local.lang = "en"


@contextmanager
def change_settings(
	doctype: str, settings_dict: Mapping[str, Any] | None = None, /, commit: bool = False, **settings: Any
) -> Iterator[None]:
	"""Inside the block (or decorated function) the Single has these values; afterwards its former ones."""
	wanted = settings_dict if settings_dict is not None else settings
	doc = frappe.get_doc(doctype)
	before = {key: getattr(doc, key) for key in wanted}
	try:
		_store(doctype, wanted, commit)
		yield
	finally:
		_store(doctype, before, commit)


def _store(doctype: str, values: Mapping[str, Any], commit: bool) -> None:
	doc = frappe.get_doc(doctype)
	for key, value in values.items():
		doc.set(key, value)
	doc.save(ignore_permissions=True)
	frappe.db.value_cache.clear()
	if commit:
		frappe.db.commit()


@contextmanager
def patch_hooks(overridden_hooks: Mapping[str, Any]) -> Iterator[None]:
	"""Inside the block these hooks have these values."""
	original = frappe.get_hooks

	def patched(hook: str | None = None, *args: Any, **kwargs: Any) -> Any:
		if hook is not None and hook in overridden_hooks:
			return overridden_hooks[hook]
		return original(hook, *args, **kwargs)

	with patch.object(frappe, "get_hooks", patched):
		yield


def timeout(
	seconds: int = 30, error_message: str = "Test timed out."
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
	"""The decorated test fails when it takes longer."""
	if callable(seconds):
		return timeout()(seconds)

	def decorator(func: Callable[..., Any]) -> Callable[..., Any]:
		def on_alarm(signum: int, frame: FrameType | None) -> None:
			raise Exception(error_message)

		@wraps(func)
		def wrapper(*args: Any, **kwargs: Any) -> Any:
			before = signal.signal(signal.SIGALRM, on_alarm)
			signal.alarm(seconds)
			try:
				return func(*args, **kwargs)
			finally:
				signal.alarm(0)
				signal.signal(signal.SIGALRM, before)

		return wrapper

	return decorator
