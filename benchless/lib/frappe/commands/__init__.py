"""What an app's own commands are built with, the same here as under `bench --site`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

import frappe
from frappe.exceptions import SiteNotSpecifiedError


def pass_context(f: Callable[..., Any]) -> Callable[..., Any]:
	"""The command gets a dict first: `sites` (chosen by --site), `force`, `verbose`, `profile`."""

	@wraps(f)
	def with_context(ctx: click.Context, *args: Any, **kwargs: Any) -> Any:
		return f(frappe._dict(ctx.obj), *args, **kwargs)

	return click.pass_context(with_context)


def get_site(context: Any, raise_err: bool = True) -> str | None:
	"""The first site that was chosen.

	Raises
	------
	frappe.SiteNotSpecifiedError
		None was, and `raise_err` is set.
	"""
	if context.sites:
		return str(context.sites[0])
	if raise_err:
		raise SiteNotSpecifiedError
	return None
