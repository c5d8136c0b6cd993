"""Calling what a controller and the apps' hooks have to say about an event."""

from collections.abc import Callable
from typing import Any

import frappe


def handlers_of(doctype: str, event: str) -> list[Callable[..., Any]]:
	"""Functions the hooks `doc_events` name for the event: the DocType's own, then those for all DocTypes."""
	known: dict[tuple[str, str], list[Callable[..., Any]]] | None = getattr(
		frappe.local, "event_handlers", None
	)
	if known is None or frappe.local.doc_events_hooks is None:
		known = frappe.local.event_handlers = {}
	found = known.get((doctype, event))
	if found is None:
		hooks = frappe.get_doc_hooks()
		names = [*hooks.get(doctype, {}).get(event, ()), *hooks.get("*", {}).get(event, ())]
		found = known[(doctype, event)] = [frappe.get_attr(name) for name in names]
	return found


def has_handlers(doc: Any, event: str) -> bool:
	return hasattr(doc, event) or bool(handlers_of(doc.doctype, event))


def run(doc: Any, event: str, *args: Any, **kwargs: Any) -> Any:
	"""Runs the controller method and the hooks. Dict results are merged, else the last not None counts."""
	method = getattr(doc, event, None)
	result = method(*args, **kwargs) if callable(method) else None
	for handler in handlers_of(doc.doctype, event):
		answer = handler(doc, event, *args, **kwargs)
		if isinstance(answer, dict) and isinstance(result, dict):
			result = {**result, **answer}
		elif answer is not None:
			result = answer
	return result
