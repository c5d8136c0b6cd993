"""Users who call over HTTP with a token, in either home."""

import pytest
from callers import Client, make_user

import frappe

from sbk_mes import testing


@pytest.fixture(scope="session")
def client_for(web):
	def open_client(*roles):
		return Client(web, *make_user(*roles)) if roles else Client(web)

	return open_client


@pytest.fixture(scope="session")
def planner(client_for):
	return client_for("MES Planner")


@pytest.fixture(scope="session")
def viewer(client_for):
	return client_for("MES Viewer")


@pytest.fixture
def product():
	"""A made item with BOM, routing and a bought component, on the site for everybody."""
	item = testing.make_product()
	frappe.db.commit()
	return item
