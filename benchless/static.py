"""Files sent as they are: `/assets/<app>/…` from the apps' `public` folders, `/files/…` of a site."""

import functools
import gzip
import importlib.util
import mimetypes
import os
import re
from typing import Final

from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join
from werkzeug.utils import send_file
from werkzeug.wrappers import Request, Response

# `board-4f2a9c1e.js`, `main.4f2a9c1e.css`: a new content gets a new name.
_HASHED: Final = re.compile(
	r"[-.](?=[\w-]*(?:\d|[A-Z][\w-]*[A-Z]))(?:[\w-]{8}|[0-9a-f]{8,}|[0-9A-Z]{8,})\.[a-z0-9]+(?:\.map)?$"
)
_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_SHARED: Final = "public, max-age=43200"
_TEXT: Final = (".css", ".html", ".js", ".json", ".map", ".mjs", ".svg", ".txt", ".webmanifest", ".xml")
_LEAST_TO_COMPRESS: Final = 1024
# What a browser would run as a page of this site.
_ACTIVE: Final = (".htm", ".html", ".svg", ".xhtml", ".xml")
_ONLY_GET: Final = ("GET", "HEAD")


def asset(request: Request) -> Response | None:
	"""The file of an app's `public` folder `/assets/<app>/…` names; None for any other address."""
	if not request.path.startswith("/assets/") or request.method not in _ONLY_GET:
		return None
	app, _slash, rest = request.path[len("/assets/") :].partition("/")
	folder = _public_folder(app)
	path = safe_join(folder, rest) if folder and rest else None
	if not path or not os.path.isfile(path):
		return NotFound().get_response(request.environ)
	response = _compressed(request, path) or send_file(path, request.environ, conditional=True)
	response.headers["Cache-Control"] = _FOREVER if _HASHED.search(os.path.basename(path)) else _ASK_AGAIN
	return response


def public_file(request: Request, site_path: str) -> Response | None:
	"""The public file of a site `/files/…` names; None for any other address."""
	if not request.path.startswith("/files/") or request.method not in _ONLY_GET:
		return None
	path = safe_join(
		os.path.join(os.path.abspath(site_path), "public", "files"), request.path[len("/files/") :]
	)
	if not path or not os.path.isfile(path):
		return NotFound().get_response(request.environ)
	response = send_file(path, request.environ, conditional=True)
	response.headers["Cache-Control"] = _SHARED
	guard(response, path)
	return response


def guard(response: Response, path: str) -> None:
	"""An uploaded page is stored by the browser, not run as one of ours."""
	response.headers["X-Content-Type-Options"] = "nosniff"
	if os.path.splitext(path)[1].lower() in _ACTIVE:
		response.headers.set("Content-Disposition", "attachment", filename=os.path.basename(path))


def _compressed(request: Request, path: str) -> Response | None:
	stat = os.stat(path)
	if (
		not path.endswith(_TEXT)
		or stat.st_size < _LEAST_TO_COMPRESS
		or not request.accept_encodings["gzip"]
		or request.range
	):
		return None
	response = Response(
		_gzip(path, stat.st_mtime_ns, stat.st_size), mimetype=mimetypes.guess_type(path)[0] or "text/plain"
	)
	response.headers["Content-Encoding"] = "gzip"
	response.headers["Vary"] = "Accept-Encoding"
	response.last_modified = stat.st_mtime  # type: ignore[assignment]
	response.set_etag(f"{stat.st_mtime_ns:x}-{stat.st_size:x}-gzip")
	return response.make_conditional(request.environ)


@functools.lru_cache(maxsize=128)
def _gzip(path: str, changed_ns: int, size: int) -> bytes:
	with open(path, "rb") as file:
		return gzip.compress(file.read(), compresslevel=6, mtime=0)


@functools.lru_cache(maxsize=64)
def _public_folder(app: str) -> str | None:
	if not app.isidentifier():
		return None
	found = importlib.util.find_spec(app)
	if found is None or not found.submodule_search_locations:
		return None
	folder = os.path.join(next(iter(found.submodule_search_locations)), "public")
	return folder if os.path.isdir(folder) else None
