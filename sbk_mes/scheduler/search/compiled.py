"""Kernels are compiled by numba where it is installed, and stay ordinary Python where it is not."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

try:
	import numba
except ImportError:
	numba = None

F = TypeVar("F", bound=Callable[..., Any])

COMPILED: bool = numba is not None and not numba.config.DISABLE_JIT
NOTE = "numba is not installed: the search ran as plain Python, about a hundred times slower"


def cache_folder() -> Path:
	"""Where compiled kernels are kept: one folder per user and per state of these sources.

	numba looks at the file of a function alone when it asks whether its cache is stale; a kernel takes in
	those of other files, so the folder is named after all of them.
	"""
	digest = hashlib.sha256()
	for path in sorted(Path(__file__).parent.glob("*.py")):
		digest.update(path.read_bytes())
	home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
	if not os.access(home if os.path.isdir(home) else os.path.dirname(home), os.W_OK):
		home = os.path.join(tempfile.gettempdir(), f"cache-{os.getuid()}")
	return Path(home) / "sbk_mes" / "kernels" / digest.hexdigest()[:16]


FOLDER = str(cache_folder()) if COMPILED else ""


def compiled(function: F) -> F:
	"""The same function, compiled at its first call, without the GIL, from the cache where it is there."""
	if not COMPILED:
		return function
	before = numba.config.CACHE_DIR
	numba.config.CACHE_DIR = FOLDER
	try:
		return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
	finally:
		numba.config.CACHE_DIR = before
