"""HTML from people, made harmless."""

from __future__ import annotations

import html as markup
import json
import re
from typing import Any

import nh3

_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")

_ATTRIBUTES = {
	"*": {
		"class",
		"id",
		"style",
		"title",
		"dir",
		"lang",
		"align",
		"valign",
		"width",
		"height",
		"data-doctype",
		"data-name",
		"data-value",
		"data-id",
		"data-row",
		"data-list",
		"data-language",
		"data-denotation-char",
		"data-is-group",
		"data-index",
		"data-comment",
		"contenteditable",
	},
	"a": {"href", "target", "name"},
	"img": {"src", "alt", "srcset"},
	"td": {"colspan", "rowspan"},
	"th": {"colspan", "rowspan", "scope"},
	"ol": {"start", "type"},
	"li": {"value"},
	"input": {"type", "checked", "disabled", "value", "name"},
	"video": {"src", "controls", "poster"},
	"source": {"src", "type"},
	"table": {"border", "cellpadding", "cellspacing"},
	"col": {"span"},
}
_TAGS = nh3.ALLOWED_TAGS | {
	"font",
	"section",
	"header",
	"footer",
	"main",
	"nav",
	"video",
	"source",
	"input",
	"label",
	"button",
	"small",
	"big",
	"strike",
	"u",
}
_SCHEMES = {"http", "https", "mailto", "tel", "data", "ftp"}


def sanitize_html(
	html: Any, linkify: bool = False, always_sanitize: bool = False, disallowed_tags: list[str] | None = None
) -> Any:
	"""`html` without scripts, event handlers and dangerous addresses; text without tags and JSON stay.

	Addresses are not made links, whatever `linkify` asks.
	"""
	if not isinstance(html, str):
		return html
	if not always_sanitize and (not _TAG.search(html) or is_json(html)):
		return html
	return nh3.clean(
		html,
		tags=_TAGS - set(disallowed_tags or ()),
		attributes=_ATTRIBUTES,
		url_schemes=_SCHEMES,
		link_rel=None,
		strip_comments=True,
	)


def clean_html(html: Any) -> Any:
	"""`html` with only the plainest tags left."""
	if not isinstance(html, str):
		return html
	plain = {
		"div",
		"p",
		"br",
		"ul",
		"ol",
		"li",
		"strong",
		"b",
		"em",
		"i",
		"u",
		"a",
		"table",
		"thead",
		"tbody",
	}
	return nh3.clean(html, tags=plain | {"tr", "td", "th"}, attributes={"a": {"href"}}, link_rel=None)


def is_json(text: str) -> bool:
	"""True for JSON text."""
	try:
		json.loads(text)
	except ValueError:
		return False
	return True


def unescape_html(value: str) -> str:
	"""Text of escaped HTML."""
	return markup.unescape(value or "")
