"""Why an order moves or has no place, in words people use."""

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

from frappe import _

from sbk_mes.planning.horizon import MINUTE
from sbk_mes.planning.load import Loaded

if TYPE_CHECKING:
	from sbk_mes.planning.propose import Block, Effect

HOUR_MINS, DAY_MINS = 60, 1440


class Causes:
	"""Explains the effects of one plan to each of them."""

	def __init__(self, loaded: Loaded, effects: "list[Effect]"):
		self.loaded, self.effects = loaded, effects
		self.finish = {effect.order.name: effect.new[1] for effect in effects if effect.new}
		self.on: dict[str | None, list[Block]] = defaultdict(list)
		for effect in effects:
			for block in effect.blocks:
				self.on[block.resource].append(block)

	def explain(self) -> None:
		"""Every effect that is worth a word has its cause."""
		for effect in self.effects:
			effect.cause = self._cause(effect)

	def _cause(self, effect: "Effect") -> str:
		if effect.reason:
			return self._why_unplaced(effect)
		if not effect.old or not effect.is_moved:
			return ""
		first = next(block for block in effect.blocks if block.is_moved)
		why = self._why_moved(first)
		mins = effect.moved_mins
		if not mins:
			return why
		text = _("{0} later: {1}") if mins > 0 else _("{0} earlier: {1}")
		return text.format(duration(abs(mins)), why)

	def _why_unplaced(self, effect: "Effect") -> str:
		reason = effect.reason
		row = self.loaded.rows.get(reason.operation)
		what = f"{row.op_no} {row.operation}" if row else effect.order.name
		texts = {
			"no-resource": _("Operation {0} has no resource that is active."),
			"no-calendar": _("Operation {0}: its resource has no open time."),
			"never-fits": _("Operation {0} is longer than any open time of its resource, or larger than it."),
			"beyond-horizon": _("Operation {0} finds no time within {1} days; {2} are missing."),
			"after-unscheduled": _("Operation {0} waits for one that has no place."),
		}
		text = texts.get(reason.code)
		if not text:
			return reason.message
		return text.format(what, self.loaded.horizon.days, duration(reason.shortage_mins))

	def _why_moved(self, block: "Block") -> str:
		resource, start, end = block.former
		if block.start_at < start and block.resource == resource:
			return _("{0} is free earlier").format(resource)
		for down_from, down_to, _kind in self.loaded.facts.downtimes.get(resource, ()):
			if down_from < end and start < down_to:
				return _("{0} is down").format(resource)
		taker = self._taker(block, resource, start, end)
		if taker:
			return _("{0} taken by {1}").format(resource, taker)
		job = block.row.parent, int(block.row.op_no)
		for child in self.loaded.facts.children.get(job, ()):
			if child in self.finish and self.finish[child] > start:
				return _("waits for {0}").format(child)
		if block.resource != resource:
			return _("{0} instead of {1}").format(block.resource, resource)
		return _("follows what was moved before it")

	def _taker(self, block: "Block", resource: str, start: datetime, end: datetime) -> str | None:
		"""The order that is on the former place now and was not before."""
		for other in self.on[resource]:
			if other.row.parent == block.row.parent or not (other.start_at < end and start < other.end_at):
				continue
			was_there = (
				other.former
				and other.former[0] == resource
				and other.former[1] < end
				and start < other.former[2]
			)
			if not was_there:
				return str(other.row.parent)
		return None


def duration(mins: int) -> str:
	"""Minutes as people say them: 45 min, 3 h, 2 d 4 h."""
	days, rest = divmod(int(mins), DAY_MINS)
	hours, minutes = divmod(rest, HOUR_MINS)
	parts = [
		_("{0} d").format(days) if days else "",
		_("{0} h").format(hours) if hours else "",
		_("{0} min").format(minutes) if minutes and not days else "",
	]
	return " ".join(part for part in parts if part) or _("{0} min").format(0)


def between(start: datetime, end: datetime) -> str:
	return duration(int((end - start) / MINUTE))
