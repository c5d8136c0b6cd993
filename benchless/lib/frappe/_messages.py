"""Messages to the person in front, and the errors that carry them."""

import html
import traceback
from typing import Any, NoReturn

from frappe._context import _dict, local
from frappe._values import as_json, generate_hash
from frappe.exceptions import ValidationError


def _(msg: str, lang: str | None = None, context: str | None = None) -> str:
	"""`msg` in the reader's language, or as it stands when there is no translation."""
	lang = lang or getattr(local, "lang", None) or "en"
	if lang == "en":
		return str(msg).strip()
	from frappe.translate import get_all_translations

	translations = get_all_translations(lang)
	text = str(msg).strip()
	if context and (found := translations.get(f"{text}:{context}")):
		return str(found)
	return str(translations.get(text) or text)


class _LazyTranslation:
	"""Text translated when it is shown, not when the module is imported."""

	def __init__(self, msg: str, lang: str | None = None, context: str | None = None) -> None:
		self._args = (msg, lang, context)

	def __str__(self) -> str:
		return _(*self._args)

	def __repr__(self) -> str:
		return repr(str(self))

	def __eq__(self, other: object) -> bool:
		return str(self) == str(other)

	def __hash__(self) -> int:
		return hash(self._args)

	def __add__(self, other: object) -> str:
		return f"{self}{other}"

	def __radd__(self, other: object) -> str:
		return f"{other}{self}"

	def format(self, *args: Any, **kwargs: Any) -> str:
		return str(self).format(*args, **kwargs)


def _lt(msg: str, lang: str | None = None, context: str | None = None) -> _LazyTranslation:
	"""Like `_`, but looked up each time the text is used; for module-level constants."""
	return _LazyTranslation(msg, lang, context)


def msgprint(
	msg: Any,
	title: str | None = None,
	raise_exception: "bool | type[BaseException] | BaseException" = False,
	as_table: bool = False,
	as_list: bool = False,
	indicator: str | None = None,
	alert: bool = False,
	primary_action: Any = None,
	is_minimizable: bool = False,
	wide: bool = False,
	*,
	realtime: bool = False,
) -> None:
	"""The message goes out with the answer (at once with `realtime`); `raise_exception` stops the work."""
	entry = _dict(message=msg)
	if as_list and isinstance(msg, list | tuple):
		entry.as_list = 1
	if as_table and isinstance(msg, list | tuple):
		entry.as_table = 1
	entry.title = title or _("Message")
	if indicator or raise_exception:
		entry.indicator = indicator or "red"
	if alert:
		entry.alert = 1
	if primary_action:
		entry.primary_action = primary_action
	if is_minimizable:
		entry.is_minimizable = is_minimizable
	if wide:
		entry.wide = wide
	error: BaseException | None = None
	if raise_exception:
		entry.raise_exception = 1
		error = _as_error(raise_exception, msg)
		exception_id = generate_hash()
		entry["__frappe_exc_id"] = exception_id
		error.__frappe_exc_id = exception_id  # type: ignore[attr-defined]
	if realtime:
		from frappe.realtime import publish_realtime

		publish_realtime(event="msgprint", message=dict(entry))
	elif error is not None or not local.flags.mute_messages:
		local.message_log.append(entry)
	if error is not None:
		raise error


def _as_error(kind: "bool | type[BaseException] | BaseException", msg: Any) -> BaseException:
	if isinstance(kind, BaseException):
		return kind
	if isinstance(kind, type) and issubclass(kind, BaseException):
		return kind(msg)
	return ValidationError(msg)


def throw(
	msg: Any,
	exc: "type[BaseException] | BaseException" = ValidationError,
	title: str | None = None,
	is_minimizable: bool = False,
	wide: bool = False,
	as_list: bool = False,
	primary_action: Any = None,
) -> NoReturn:
	"""Records the message and raises `exc(msg)`."""
	msgprint(
		msg,
		raise_exception=exc,
		title=title,
		indicator="red",
		is_minimizable=is_minimizable,
		wide=wide,
		as_list=as_list,
		primary_action=primary_action,
	)
	raise AssertionError("msgprint raises")


def clear_messages() -> None:
	local.message_log = []


def clear_last_message() -> None:
	if local.message_log:
		local.message_log = local.message_log[:-1]


def get_message_log() -> list[_dict]:
	return [_dict(entry) for entry in local.message_log]


def errprint(msg: Any) -> None:
	"""Adds text to the debugging output that accompanies an error answer."""
	local.error_log.append({"exc": msg if isinstance(msg, str) else as_json(msg)})


def log(msg: Any) -> None:
	"""Adds text to the request's debugging notes."""
	local.debug_log.append(msg if isinstance(msg, str) else as_json(msg))


def bold(text: Any) -> str:
	return f"<strong>{text}</strong>"


def get_traceback(with_context: bool = False) -> str:
	"""The error being handled as text, '' when there is none."""
	text = traceback.format_exc()
	return "" if text.strip() == "NoneType: None" else text


def _strip_html_tags(message: str) -> str:
	from frappe.utils import strip_html_tags

	return html.unescape(strip_html_tags(message))
