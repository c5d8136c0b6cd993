"""Expressions written by people, evaluated without reach into the system."""

from __future__ import annotations

import ast
import datetime
from collections.abc import Mapping
from typing import Any

import frappe

UNSAFE_ATTRIBUTES = frozenset(
	{
		"format",
		"format_map",
		"mro",
		"gi_frame",
		"gi_code",
		"gi_yieldfrom",
		"cr_frame",
		"cr_code",
		"ag_frame",
		"ag_code",
		"f_back",
		"f_globals",
		"f_locals",
		"f_builtins",
		"f_code",
		"tb_frame",
		"tb_next",
		"func_globals",
		"func_code",
	}
)

_BUILTINS: dict[str, Any] = {"float": float, "int": int, "long": int, "round": round}

_FORBIDDEN = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)


def get_safe_globals() -> dict[str, Any]:
	"""Names an expression may use beside its own: dates, numbers, reading of values."""
	utils = frappe._dict(
		{
			name: getattr(frappe.utils, name)
			for name in (
				"add_days",
				"add_months",
				"add_to_date",
				"cint",
				"cstr",
				"date_diff",
				"flt",
				"format_date",
				"format_datetime",
				"get_datetime",
				"get_time",
				"getdate",
				"now",
				"now_datetime",
				"nowdate",
				"rounded",
				"time_diff_in_hours",
				"time_diff_in_seconds",
				"today",
			)
		}
	)
	readers = frappe._dict(
		get_value=frappe.db.get_value,
		get_single_value=frappe.db.get_single_value,
		get_default=frappe.db.get_default,
		exists=frappe.db.exists,
		count=frappe.db.count,
		get_list=frappe.get_list,
	)
	session = frappe._dict(user=frappe.session.user)
	return {
		"frappe": frappe._dict(
			utils=utils,
			db=readers,
			session=session,
			_=frappe._,
			get_roles=frappe.get_roles,
			user=session.user,
		),
		"datetime": datetime,
		"json": frappe._dict(loads=frappe.parse_json, dumps=frappe.as_json),
		"dict": dict,
		"_": frappe._,
		**{name: utils[name] for name in ("cint", "flt", "getdate")},
	}


def safe_eval(code: str, eval_globals: Any = None, eval_locals: Mapping[str, Any] | None = None) -> Any:
	"""Value of one Python expression that sees only the given names and int, float, round.

	Raises
	------
	SyntaxError
		It is no expression, or reaches for a name that begins with an underscore.
	NameError
		A name is not known.
	"""
	tree = ast.parse(str(code).strip(), mode="eval")
	_check(tree)
	names = {**(eval_globals or {}), **(eval_locals or {}), "__builtins__": dict(_BUILTINS)}
	return eval(compile(tree, "<safe_eval>", "eval"), names)


def _check(tree: ast.AST) -> None:
	for node in ast.walk(tree):
		if isinstance(node, _FORBIDDEN):
			raise SyntaxError(f"{type(node).__name__} is not allowed in an expression")
		name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
		if name.startswith("_") and name != "_":
			raise SyntaxError(f'"{name}" is an invalid name because it starts with "_"')
		if isinstance(node, ast.Attribute) and name in UNSAFE_ATTRIBUTES:
			raise SyntaxError(f"{name} is an unsafe attribute")
