"""The filters of each board as a user left them."""

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _
from frappe.defaults import get_user_default, set_user_default

from sbk_mes.board.next_up import RESOURCE_FILTERS
from sbk_mes.exceptions import ListError
from sbk_mes.orders import listing

KNOWN = {
	"orders": (listing.ORDER_FILTERS, listing.ORDER_SEARCHES),
	"progress": (listing.ORDER_FILTERS, listing.ORDER_SEARCHES),
	"machines": (RESOURCE_FILTERS, ()),
}


def save(board: str, filters: Mapping[str, Any]) -> dict[str, Any]:
	"""The user finds these filters again; none clears them. ListError for a board or filter nobody knows."""
	fields, special = _known(board)
	listing.split(filters, fields, special)
	kept = {name: value for name, value in filters.items() if value not in (None, "", [])}
	set_user_default(_key(board), frappe.as_json(kept, indent=None))
	return kept


def get(board: str) -> dict[str, Any]:
	"""The filters that the user saved last; what a later version no longer knows is left out."""
	fields, special = _known(board)
	kept = frappe.parse_json(get_user_default(_key(board)) or "{}")
	return {name: value for name, value in kept.items() if name in (*fields, *special)}


def _known(board: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
	if board not in KNOWN:
		frappe.throw(_("There is no board {0}. Known: {1}.").format(board, ", ".join(KNOWN)), ListError)
	return KNOWN[board]


def _key(board: str) -> str:
	return f"mes_filters_{board}"
