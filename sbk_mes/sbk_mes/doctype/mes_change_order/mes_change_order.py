import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, fmt_money, now_datetime

from sbk_mes import events, workflow_guard
from sbk_mes.exceptions import ChangeStateError, SelfApprovalError
from sbk_mes.orders import alerts, apply_change, change_effect, changing, leaving
from sbk_mes.orders.fields import find_difference
from sbk_mes.rules.change_rows import SCRAP
from sbk_mes.rules.snapshot import canonical
from sbk_mes.rules.states import CHANGE_ORDER, DRAFT, SUBMITTED, WITHDRAWN

EVENT_OF_ACTION = {
	"Submit for Approval": "change-requested",
	"Approve": "change-approved",
	"Reject": "change-rejected",
	"Withdraw": "change-withdrawn",
	"Mark Stale": "change-stale",
	"Apply": "change-finished",
}
ASKED = ("work_order", "title", "reason", "scrap_reason", "note", "requested_by", "effect_from", "from_op_no")
LINE = ("target", "action", "row_name", "row_label", "field", "after", "disposition")


class MESChangeOrder(Document):
	"""A wish to change a running work order: asked for by one person, decided by another, then as it is."""

	def before_insert(self):
		self.requested_by = frappe.session.user
		self.decided_by = self.decided_at = self.decision_note = None

	def validate(self):
		self.flags.move = workflow_guard.check(self, CHANGE_ORDER)
		self.workflow_state = self.workflow_state or DRAFT
		stored = self.get_doc_before_save()
		order = frappe.get_doc("MES Work Order", self.work_order)
		if stored is None or stored.workflow_state == DRAFT:
			self.prepare(order)
		else:
			self.validate_is_unchanged()
		if self.flags.move:
			self.check_move(order)

	def before_update_after_submit(self):
		self.flags.move = workflow_guard.check(self, CHANGE_ORDER)
		self.validate_is_unchanged()
		if self.flags.move:
			self.check_move(frappe.get_doc("MES Work Order", self.work_order))

	def before_cancel(self):
		workflow_guard.check(self, CHANGE_ORDER)

	def on_update(self):
		if self.docstatus == 0:
			self.tell_what_happened()

	def on_submit(self):
		self.tell_what_happened()

	def on_update_after_submit(self):
		if self.flags.move and self.flags.move.action == "Apply":
			apply_change.apply(self)
		self.tell_what_happened()

	def on_trash(self):
		if self.workflow_state not in (None, DRAFT, WITHDRAWN):
			frappe.throw(
				_("{0} is {1}; its record stays.").format(self.name, _(self.workflow_state)), ChangeStateError
			)

	def prepare(self, order):
		"""The draft fits the order as it is now and shows what would differ."""
		if self.flags.move and self.flags.move.target == WITHDRAWN:
			return
		changing.validate_order_can_change(order)
		changing.validate_is_only_one(self)
		changing.set_values_before(self, order)
		after = changing.get_plan_after(order, changing.get_lines(self), changing.get_point(self))
		found = changing.get_differences(order, after)
		self.title = self.title or _("Change of {0}").format(order.name)
		self.effect = canonical(changing.tell(found))
		if after["leaving_as"] == SCRAP:
			leaving.check_scrap_reason(self.scrap_reason)
		self.derived = canonical(change_effect.derive(order, changing.get_plan(order), after))
		self.impact_value = changing.get_impact(order, found)
		self.base_hash, self.base_version = order.snapshot_hash, order.snapshot_version

	def check_move(self, order):
		action = self.flags.move.action
		if action in ("Approve", "Reject"):
			self.validate_decider()
			self.decided_by, self.decided_at = frappe.session.user, now_datetime()
		if action == "Approve":
			self.validate_level()
		if action == "Apply":
			self.applied_by, self.applied_at = frappe.session.user, now_datetime()
			self.applied_version = cint(order.snapshot_version) + 1
		if action in ("Submit for Approval", "Approve", "Apply"):
			changing.validate_order_can_change(order)
			changing.validate_is_not_stale(self, order)
		if action == "Mark Stale" and not changing.is_stale(self, order):
			frappe.throw(
				_("{0} still fits {1}; decide or withdraw it.").format(self.name, order.name),
				ChangeStateError,
			)

	def validate_decider(self):
		if frappe.session.user in (self.owner, self.requested_by):
			frappe.throw(
				_("{0} was asked for by {1}. Another person decides.").format(self.name, self.requested_by),
				SelfApprovalError,
			)

	def validate_level(self):
		"""Raise PermissionError when the change moves more money than the user's roles may approve."""
		levels = frappe.get_cached_doc("MES Settings").change_levels
		passed = [level for level in levels if flt(self.impact_value) > flt(level.above_value)]
		level = max(passed, key=lambda level: flt(level.above_value), default=None)
		if level and level.role not in frappe.get_roles():
			frappe.throw(
				_("{0} moves {1}. Above {2} a change is approved by {3}.").format(
					self.name, fmt_money(self.impact_value), fmt_money(level.above_value), _(level.role)
				),
				frappe.PermissionError,
			)

	def validate_is_unchanged(self):
		"""Only a draft is edited; what was asked for stays as it was asked."""
		stored = self.get_doc_before_save()
		known = {row.name: row for row in stored.lines}
		is_same = find_difference(self, stored, ASKED) is None and {row.name for row in self.lines} == set(
			known
		)
		if not is_same or any(find_difference(row, known[row.name], LINE) for row in self.lines):
			frappe.throw(
				_("{0} is {1} and can no longer be edited. Withdraw it and raise a new one.").format(
					self.name, _(stored.workflow_state)
				),
				ChangeStateError,
			)

	def tell_what_happened(self):
		if self.flags.move:
			events.record(
				self.work_order,
				EVENT_OF_ACTION[self.flags.move.action],
				before={"change_state": self.flags.move.source},
				after={"change_state": self.workflow_state, "lines": frappe.parse_json(self.effect)},
				reference=(self.doctype, self.name),
			)
			self.alert_deciders()

	def alert_deciders(self):
		"""Who may decide on a change that was asked for just now has a message, but for who asked."""
		if self.flags.move.target == SUBMITTED:
			people = alerts.get_holders(CHANGE_ORDER.roles_for(SUBMITTED, "Approve"))
			text = _("{0} waits for a decision: {1}").format(self.name, self.title)
			alerts.tell(people - {self.owner, self.requested_by}, text, self.doctype, self.name)
