"""The best plan of a tiny problem, by trying every sequence and every mode, minute by minute.

It knows everything but batches. The best is found where finishing earlier can only improve: each operation
takes the first minute behind what its machine did before in the sequence that is tried.
"""

from collections.abc import Iterator

from sbk_mes.scheduler import Assignment, Mode, Operation, Problem, with_setups


def best_total(problem: Problem) -> int | None:
	"""The smallest total of any complete plan; None when there is none."""
	totals = [with_setups(problem, plan).measures(problem).total for plan in plans(problem)]
	return min(totals, default=None)


def plans(problem: Problem) -> Iterator[list[Assignment]]:
	"""Every complete plan in which nothing could run earlier without changing a sequence."""
	minutes = {each.id: _open_minutes(problem, each.id) for each in problem.resources}
	fixed = list(problem.fixed_assignments.values())
	free = [each for each in problem.operations if each.id not in problem.fixed_assignments]
	yield from _extend(problem, minutes, fixed, free, {})


def _open_minutes(problem: Problem, name: str) -> set[int]:
	spans = problem.resource[name].open
	if spans is None:
		return set(range(problem.horizon))
	return {minute for span in spans for minute in range(span.start, span.end)}


def _extend(problem, minutes, placed, left, since) -> Iterator[list[Assignment]]:
	if not left:
		yield list(placed)
		return
	known = {each.operation: each for each in placed}
	for operation in left:
		links = [link for link in problem.links if link.after == operation.id]
		if any(link.before not in known for link in links):
			continue
		for mode in operation.modes:
			place = _first_place(problem, minutes, known, since, operation, mode, links)
			if place:
				rest = [each for each in left if each is not operation]
				after = {**since, mode.resource: (place.start, place.end)}
				yield from _extend(problem, minutes, [*placed, place], rest, after)


def _first_place(
	problem, minutes, known, since, operation: Operation, mode: Mode, links
) -> Assignment | None:
	opened = set.intersection(minutes[mode.resource], *(minutes[need.resource] for need in mode.needs))
	release = max(problem.now, operation.release, problem.order[operation.order].release)
	for start in range(max(release, since.get(mode.resource, (0, 0))[1]), problem.horizon + 1):
		end = _walk(opened, start, mode.run_mins, operation.can_pause, problem.horizon)
		if end is None or (start, end) < since.get(mode.resource, (0, 0)):
			continue
		place = Assignment(operation.id, mode.resource, start, end)
		if all(
			_follows(problem, minutes, known[link.before], link, place, mode, opened) for link in links
		) and (
			_machine_free(problem, minutes, known, place, opened) and _pools_free(problem, known, place, mode)
		):
			return place
	return None


def _walk(opened, start, mins, can_pause, horizon) -> int | None:
	if not mins:
		return start
	if start not in opened:
		return None
	minute = start
	while mins:
		if minute >= horizon or (minute not in opened and not can_pause):
			return None
		mins -= minute in opened
		minute += 1
	return minute


def _follows(problem, minutes, before, link, place, mode, opened) -> bool:
	ready = before.end + link.wait_mins
	if link.transfer_permille == 1000 or problem.resource[before.resource].kind == "batch":
		return place.start >= ready
	if before.operation in problem.fixed_assignments:
		handed = before.start + -(-(before.end - before.start) * link.transfer_permille // 1000)
	else:
		its = next(
			each for each in problem.operation[before.operation].modes if each.resource == before.resource
		)
		open_before = set.intersection(minutes[its.resource], *(minutes[need.resource] for need in its.needs))
		mins = -(-its.run_mins * link.transfer_permille // 1000)
		handed = _walk_from(open_before, before.start, mins, problem.horizon)
	share = -(-mode.run_mins * link.transfer_permille // 1000)
	last = _walk_from(opened, ready, share, problem.horizon)
	return last is not None and place.start >= handed + link.wait_mins and place.end >= last


def _walk_from(opened, start, mins, horizon) -> int | None:
	minute = start
	while mins:
		if minute >= horizon:
			return None
		mins -= minute in opened
		minute += 1
	return minute


def _machine_free(problem, minutes, known, place, opened) -> bool:
	fixed = problem.fixed_assignments
	there = sorted(
		(each for each in known.values() if each.resource == place.resource),
		key=lambda each: (each.start, each.end),
	)
	if any(each.start < place.end and place.start < each.end for each in there):
		return False
	resource = problem.resource[place.resource]
	operation = problem.operation[place.operation]
	before = [each for each in there if (each.start, each.end) <= (place.start, place.end)]
	after = [each for each in there if (each.start, each.end) > (place.start, place.end)]
	family = problem.operation[before[-1].operation].family if before else resource.first_family
	free = max([problem.now, *(each.end for each in before)])
	room = sum(minute in opened for minute in range(free, place.start))
	if room < problem.setup_mins(resource, family, operation):
		return False
	if not after:
		return True
	following = problem.operation[after[0].operation]
	room = sum(minute in minutes[resource.id] for minute in range(place.end, after[0].start))
	return after[0].operation in fixed and room >= problem.setup_mins(resource, operation.family, following)


def _pools_free(problem, known, place, mode) -> bool:
	for need in mode.needs:
		room = problem.resource[need.resource].capacity - need.units
		if room < 0:
			return False
		for minute in range(place.start, place.end):
			held = 0
			for other in known.values():
				if other.start <= minute < other.end:
					modes = [
						each
						for each in problem.operation[other.operation].modes
						if each.resource == other.resource
					]
					held += sum(
						each.units for its in modes for each in its.needs if each.resource == need.resource
					)
			if held > room:
				return False
	return True
