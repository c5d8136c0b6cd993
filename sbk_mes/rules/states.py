"""The life of a work order and of a change order: nodes, arrows, roles (SPEC 4).

The Workflow fixtures are these tables written down for Frappe; a test holds both equal.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

PLANNER = "MES Planner"
DISPATCHER = "MES Dispatcher"
STOREKEEPER = "MES Storekeeper"
OPERATOR = "MES Operator"
INSPECTOR = "MES Quality Inspector"
MANAGER = "MES Production Manager"
ACCOUNTANT = "MES Cost Accountant"
PROJECT_MANAGER = "MES Project Manager"
VIEWER = "MES Viewer"
SYSTEM = "MES System"
EVERYBODY = "All"

ROLES = (
	PLANNER,
	DISPATCHER,
	STOREKEEPER,
	OPERATOR,
	INSPECTOR,
	MANAGER,
	ACCOUNTANT,
	PROJECT_MANAGER,
	VIEWER,
	SYSTEM,
)

DRAFT = "Draft"
RELEASED = "Released"
SCHEDULED = "Scheduled"
DISPATCHED = "Dispatched"
PICKING = "Picking"
IN_PRODUCTION = "In Production"
INSPECTION = "Inspection"
INBOUND = "Inbound"
COMPLETED = "Completed"
CLOSED = "Closed"
FROZEN = "Frozen"
MERGED = "Merged"
CANCELED_WITH_RETURN = "Canceled with Return"
CANCELED = "Canceled"
CANCELED_DRAFT = "Canceled Draft"

SUBMITTED = "Submitted"
APPROVED = "Approved"
APPLIED = "Applied"
REJECTED = "Rejected"
WITHDRAWN = "Cancelled"
STALE = "Stale"


class UnknownState(ValueError):
	"""A state that no table lists."""

	code = "E-STATE"


@dataclass(frozen=True)
class Node:
	"""A state of a document: its docstatus, what integrators see, its colour, who edits the form in it."""

	name: str
	docstatus: int
	coarse: str
	style: str
	editors: tuple[str, ...]


@dataclass(frozen=True)
class Arrow:
	"""A move by an action, open to the roles; `condition` is one comparison on `doc`, empty for none."""

	source: str
	action: str
	target: str
	roles: tuple[str, ...]
	condition: str = ""
	allow_self_approval: bool = True


OFFICE = (PLANNER, MANAGER)
FLOOR = (DISPATCHER, PLANNER, MANAGER)
RESOLVERS = (DISPATCHER, INSPECTOR, MANAGER)

NODES = (
	Node(DRAFT, 0, "DRAFT", "", (PLANNER, MANAGER, PROJECT_MANAGER)),
	Node(RELEASED, 1, "SCHEDULED", "Primary", (*FLOOR, INSPECTOR)),
	Node(SCHEDULED, 1, "SCHEDULED", "Primary", (*FLOOR, INSPECTOR)),
	Node(DISPATCHED, 1, "SCHEDULED", "Info", (*FLOOR, INSPECTOR)),
	Node(PICKING, 1, "SCHEDULED", "Info", (*FLOOR, INSPECTOR)),
	Node(IN_PRODUCTION, 1, "IN_PROCESS", "Warning", (*FLOOR, INSPECTOR)),
	Node(INSPECTION, 1, "IN_PROCESS", "Warning", (*FLOOR, INSPECTOR)),
	Node(INBOUND, 1, "IN_PROCESS", "Warning", (*FLOOR, INSPECTOR)),
	Node(COMPLETED, 1, "COMPLETED", "Success", (MANAGER,)),
	Node(CLOSED, 1, "COMPLETED", "Inverse", (MANAGER,)),
	Node(FROZEN, 1, "", "Danger", RESOLVERS),
	Node(MERGED, 1, "CANCELED", "Inverse", (MANAGER,)),
	Node(CANCELED_WITH_RETURN, 1, "CANCELED", "Inverse", (MANAGER,)),
	Node(CANCELED, 2, "CANCELED", "Inverse", (MANAGER,)),
	Node(CANCELED_DRAFT, 0, "CANCELED", "Inverse", (MANAGER,)),
)

RUNNING = (RELEASED, SCHEDULED, DISPATCHED, PICKING, IN_PRODUCTION, INSPECTION, INBOUND)
BEFORE_START = (RELEASED, SCHEDULED, DISPATCHED, PICKING)
STAGES = (IN_PRODUCTION, INSPECTION, INBOUND, COMPLETED)
TERMINAL = (CLOSED, MERGED, CANCELED_WITH_RETURN, CANCELED, CANCELED_DRAFT)
ROLL_UP = "Roll Up"
FORWARD, BACK, OFF = "forward", "back", "off"
OF_PARTS = (*RUNNING, COMPLETED)
CALLED_OFF = (MERGED, CANCELED_WITH_RETURN, CANCELED, CANCELED_DRAFT)


def reached(stage: str) -> str:
	"""The condition that the quantities support `stage`."""
	return f'doc.derived_stage == "{stage}"'


STARTED = f"doc.derived_stage in ({', '.join(repr(stage) for stage in STAGES)})".replace("'", '"')
NOT_PICKED = f'doc.derived_stage != "{PICKING}"'
IS_URGENT_NOT = 'doc.priority != "Urgent"'
IS_ETO = 'doc.order_type == "ETO"'
HAS_INBOUND = "(doc.inbound_qty or 0) > 0"
HAS_NO_INBOUND = "(doc.inbound_qty or 0) == 0"


def _derived() -> Iterator[Arrow]:
	forward: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
		(
			IN_PRODUCTION,
			"Finish Reporting",
			(INSPECTION, INBOUND, COMPLETED),
			(OPERATOR, INSPECTOR, PLANNER, DISPATCHER, MANAGER),
		),
		(INSPECTION, "Finish Inspection", (INBOUND, COMPLETED), (INSPECTOR, MANAGER)),
		(INBOUND, "Finish Inbound", (COMPLETED,), (STOREKEEPER, MANAGER)),
	)
	for source, action, targets, roles in forward:
		for target in targets:
			yield Arrow(source, action, target, roles, reached(target))
	backward: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
		(INSPECTION, (IN_PRODUCTION,), (INSPECTOR, MANAGER)),
		(INBOUND, (IN_PRODUCTION, INSPECTION), (INSPECTOR, MANAGER)),
		(COMPLETED, (IN_PRODUCTION, INSPECTION, INBOUND), (STOREKEEPER, INSPECTOR, MANAGER)),
	)
	for source, targets, roles in backward:
		for target in targets:
			yield Arrow(source, "Reverse", target, roles, reached(target))


def _arrows() -> Iterator[Arrow]:
	yield Arrow(DRAFT, "Release", RELEASED, (PLANNER,), IS_URGENT_NOT)
	yield Arrow(DRAFT, "Release", RELEASED, (PROJECT_MANAGER,), IS_ETO)
	yield Arrow(DRAFT, "Release", RELEASED, (MANAGER,))
	yield Arrow(RELEASED, "Schedule", SCHEDULED, (DISPATCHER, MANAGER))
	yield Arrow(SCHEDULED, "Unschedule", RELEASED, (DISPATCHER, MANAGER))
	for node in (RELEASED, SCHEDULED):
		yield Arrow(node, "Dispatch", DISPATCHED, (DISPATCHER, MANAGER), NOT_PICKED)
		yield Arrow(node, "Dispatch", PICKING, (DISPATCHER, MANAGER), reached(PICKING))
	yield Arrow(DISPATCHED, "Recall", SCHEDULED, (DISPATCHER, MANAGER))
	yield Arrow(DISPATCHED, "Start Picking", PICKING, (STOREKEEPER, MANAGER), reached(PICKING))
	yield Arrow(DISPATCHED, "Start Production", IN_PRODUCTION, (OPERATOR, MANAGER), STARTED)
	yield Arrow(PICKING, "Start Production", IN_PRODUCTION, (OPERATOR, MANAGER), STARTED)
	yield from _derived()
	for node in RUNNING:
		yield Arrow(node, "Force Complete", COMPLETED, (MANAGER,), reached(COMPLETED))
	yield Arrow(COMPLETED, "Settle", CLOSED, (ACCOUNTANT,))
	yield Arrow(CLOSED, "Reopen", COMPLETED, (MANAGER, ACCOUNTANT))
	for node in RUNNING:
		yield Arrow(node, "Freeze", FROZEN, RESOLVERS)
	for node in RUNNING:
		yield Arrow(FROZEN, "Unfreeze", node, RESOLVERS, f'doc.frozen_from == "{node}"')
	yield Arrow(DRAFT, "Cancel", CANCELED_DRAFT, OFFICE)
	for node in BEFORE_START:
		late = node in (DISPATCHED, PICKING)
		yield Arrow(node, "Cancel", CANCELED, (MANAGER,) if late else OFFICE)
	for node in (IN_PRODUCTION, INSPECTION, INBOUND):
		yield Arrow(node, "Close with Return", COMPLETED, (MANAGER,), HAS_INBOUND)
		yield Arrow(node, "Close with Return", CANCELED_WITH_RETURN, (MANAGER,), HAS_NO_INBOUND)
	for node in (RELEASED, SCHEDULED, PICKING):
		yield Arrow(node, "Close with Return", CANCELED_WITH_RETURN, (MANAGER,))
	for node in (DRAFT, *BEFORE_START):
		yield Arrow(node, "Merge", MERGED, OFFICE)
	yield Arrow(MERGED, "Unmerge", RELEASED, OFFICE)
	for node, following in pairwise(OF_PARTS):
		yield Arrow(node, ROLL_UP, following, (EVERYBODY,), f'doc.roll_up == "{FORWARD}"')
		yield Arrow(following, ROLL_UP, node, (EVERYBODY,), f'doc.roll_up == "{BACK}"')
	for node in OF_PARTS:
		yield Arrow(node, ROLL_UP, CANCELED_WITH_RETURN, (EVERYBODY,), f'doc.roll_up == "{OFF}"')


ARROWS = tuple(_arrows())

REQUESTERS = (PLANNER, DISPATCHER, INSPECTOR, PROJECT_MANAGER, MANAGER)

CHANGE_NODES = (
	Node(DRAFT, 0, "", "", REQUESTERS),
	Node(SUBMITTED, 0, "", "Warning", (MANAGER,)),
	Node(APPROVED, 1, "", "Primary", (MANAGER,)),
	Node(APPLIED, 1, "", "Success", (MANAGER,)),
	Node(REJECTED, 1, "", "Danger", (MANAGER,)),
	Node(WITHDRAWN, 0, "", "Inverse", (MANAGER,)),
	Node(STALE, 1, "", "Inverse", (MANAGER,)),
)

CHANGE_ARROWS = (
	Arrow(DRAFT, "Submit for Approval", SUBMITTED, REQUESTERS),
	Arrow(SUBMITTED, "Approve", APPROVED, (MANAGER,), allow_self_approval=False),
	Arrow(SUBMITTED, "Reject", REJECTED, (MANAGER,), allow_self_approval=False),
	Arrow(APPROVED, "Apply", APPLIED, OFFICE),
	Arrow(DRAFT, "Withdraw", WITHDRAWN, REQUESTERS),
	Arrow(SUBMITTED, "Withdraw", WITHDRAWN, REQUESTERS),
	Arrow(SUBMITTED, "Mark Stale", STALE, OFFICE),
	Arrow(APPROVED, "Mark Stale", STALE, OFFICE),
)

OPEN_CHANGES = (DRAFT, SUBMITTED, APPROVED)
DECIDED_CHANGES = (APPLIED, REJECTED, STALE)


@dataclass(frozen=True)
class Machine:
	"""The nodes and arrows of one kind of document."""

	nodes: tuple[Node, ...]
	arrows: tuple[Arrow, ...]

	@property
	def first(self) -> str:
		return self.nodes[0].name

	@property
	def actions(self) -> tuple[str, ...]:
		"""Every action once, in the order of its first arrow."""
		return tuple(dict.fromkeys(arrow.action for arrow in self.arrows))

	def node(self, name: str) -> Node:
		"""Raise UnknownState when no node has the name."""
		for node in self.nodes:
			if node.name == name:
				return node
		raise UnknownState(f"no state is called {name!r}")

	def leaving(self, source: str, action: str) -> tuple[Arrow, ...]:
		"""The arrows that `action` may follow out of `source`; none when the action does not exist there."""
		return tuple(arrow for arrow in self.arrows if (arrow.source, arrow.action) == (source, action))

	def along(self, source: str, action: str, target: str) -> tuple[Arrow, ...]:
		"""The arrows of `action` from `source` to `target`: one for each condition with its roles."""
		return tuple(arrow for arrow in self.leaving(source, action) if arrow.target == target)

	def actions_from(self, source: str) -> tuple[str, ...]:
		return tuple(dict.fromkeys(arrow.action for arrow in self.arrows if arrow.source == source))

	def roles_for(self, source: str, action: str) -> frozenset[str]:
		"""Every role that may follow `action` out of `source` when its condition holds."""
		return frozenset(role for arrow in self.leaving(source, action) for role in arrow.roles)

	def reachable(self) -> frozenset[str]:
		"""The nodes that some chain of arrows leads to from the first."""
		found = {self.first}
		frontier = [self.first]
		while frontier:
			here = frontier.pop()
			for arrow in self.arrows:
				if arrow.source == here and arrow.target not in found:
					found.add(arrow.target)
					frontier.append(arrow.target)
		return frozenset(found)


WORK_ORDER = Machine(NODES, ARROWS)
CHANGE_ORDER = Machine(CHANGE_NODES, CHANGE_ARROWS)

EVENT_OF_ACTION = {
	"Release": "released",
	"Schedule": "scheduled",
	"Unschedule": "unscheduled",
	"Dispatch": "dispatched",
	"Recall": "recalled",
	"Start Picking": "picking",
	"Start Production": "started",
	"Finish Reporting": "stage",
	"Finish Inspection": "stage",
	"Finish Inbound": "stage",
	"Reverse": "stage",
	"Force Complete": "force-complete",
	"Settle": "close",
	"Reopen": "reopen",
	"Freeze": "freeze",
	"Unfreeze": "unfreeze",
	"Cancel": "cancel",
	"Close with Return": "close-with-return",
	"Merge": "merge",
	"Unmerge": "unmerge",
	ROLL_UP: "stage",
}


def coarse(state: str, frozen_from: str | None = None) -> str:
	"""What integrators see of a work order; a frozen one shows what it was frozen from."""
	if state == FROZEN:
		return WORK_ORDER.node(frozen_from or RELEASED).coarse
	return WORK_ORDER.node(state).coarse


DERIVED = (
	"Start Picking",
	"Start Production",
	"Finish Reporting",
	"Finish Inspection",
	"Finish Inbound",
	"Reverse",
)


def next_action(node: str, stage: str) -> str | None:
	"""The derived action that leads from a node towards the stage of the quantities, None when none does."""
	if stage in STAGES and node in (DISPATCHED, PICKING):
		return "Start Production"
	for arrow in ARROWS:
		if (arrow.source, arrow.target) == (node, stage) and arrow.action in DERIVED:
			return arrow.action
	return None


def node_of_parts(nodes: Iterable[str]) -> str:
	"""Where an order is whose parts are at these nodes: at the least advanced that is not called off.

	Closed parts count as completed, and an order all of whose parts were called off is called off too.
	"""
	live = [COMPLETED if node == CLOSED else node for node in nodes if node not in CALLED_OFF]
	return min(live, key=OF_PARTS.index) if live else CANCELED_WITH_RETURN


def step_towards(node: str, goal: str) -> str:
	"""The way of the next step that an order which was split takes from a node to that of its parts.

	Step by step: Frappe evaluates every arrow that leaves a node whenever an order comes there.
	"""
	if goal == CANCELED_WITH_RETURN:
		return OFF
	return FORWARD if OF_PARTS.index(goal) > OF_PARTS.index(node) else BACK


RANKS = {DISPATCHER: 1, INSPECTOR: 2, MANAGER: 3}


def get_resolvers(freezer_roles: Iterable[str], freeze_kind: str) -> tuple[str, ...]:
	"""Who may lift a freeze: the role that froze or a higher one; Quality and up for a quality freeze."""
	needed = max((RANKS.get(role, 0) for role in freezer_roles), default=0)
	if freeze_kind == "Quality":
		needed = max(needed, RANKS[INSPECTOR])
	return tuple(role for role, rank in RANKS.items() if rank >= needed)
