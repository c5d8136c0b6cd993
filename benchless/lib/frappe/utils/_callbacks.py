"""One-shot callbacks of a transaction."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any


class CallbackManager:
	"""Runs functions once, in the order they were added."""

	__slots__ = ("_functions",)

	def __init__(self) -> None:
		self._functions: deque[Callable[[], Any]] = deque()

	def add(self, func: Callable[[], Any]) -> None:
		"""`func` runs with the next `run`."""
		self._functions.append(func)

	def run(self) -> None:
		"""Every function ran once and is forgotten, those added meanwhile too."""
		while self._functions:
			self._functions.popleft()()

	def reset(self) -> None:
		"""All are forgotten."""
		self._functions.clear()
