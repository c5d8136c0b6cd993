"""Waiting without guessing: conditions with a deadline."""

import time
from collections.abc import Callable


def until(condition: Callable[[], object], what: str, seconds: float = 20.0) -> None:
	"""Return once `condition()` is true; fail with `what` when it is not in time."""
	end = time.monotonic() + seconds
	while not condition():
		assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
		time.sleep(0.02)
