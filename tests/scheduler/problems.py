"""Problems for tests: a factory with safe defaults, and random ones with every feature."""

from dataclasses import replace

from hypothesis import strategies as st

from sbk_mes.rules.spans import Span
from sbk_mes.scheduler import (
	Fixed,
	Link,
	Mode,
	Need,
	Objective,
	Operation,
	Order,
	Problem,
	Resource,
)
from sbk_mes.scheduler.serial import place_in_order

FAMILIES = ("", "red", "blue")


def make_problem(*operations: Operation, resources: tuple[Resource, ...] = (), **rest) -> Problem:
	"""A problem of these operations; what is not given is made: machines always open, orders due at 100."""
	known = {each.id for each in resources}
	named = {mode.resource for each in operations for mode in each.modes}
	named |= {each.fixed.resource for each in operations if each.fixed}
	orders = {each.id: each for each in rest.pop("orders", ())}
	for each in operations:
		orders.setdefault(each.order, Order(each.order, due=100))
	return Problem(
		horizon=rest.pop("horizon", 1000),
		resources=(*resources, *(Resource(name) for name in sorted(named - known))),
		orders=tuple(orders.values()),
		operations=operations,
		**rest,
	)


def make_operation(name: str, run_mins: int = 10, on: str = "M", order: str = "", **rest) -> Operation:
	"""An operation with one mode on each of the machines named in `on`, with a blank between them."""
	modes = tuple(Mode(each, run_mins, rest.get("needs", ())) for each in on.split())
	rest.pop("needs", None)
	return Operation(name, order or name, modes, **rest)


def place_naively(problem: Problem):
	"""The plan that takes operations in the order in which the problem names them."""
	return place_in_order(problem, lambda _: ())


def classic(jobs: int, machines: int, **rest) -> Problem:
	"""A job shop in which job `j` goes round the machines from the `j`-th on."""
	operations = [
		make_operation(
			f"j{j}.{k}",
			5 + (7 * j + 11 * k) % 23,
			on=f"M{(j + k * (1 + j % 3)) % machines}",
			order=f"j{j}",
			**rest,
		)
		for j in range(jobs)
		for k in range(machines)
	]
	links = tuple(Link(f"j{j}.{k - 1}", f"j{j}.{k}") for j in range(jobs) for k in range(1, machines))
	return make_problem(*operations, links=links, horizon=100_000)


@st.composite
def calendars(draw, horizon: int):
	"""Always open mostly, sometimes never, sometimes in a few spans."""
	kind = draw(st.sampled_from(("always", "always", "spans", "spans", "spans", "never")))
	if kind == "always":
		return None
	if kind == "never":
		return () if draw(st.booleans()) else None
	cuts = sorted(draw(st.sets(st.integers(0, horizon), min_size=2, max_size=8)))
	return tuple(Span(*pair) for pair in zip(cuts[::2], cuts[1::2], strict=False))


@st.composite
def problems(
	draw,
	most_operations: int = 10,
	least_operations: int = 1,
	horizon: int = 120,
	batches: bool = True,
	pins: bool = True,
	bases: bool = True,
	regular: bool = False,
	least_run: int = 0,
):
	"""A problem with any of the features. `regular`: finishing earlier is never worse."""
	machines = [
		Resource(
			f"M{at}",
			open=draw(calendars(horizon)),
			matrix=draw(st.sampled_from(("", "paint"))),
			first_family=draw(st.sampled_from(FAMILIES)),
		)
		for at in range(draw(st.integers(1, 3)))
	]
	ovens = [
		Resource(
			"Oven",
			draw(calendars(horizon)),
			draw(st.integers(1, 4)),
			"batch",
			draw(st.sampled_from(("", "paint"))),
		)
		for _ in range(draw(st.integers(0, 1)) if batches else 0)
	]
	pools = [
		Resource(f"Pool{at}", draw(calendars(horizon)), draw(st.integers(1, 3)), "pool")
		for at in range(draw(st.integers(0, 2)))
	]
	minutes = st.integers(0, 12)
	paint = {
		(before, after): draw(minutes) for before in FAMILIES for after in FAMILIES if draw(st.booleans())
	}
	orders = [
		Order(
			f"O{at}",
			due=draw(st.none() | st.integers(-10, horizon)),
			weight=draw(st.integers(0, 5)),
			release=draw(st.sampled_from((0, 0, 7, 20))),
			priority_class=draw(st.sampled_from((0, 0, 1, 2))),
		)
		for at in range(draw(st.integers(1, 4)))
	]
	needs = st.lists(st.sampled_from(pools), max_size=2, unique=True) if pools else st.just([])
	operations = []
	for at in range(draw(st.integers(least_operations, most_operations))):
		key = draw(st.sampled_from(("", "", "hot", "cold"))) if ovens else ""
		mains = draw(st.lists(st.sampled_from(machines + ovens), min_size=1, max_size=2, unique=True))
		modes = tuple(
			Mode(
				main.id,
				draw(st.integers(least_run, 15)),
				tuple(Need(pool.id, draw(st.integers(1, 2))) for pool in draw(needs)),
				None if key else draw(st.sampled_from((None, None, 0, 6))),
			)
			for main in mains
		)
		pin = None
		if pins and draw(st.integers(0, 5)) == 0:
			start = draw(st.integers(-10, horizon // 2))
			pin = Fixed(
				draw(st.sampled_from(machines + ovens)).id, start, start + draw(st.integers(least_run, 15))
			)
		operations.append(
			Operation(
				f"op{at}",
				draw(st.sampled_from(orders)).id,
				modes,
				family={"": draw(st.sampled_from(FAMILIES)), "hot": "red", "cold": "blue"}[key],
				setup_mins=0 if key else draw(st.sampled_from((0, 0, 3, 9))),
				can_pause=draw(st.booleans()),
				release=draw(st.sampled_from((0, 0, 0, 15))),
				batch_key=key,
				batch_size=draw(st.integers(1, 2)),
				fixed=pin,
				trailing_wait_mins=draw(st.sampled_from((0, 0, 10))),
			)
		)
	links = [
		Link(
			operations[first].id,
			operations[second].id,
			wait_mins=draw(st.sampled_from((0, 0, 5, 20))),
			transfer_permille=draw(st.sampled_from((1000, 1000, 300))),
		)
		for second in range(1, len(operations))
		for first in draw(st.sets(st.integers(0, second - 1), max_size=2 if draw(st.booleans()) else 0))
	]
	problem = Problem(
		horizon,
		tuple(machines + ovens + pools),
		tuple(orders),
		tuple(operations),
		tuple(links),
		{"paint": paint},
		now=draw(st.sampled_from((0, 0, 10, 25))),
		objective=draw(objectives(regular)),
	)
	if bases and draw(st.booleans()):
		plan = place_naively(replace(problem, now=0))
		base = tuple(each for each in plan.assignments if draw(st.integers(0, 4)))
		problem = replace(problem, base=base, fence=draw(st.sampled_from((0, 30, 60))))
	return problem


@st.composite
def objectives(draw, regular: bool):
	weight = st.sampled_from((0, 0, 1, 3))
	return Objective(
		draw(st.sampled_from(("lexicographic", "weighted"))),
		tardiness=draw(st.sampled_from((1, 1, 1, 0, 4))),
		makespan=draw(weight),
		flow=draw(weight),
		changeover=0 if regular else draw(weight),
		moved=0 if regular else draw(weight),
	)
