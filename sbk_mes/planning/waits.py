"""What each operation of a plan waits for, as the scheduler sees it, kept with its place."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sbk_mes.planning.load import POOL, Loaded
from sbk_mes.scheduler import Schedule
from sbk_mes.scheduler.waiting import Waits

if TYPE_CHECKING:
	from sbk_mes.planning.propose import Block


def tell_waits(loaded: Loaded, plan: Schedule, blocks: "dict[str, Block]", outside: "list[Block]") -> None:
	"""Every block says what it waits for.

	The problem knows work of others as minutes between two operations; here whoever waits for it says so.
	"""
	waits = Waits(loaded.problem, plan)
	for name, block in blocks.items():
		wait = waits.of(name)
		block.waits_kind, block.closed_mins = wait.kind, wait.closed_mins
		block.waits_for = blocks.get(wait.by)
		block.waits_resource = loaded.resource_of.get(wait.resource, wait.resource.removesuffix(POOL))
	own_of, beside_of = _by_order(blocks.values()), _by_order(outside)
	for order, beside in beside_of.items():
		own = own_of.get(order, [])
		for block in beside:
			_follow(block, [*own, *beside])
		for block in own:
			if block.waits_kind != "fixed":
				_follow(block, beside)


def _by_order(blocks: "Iterable[Block]") -> "dict[str, list[Block]]":
	found: dict[str, list[Block]] = {}
	for block in blocks:
		found.setdefault(block.row.parent, []).append(block)
	return found


def _follow(block: "Block", others: "list[Block]") -> None:
	"""The block follows the one that ends last before it, unless it waits for a later one."""
	before = [each for each in others if each is not block and each.end_at <= block.start_at]
	last = max(before, key=lambda each: each.end_at, default=None)
	if last and (block.waits_for is None or last.end_at > block.waits_for.end_at):
		block.waits_kind, block.waits_for = "predecessor", last
