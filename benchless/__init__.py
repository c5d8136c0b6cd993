"""benchless: run a Frappe app without a bench.

`activate()` makes a package `frappe` importable where none is installed. A real Frappe always wins.
"""

import sys
from pathlib import Path

LIB = Path(__file__).resolve().parent / "lib"


def activate() -> bool:
	"""`import frappe` works afterwards. True when it is benchless' own package that will be found.

	The folder is appended to the search path, never put first, so an installed Frappe hides it.
	"""
	path = str(LIB)
	if path not in sys.path:
		sys.path.append(path)
	import frappe

	return str(getattr(frappe, "__file__", "")).startswith(path)
