"""The web process: gunicorn with threads around `frappe.app.application`."""

import errno
import importlib
import os
import socket
from collections.abc import Iterable
from typing import Any

from gunicorn.app.base import BaseApplication

from benchless.site import apps

WORKERS = 2
THREADS = 4
KEEPALIVE_S = 75  # as web servers in front of a bench do: who asks again soon finds the connection open
TIMEOUT_S = 120
GRACEFUL_TIMEOUT_S = 4


class PortInUse(RuntimeError):
	"""Another program listens there; the message says what to do."""


def run(
	host: str, port: int, *, site: str | None = None, workers: int = WORKERS, threads: int = THREADS
) -> None:
	"""Serve the sites folder we are in until SIGTERM or SIGINT; with `site`, that one for every host name."""
	check_port(host, port)
	WebServer(host, port, site, workers, threads).run()


def check_port(host: str, port: int) -> None:
	"""Nobody listens on the port.

	Raises
	------
	PortInUse
		Somebody does.
	"""
	family = socket.AF_INET6 if ":" in host else socket.AF_INET
	with socket.socket(family) as probe:
		probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		try:
			probe.bind((host, port))
		except OSError as error:
			if error.errno != errno.EADDRINUSE:
				raise
			raise PortInUse(
				f"Port {port} on {host} is in use by another program. "
				"Stop it, or choose another port with --port."
			) from error


class WebServer(BaseApplication):  # type: ignore[misc]
	"""gunicorn, set up in code."""

	def __init__(self, host: str, port: int, site: str | None, workers: int, threads: int) -> None:
		self.site = site
		self.options = {
			"bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
			"workers": workers,
			"threads": threads,
			"worker_class": "gthread",
			"timeout": TIMEOUT_S,
			"graceful_timeout": GRACEFUL_TIMEOUT_S,
			"keepalive": KEEPALIVE_S,
			"preload_app": True,
			"loglevel": "warning",
			"proc_name": "benchless-web",
			"control_socket_disable": True,
		}
		super().__init__()

	def load_config(self) -> None:
		for name, value in self.options.items():
			if name in self.cfg.settings:  # older gunicorns lack some
				self.cfg.set(name, value)

	def load(self) -> Any:
		import frappe.app

		frappe.app._site = self.site
		frappe.app._sites_path = os.curdir
		import_ahead(apps(os.curdir))
		return frappe.app.application


def import_ahead(names: Iterable[str]) -> None:
	"""The modules an app names in its hook `server_modules` are imported, once for all processes to come.

	Without it the first request of each process would wait for what it needs of them.
	"""
	for app in names:
		for module in getattr(importlib.import_module(f"{app}.hooks"), "server_modules", ()):
			importlib.import_module(module)
