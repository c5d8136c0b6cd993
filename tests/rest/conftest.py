"""Users who call over HTTP with a token, in either home."""

import pytest
import requests

import frappe

from sbk_mes import testing


class Client:
	"""A caller of the REST API with an API key of its own and no cookies."""

	def __init__(self, url, user=None, keys=None):
		self.url, self.user = url, user
		self.http = requests.Session()
		self.http.headers["Accept"] = "application/json"
		if keys:
			self.http.headers["Authorization"] = f"token {keys[0]}:{keys[1]}"

	def get(self, path, **parameters):
		return self.http.get(f"{self.url}/api/{path}", params=parameters, timeout=60)

	def post(self, path, body=None, **options):
		return self.http.post(f"{self.url}/api/{path}", json=body, timeout=60, **options)

	def put(self, path, body):
		return self.http.put(f"{self.url}/api/{path}", json=body, timeout=60)

	def delete(self, path):
		return self.http.delete(f"{self.url}/api/{path}", timeout=60)

	def act(self, doctype, name, action):
		"""Frappe's own workflow button."""
		return self.post(
			"method/frappe.model.workflow.apply_workflow",
			{"doc": frappe.as_json({"doctype": doctype, "name": name}), "action": action},
		)


def make_user(*roles):
	user = frappe.get_doc(
		{
			"doctype": "User",
			"email": f"{frappe.generate_hash(length=10)}@example.com",
			"first_name": "Test",
			"send_welcome_email": 0,
			"roles": [{"role": role} for role in roles],
		}
	).insert(ignore_permissions=True)
	user.api_key = frappe.generate_hash(length=15)
	user.api_secret = frappe.generate_hash(length=15)
	secret = user.api_secret
	user.save(ignore_permissions=True)
	frappe.db.commit()
	return user.name, (user.api_key, secret)


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
