"""Who hears of a plan: owners of orders that it moves far or makes late, and whoever asked for it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
from frappe.utils import cint, escape_html

from sbk_mes.planning.causes import duration
from sbk_mes.planning.facts import SCHEDULE

if TYPE_CHECKING:
	from sbk_mes.planning.propose import Effect

SHOWN = 50


def tell_owners(schedule: str, effects: "Iterable[Effect]") -> None:
	"""Each owner has one message with his orders that move beyond the threshold or become late.

	Frappe sends it by mail as well to those who want that, where the site can send mail.
	"""
	threshold = cint(frappe.db.get_single_value("MES Settings", "move_threshold_mins"))
	mine: dict[str, list[Effect]] = defaultdict(list)
	for effect in effects:
		if effect.is_newly_late or (effect.old and abs(effect.moved_mins) > threshold):
			mine[effect.order.owner].append(effect)
	for owner, theirs in sorted(mine.items()):
		theirs.sort(key=lambda effect: (not effect.is_newly_late, effect.order.name))
		late = sum(effect.is_newly_late for effect in theirs)
		tell(
			[owner],
			schedule,
			_("{0} would move {1} of your orders; {2} would become late").format(schedule, len(theirs), late),
			"<ul>" + "".join(_line(effect) for effect in theirs[:SHOWN]) + "</ul>",
		)


def tell(users: Iterable[str | None], schedule: str, subject: str, content: str | None = None) -> None:
	"""The users have a message that leads to the schedule."""
	known = {"name": ["in", sorted({user for user in users if user and user != "Guest"}) or [""]]}
	make_notification_logs(
		frappe._dict(
			type="Alert",
			document_type=SCHEDULE,
			document_name=schedule,
			subject=subject,
			email_content=content,
			from_user=frappe.session.user,
		),
		frappe.get_all("User", filters=known, pluck="email", order_by="name asc"),
	)


def _line(effect: "Effect") -> str:
	order = f"<b>{escape_html(effect.order.name)}</b>"
	cause = escape_html(effect.cause)
	if effect.is_newly_late:
		text = _("{0} would be {1} late. {2}").format(order, duration(effect.late_after_mins), cause)
		return f'<li style="color: red">{text}</li>'
	return f"<li>{order}: {cause}</li>"
