"""Kernels are compiled by numba where it is installed, and stay ordinary Python where it is not."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar


def _load_numba() -> Any:
	"""numba, None where it is not installed.

	Importing it fails beside a coverage before 7, which Frappe's own test requirements bring along; numba
	needs none, so such a coverage is out of sight meanwhile.
	"""
	is_old = find_spec("coverage") is not None and find_spec("coverage.types") is None
	hidden = sys.modules.get("coverage")
	if is_old:
		sys.modules["coverage"] = None  # type: ignore[assignment]
	try:
		return import_module("numba")
	except ImportError:
		return None
	finally:
		if is_old:
			del sys.modules["coverage"]
			if hidden is not None:
				sys.modules["coverage"] = hidden


numba = _load_numba()

F = TypeVar("F", bound=Callable[..., Any])

COMPILED: bool = numba is not None and not numba.config.DISABLE_JIT
NOTE = "numba is not installed: the search ran as plain Python, about a hundred times slower"


def cache_folder(sources: Path = Path(__file__).parent) -> Path:
	"""Where compiled kernels are kept: one folder per user, interpreter and state of these sources.

	numba looks at the file of a function alone when it asks whether its cache is stale; a kernel takes in
	those of other files, so the folder is named after all of them. It also compiles anew for another place,
	another time stamp or another interpreter, so these are part of the name too: what is ready in a folder is
	ready for whoever looks there.
	"""
	digest = hashlib.sha256(f"{sys.version} {getattr(numba, '__version__', '')}".encode())
	for path in sorted(sources.glob("*.py")):
		digest.update(f"{path} {path.stat().st_mtime_ns}".encode() + path.read_bytes())
	home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
	if not os.access(home if os.path.isdir(home) else os.path.dirname(home), os.W_OK):
		home = os.path.join(tempfile.gettempdir(), f"cache-{os.getuid()}")
	return Path(home) / "sbk_mes" / "kernels" / digest.hexdigest()[:16]


FOLDER = str(cache_folder()) if COMPILED else ""


def compiled(function: F) -> F:
	"""The same function, compiled at its first call, without the GIL, from the cache where it is there.

	It takes arrays and makes none: counting who refers to the arrays that it hands on would take most of the
	time of a short kernel.
	"""
	return _compiled(function, _nrt=False)


def compiled_with_arrays(function: F) -> F:
	"""As `compiled`, for a function that makes arrays, or is handed one that its callee has made."""
	return _compiled(function, _nrt=True)


def _compiled(function: F, **options: bool) -> F:
	if not COMPILED:
		return function
	before = numba.config.CACHE_DIR
	numba.config.CACHE_DIR = FOLDER
	try:
		return numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function)
	finally:
		numba.config.CACHE_DIR = before
