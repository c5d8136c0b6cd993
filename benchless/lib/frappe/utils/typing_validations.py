"""Arguments of whitelisted functions, converted and checked by their annotations."""

import inspect
from collections.abc import Callable
from functools import wraps
from types import UnionType
from typing import Any, ForwardRef, TypeVar, Union, get_args, get_origin

from pydantic import ConfigDict, PydanticSchemaGenerationError, TypeAdapter, ValidationError

from frappe.exceptions import FrappeTypeError

_Function = TypeVar("_Function", bound=Callable[..., Any])
_LENIENT = ConfigDict(arbitrary_types_allowed=True)
# One entry per function: parameter names by position, and the check of each annotated one.
_signatures: dict[Any, tuple[list[str], dict[str, tuple[TypeAdapter[Any], Any]]]] = {}


def validate_argument_types(func: _Function, apply_condition: Callable[[], bool] = lambda: True) -> _Function:
	"""Wrap `func` so that its annotated arguments are converted whenever `apply_condition()` holds.

	Raises
	------
	FrappeTypeError
		A value fits its annotation neither as it is nor converted.
	"""
	if not _annotated(func):
		return func

	@wraps(func)
	def checked(*args: Any, **kwargs: Any) -> Any:
		if apply_condition():
			args, kwargs = transform_parameter_types(func, args, kwargs)
		return func(*args, **kwargs)

	return checked  # type: ignore[return-value]


def transform_parameter_types(
	func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
	"""Return the same arguments with annotated ones converted ("5" becomes 5 where an int is asked)."""
	names, checks = _signature(func)
	if not checks:
		return args, kwargs
	values = list(args)
	for at, name in enumerate(names[: len(values)]):
		if name in checks:
			values[at] = _convert(func, name, values[at], checks[name])
	converted = dict(kwargs)
	for name, value in kwargs.items():
		if name in checks:
			converted[name] = _convert(func, name, value, checks[name])
	return tuple(values), converted


def qualified_name(obj: Any) -> str:
	"""The name a reader would write for a type or for the type of a value."""
	named = obj if isinstance(obj, type) or get_origin(obj) else type(obj)
	if isinstance(named, UnionType):
		named = Union[tuple(get_args(named))]  # noqa: UP007 - written the way Frappe reports it
	if isinstance(named, type) and not get_args(named):
		return named.__name__ if named.__module__ == "builtins" else f"{named.__module__}.{named.__name__}"
	return str(named)


def _convert(func: Callable[..., Any], name: str, value: Any, check: tuple[TypeAdapter[Any], Any]) -> Any:
	adapter, expected = check
	try:
		return adapter.validate_python(value)
	except ValidationError as error:
		raise FrappeTypeError(
			f"Argument '{name}' should be of type '{qualified_name(expected)}' "
			f"but got '{qualified_name(value)}' instead."
		) from error


def _annotated(func: Callable[..., Any]) -> bool:
	annotations = getattr(func, "__annotations__", {})
	return any(name != "return" and not isinstance(kind, str) for name, kind in annotations.items())


def _signature(func: Callable[..., Any]) -> tuple[list[str], dict[str, tuple[TypeAdapter[Any], Any]]]:
	known = _signatures.get(func)
	if known is None:
		known = _signatures[func] = _read_signature(func)
	return known


def _read_signature(func: Callable[..., Any]) -> tuple[list[str], dict[str, tuple[TypeAdapter[Any], Any]]]:
	names: list[str] = []
	checks: dict[str, tuple[TypeAdapter[Any], Any]] = {}
	for parameter in inspect.signature(func).parameters.values():
		if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
			continue
		if parameter.kind is not parameter.KEYWORD_ONLY:
			names.append(parameter.name)
		expected = parameter.annotation
		if expected is parameter.empty or not _is_usable(expected):
			continue
		if expected is bool:
			# Forms and queries send 0 and 1; they arrive as numbers.
			expected = int | bool | float
		accepted = expected
		if parameter.default is not parameter.empty:
			accepted = Union[expected, type(parameter.default)]  # noqa: UP007 - built at run time
		try:
			checks[parameter.name] = (_adapter(accepted), expected)
		except PydanticSchemaGenerationError:
			continue
	return names, checks


def _is_usable(annotation: Any) -> bool:
	"""False for annotations kept as text: nobody can tell which class they meant."""
	if isinstance(annotation, str | ForwardRef):
		return False
	if get_origin(annotation) in (Union, UnionType):
		return not any(isinstance(part, str | ForwardRef) for part in get_args(annotation))
	return True


def _adapter(expected: Any) -> TypeAdapter[Any]:
	try:
		return TypeAdapter(expected, config=_LENIENT)
	except Exception as error:
		if getattr(error, "code", None) == "type-adapter-config-unused":
			return TypeAdapter(expected)
		raise
