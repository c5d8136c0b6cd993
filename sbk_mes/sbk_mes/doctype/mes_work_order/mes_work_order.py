import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from sbk_mes import workflow_guard
from sbk_mes.costing import settle
from sbk_mes.exceptions import StateError
from sbk_mes.orders import (
	ahead,
	cancel,
	containers,
	freeze,
	guards,
	numbers,
	plan,
	protect,
	release,
	rollup,
	story,
	touched,
)
from sbk_mes.orders.progress import get_progress
from sbk_mes.rules.stages import derived_stage
from sbk_mes.rules.states import (
	CANCELED_DRAFT,
	CLOSED,
	COMPLETED,
	DRAFT,
	FROZEN,
	WORK_ORDER,
	coarse,
)
from sbk_mes.stock import picking, reserve


class MESWorkOrder(Document):
	"""A promise to make `planned_qty` of `item` by `due_at`.

	Its state is moved by the Workflow only, its quantities by postings only, its plan after release by change
	orders only; every one of these leaves an event.
	"""

	def load_from_db(self):
		known = ahead.current()
		return self if known and known.fill(self) else super().load_from_db()

	def get_all_children(self, parenttype=None):
		"""While a move is validated, the rows that it touches; else all."""
		rows = self.flags.rows_to_validate
		return super().get_all_children(parenttype) if rows is None else rows

	def as_dict(self, *args, **kwargs):
		"""Made once for all arrows that the workflow tries, when many orders move."""
		known = ahead.current()
		if args or kwargs or not known:
			return super().as_dict(*args, **kwargs)
		return known.show(self, super().as_dict)

	def _set_defaults(self):
		"""Frappe makes a new row for each table to know its defaults: only what is new needs them."""
		if self.is_new() or any(row.is_new() for row in self.get_all_children()):
			super()._set_defaults()

	def update_children(self):
		"""A move writes what it touches of the rows; Frappe writes them all, one by one."""
		if not (self.flags.move and touched.store_rows(self)):
			super().update_children()

	@frappe.whitelist()
	def add_comment(self, comment_type="Comment", text=None, comment_email=None, comment_by=None):
		"""The comment is on the order; that of a move among many is stored with those of the others."""
		known = ahead.current()
		if known and comment_type == "Workflow":
			return known.comment(self, text)
		return super().add_comment(comment_type, text, comment_email, comment_by)

	def autoname(self):
		self.name = numbers.get_next_name(self)

	def before_insert(self):
		protect.forget_the_past(self)
		self.set_number_of_amendment()

	def before_validate(self):
		ahead.forget(self)
		if not self.flags.is_converted:
			plan.set_defaults(self)
			plan.set_totals(self)

	def validate(self):
		self.flags.move = workflow_guard.check(self, WORK_ORDER)
		self.validate_is_open_draft()
		plan.validate(self)
		self.set_state_fields()
		if self.flags.move:
			guards.check(self, self.flags.move)

	def validate_workflow(self):
		"""A move that `apply_workflow` is making was looked up there: not again inside its save."""
		move = self.flags.move
		if not move or move.target != self.workflow_state:
			super().validate_workflow()

	def before_submit(self):
		if self.flags.move.action == "Release":
			known = ahead.current()
			picking.open_lists(self, known and known.drafts.get(self.name))
			release.set_released(self, known and known.balances)

	def before_update_after_submit(self):
		ahead.forget(self)
		self.flags.move = workflow_guard.check(self, WORK_ORDER)
		protect.keep_event_head(self)
		protect.refuse_after_release(self)
		self.set_state_fields()
		if self.flags.move:
			guards.check(self, self.flags.move)
			self.release_unmerged()
			self.set_freeze_fields()
			self.set_finished()
			settle.set_settlement(self, self.flags.move)
			if self.flags.move.target in cancel.GIVES_BACK:
				reserve.release(self)

	def _validate(self):
		"""A row that a move leaves as it was stored was validated when it was stored."""
		self.flags.rows_to_validate = touched.find_rows(self) if self.flags.move else None
		try:
			super()._validate()
		finally:
			self.flags.rows_to_validate = None

	def validate_update_after_submit(self):
		"""Frappe reads the order again to name what may not change: only when something of it has."""
		if touched.changes_what_is_fixed(self):
			super().validate_update_after_submit()

	def before_cancel(self):
		ahead.forget(self)
		self.flags.move = workflow_guard.check(self, WORK_ORDER)
		protect.keep_event_head(self)
		guards.check(self, self.flags.move)
		cancel.set_canceled(self)
		self.set_state_fields()

	def after_insert(self):
		story.tell_created(self)

	def on_update(self):
		if self.flags.move and (known := ahead.current()):
			known.inbox.move_on(self)
		if not self.flags.is_converted:
			rollup.follow(self)
		if self.docstatus == 0:
			self.tell_what_happened()
			if self.flags.move:
				cancel.call_off(self)

	def on_submit(self):
		self.tell_what_happened()
		if self.flags.move and self.flags.move.action == "Merge":
			cancel.call_off(self)

	def on_update_after_submit(self):
		if self.flags.move and (known := ahead.current()):
			known.inbox.move_on(self)
		rollup.follow(self)
		containers.follow(self)
		if self.flags.move:
			settle.tell(self, self.flags.move)
		self.tell_what_happened()
		if self.workflow_state in cancel.ENDS_EARLY and self.flags.move:
			cancel.call_off(self)
		if self.is_container and self.flags.move and self.flags.move.action == "Unfreeze":
			containers.roll_up(self.name)

	def on_cancel(self):
		rollup.follow(self)
		containers.let_go(self)
		containers.follow(self)
		self.tell_what_happened()
		cancel.call_off(self)

	def on_trash(self):
		cancel.delete_draft(self)

	def set_number_of_amendment(self):
		"""An amended order takes a number of its own series: `<name>-1` would read as a sub-order."""
		if self.amended_from:
			self.name = numbers.get_next_name(self)
			self.flags.name_set = True
			self.set_name_in_children()

	def set_state_fields(self):
		"""Stage and coarse state follow from quantities and node; nobody sets them by hand."""
		self.workflow_state = self.workflow_state or DRAFT
		if not self.is_container:
			self.derived_stage = derived_stage(get_progress(self))
		move = self.flags.move
		frozen_from = move.source if move and move.target == FROZEN else self.frozen_from
		self.coarse_state = coarse(self.workflow_state, frozen_from)

	def set_finished(self):
		"""The actual finish is the moment the order was completed; one that goes on has none."""
		if self.flags.move.target == COMPLETED:
			self.finished_at = self.finished_at or now_datetime()
		elif self.flags.move.target != CLOSED:
			self.finished_at = None

	def release_unmerged(self):
		"""A draft that was merged comes back released, as every source of a merge does."""
		if self.flags.move.action == "Unmerge" and not self.released_at:
			release.set_released(self)

	def set_freeze_fields(self):
		if self.flags.move.action == "Freeze":
			self.flags.told = {**(self.flags.told or {}), **freeze.set_frozen(self, self.flags.move)}
		if self.flags.move.action == "Unfreeze":
			self.flags.told = freeze.set_resumed(self)

	def tell_what_happened(self):
		if self.flags.move:
			story.tell_moved(self, self.flags.move)
		else:
			story.tell_changed(self)

	def validate_is_open_draft(self):
		"""A draft that was called off stays as it is; an open one brings no history of its own."""
		stored = self.get_doc_before_save()
		if stored is None:
			return
		protect.keep_event_head(self)
		protect.refuse_in_draft(self)
		if stored.workflow_state == CANCELED_DRAFT:
			frappe.throw(_("{0} is canceled and cannot be changed any more.").format(self.name), StateError)
