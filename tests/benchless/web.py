"""A browser for tests: cookies, and the messages of an answer."""

import json
from typing import Any

import requests

PASSWORD = "tiny-user"
USER = "user@tiny.test"
MANAGER = "manager@tiny.test"


class Browser(requests.Session):
	"""A session that asks paths of one server and follows no redirects."""

	def __init__(self, address: str) -> None:
		super().__init__()
		self.address = address

	def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
		kwargs.setdefault("allow_redirects", False)
		kwargs.setdefault("timeout", 20)
		return super().request(method, self.address + url, **kwargs)

	def login(self, user: str, password: str = PASSWORD) -> requests.Response:
		return self.post("/api/method/login", data={"usr": user, "pwd": password})

	def call(self, method: str, **arguments: Any) -> requests.Response:
		return self.post(f"/api/method/{method}", json=arguments)


def messages(response: requests.Response) -> list[dict[str, Any]]:
	"""The messages of a version 1 answer."""
	return [json.loads(entry) for entry in json.loads(response.json().get("_server_messages", "[]"))]
