"""pytest enters here: the app's home is opened before any test module imports frappe."""

import sys

import homes
import pytest

if not homes.is_for_pure_tests(sys.argv[1:]):
	homes.open_home()  # here, because the conftest files below import frappe before any hook runs


def pytest_unconfigure(config):
	homes.close_home()


def pytest_report_header(config):
	return f"home: {homes.describe()}"


@pytest.fixture(autouse=True)
def _fresh_user(request):
	"""Each test begins as Administrator in a clean transaction and leaves nothing uncommitted behind."""
	if not homes.is_open():
		yield
		return
	import frappe

	frappe.set_user("Administrator")
	yield
	frappe.db.rollback()
	frappe.set_user("Administrator")


@pytest.fixture(scope="session")
def home():
	"""The open home: its web server, workers and separate processes."""
	return homes.current()


@pytest.fixture(scope="session")
def web(home):
	"""Address of a web server of this home."""
	with home.web() as url:
		yield url


@pytest.fixture
def worker(home):
	"""A worker process of this home, gone after the test."""
	with home.worker() as process:
		yield process
