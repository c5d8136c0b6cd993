"""Requests per second of the REST API for list, read and create, in one home or two side by side.

    python benchmarks/rest.py URL
    python benchmarks/rest.py URL_A URL_B    prints the ratio A / B of the same run

Log in as a user who may write customers (`--user`, `--password`). Rounds alternate between the servers, so
that a machine whose speed drifts treats both alike. The created customers are deleted again.
"""

import argparse
import statistics
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests

ROUNDS = 5


class Server:
	def __init__(self, url: str, user: str, password: str):
		self.url = url.rstrip("/")
		self.session = requests.Session()
		self.session.post(
			f"{self.url}/api/method/login", data={"usr": user, "pwd": password}
		).raise_for_status()
		self.created: list[str] = []

	def create(self) -> None:
		name = f"Bench {uuid.uuid4().hex}"
		reply = self.session.post(f"{self.url}/api/resource/MES Customer", json={"customer_name": name})
		reply.raise_for_status()
		self.created.append(name)

	def read(self) -> None:
		self.session.get(f"{self.url}/api/resource/MES Customer/{self.created[0]}").raise_for_status()

	def list(self) -> None:
		parameters = {
			"fields": '["name","customer_name","is_vip","modified"]',
			"order_by": "creation desc",
			"limit_page_length": 20,
		}
		reply = self.session.get(f"{self.url}/api/resource/MES Customer", params=parameters)
		reply.raise_for_status()

	def clean(self) -> None:
		for name in self.created:
			self.session.delete(f"{self.url}/api/resource/MES Customer/{name}")


def rate(act: Callable[[], None], count: int, clients: int) -> float:
	"""Requests per second of `clients` callers sharing `count` requests."""
	began = time.perf_counter()
	with ThreadPoolExecutor(clients) as pool:
		for done in [pool.submit(act) for _ in range(count)]:
			done.result()
	return count / (time.perf_counter() - began)


def main() -> None:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("urls", nargs="+")
	parser.add_argument("--user", default="Administrator")
	parser.add_argument("--password", default="admin")
	parser.add_argument("--count", type=int, default=100, help="requests per round")
	parser.add_argument("--clients", type=int, default=4)
	args = parser.parse_args()
	servers = [Server(url, args.user, args.password) for url in args.urls]
	try:
		for server in servers:
			for _warm_up in range(25):
				server.create()
				server.list()
		print(f"{args.clients} clients, median of {ROUNDS} rounds of {args.count} requests")
		for verb in ("list", "read", "create"):
			rates: list[list[float]] = [[] for _server in servers]
			for _round in range(ROUNDS):
				for server, column in zip(servers, rates, strict=True):
					column.append(rate(getattr(server, verb), args.count, args.clients))
			medians = [statistics.median(column) for column in rates]
			line = f"{verb:8}" + "".join(f"{value:10.0f}/s" for value in medians)
			if len(medians) == 2:
				line += f"   ratio {medians[0] / medians[1]:.2f}"
			print(line, flush=True)
	finally:
		for server in servers:
			server.clean()


if __name__ == "__main__":
	main()
