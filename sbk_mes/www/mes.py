"""The first page at /mes: sales-order lines that wait, and the work orders made from them."""

import frappe
from frappe import _
from frappe.sessions import get_csrf_token
from frappe.utils import now

from sbk_mes.rules.states import WORK_ORDER

no_cache = 1

TEXTS = [
	"All",
	"Bring in a sales order, then its lines appear here.",
	"Closed",
	"Completed",
	"Convert {0} lines",
	"Convert the ticked lines",
	"Created {0}, skipped {1}, failed {2}",
	"Customer",
	"Cannot reach the server. Trying again.",
	"Converting in the background: {0} of {1} lines",
	"Due",
	"Events of {0}",
	"for stock",
	"Item",
	"Late",
	"Log out",
	"material short",
	"No work orders match.",
	"No work orders yet. Tick lines above and convert them.",
	"Nothing waits to be converted.",
	"Open",
	"Order",
	"Ordered",
	"Quantity",
	"Sales-order lines to convert",
	"Search order, item or customer",
	"Start",
	"Status",
	"Tick line {0}",
	"Type",
	"Work orders",
	"{0} lines",
	"{0} orders",
	"More",
	"Close",
	*(node.name for node in WORK_ORDER.nodes),
]


def get_context(context):
	if frappe.session.user != "Guest":
		context.csrf_token = get_csrf_token()
		frappe.db.commit()  # a GET is rolled back, the token must stay
	context.no_cache = 1
	context.lang = frappe.local.lang or "en"
	context.boot = frappe.as_json(
		{
			"user": frappe.session.user,
			"full_name": frappe.db.get_value("User", frappe.session.user, "full_name"),
			"texts": {text: _(text) for text in TEXTS},
			"csrf_token": context.csrf_token or "",
			"now": now()[:19],
		},
		indent=None,
	).replace("<", "\\u003c")
	return context
