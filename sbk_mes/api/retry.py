"""Requests that the database gave up are made again, before anybody sees it."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import frappe

TRIES = 5

P = ParamSpec("P")
R = TypeVar("R")


def after_deadlock(do: Callable[P, R]) -> Callable[P, R]:
	"""`do` is the whole transaction of a request; where a deadlock has undone it, it is done again.

	Orders, balances and lists are locked in one order, but the gaps that InnoDB locks beside rows are not.
	"""

	@wraps(do)
	def tried(*args: P.args, **kwargs: P.kwargs) -> R:
		for _attempt in range(TRIES - 1):
			try:
				return do(*args, **kwargs)
			except frappe.QueryDeadlockError:
				frappe.db.rollback()
				frappe.clear_messages()
		return do(*args, **kwargs)

	return tried
