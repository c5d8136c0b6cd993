"""A browser for tests: cookies, and the messages of an answer."""

import json
from typing import Any

import requests

PASSWORD = "tiny-user"
USER = "user@tiny.test"
MANAGER = "manager@tiny.test"


class Browser(requests.Session):
	"""A session that asks paths of one server and follows no redirects."""

	def __init__(self, address: str, sid: str | None = None) -> None:
		super().__init__()
		self.address = address
		if sid:
			self.cookies.set("sid", sid, domain="127.0.0.1", path="/")

	def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
		# `get` and its sisters have already said True.
		kwargs["allow_redirects"] = False
		return super().request(method, self.address + url, **{"timeout": 20, **kwargs})

	def login(self, user: str, password: str = PASSWORD) -> requests.Response:
		return self.post("/api/method/login", data={"usr": user, "pwd": password})

	def call(self, method: str, /, **arguments: Any) -> requests.Response:
		return self.post(f"/api/method/{method}", json=arguments)


def messages(response: requests.Response) -> list[dict[str, Any]]:
	"""The messages of a version 1 answer."""
	return [json.loads(entry) for entry in json.loads(response.json().get("_server_messages", "[]"))]
