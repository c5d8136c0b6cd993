"""Callers of the REST API, each with an API key of its own."""

import requests

import frappe


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
