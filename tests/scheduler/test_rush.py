"""A plan in force is mended: new work comes in, fenced work stays, lateness is traded for moves."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from scheduler.problems import make_operation, make_problem, place_naively, problems

from sbk_mes.scheduler import Assignment, Fixed, Order, Resource, solve, verify
from sbk_mes.scheduler.displace import displace
from sbk_mes.scheduler.opentime import OpenTimes
from sbk_mes.scheduler.rush import insert, repair
from sbk_mes.scheduler.serial import work_in


def planned(count=6, machines="M N"):
	"""A plant of single operations due one after the other, with its plan in force."""
	operations = tuple(make_operation(f"op{number}", 20, on=machines) for number in range(count))
	orders = tuple(Order(f"op{number}", due=20 * (number // 2 + 1)) for number in range(count))
	problem = make_problem(*operations, orders=orders)
	base = solve(problem, time_limit_s=2, seed=1).schedule
	return replace(problem, base=base.assignments)


def with_vip(problem, **order):
	vip = Order("VIP", **{"due": 20, "weight": 50, **order})
	return replace(
		problem,
		operations=(*problem.operations, make_operation("VIP", 20, on="M N")),
		orders=(*problem.orders, vip),
	)


def test_a_vip_order_is_on_time_in_the_first_proposal_already():
	problem = with_vip(planned())
	first = insert(problem)
	assert verify(problem, first.schedule) == []
	assert first.schedule.finishes(problem)["VIP"] <= 20


def test_what_is_new_fits_into_a_gap_without_moving_anything():
	problem = with_vip(planned(count=2), due=60)
	first = insert(problem)
	assert (first.measures.moved_ops, first.measures.weighted_tardiness) == (0, 0)


def row_of(count, machine="M", first=0):
	"""Operations on one machine, 20 minutes each, one right after the other."""
	return [make_operation(f"{machine}{number}", 20, on=machine) for number in range(first, first + count)]


def test_in_a_plant_without_gaps_few_orders_change_places_with_a_rush():
	problem = make_problem(
		*row_of(20),
		*row_of(20, "N"),
		orders=tuple(Order(f"{m}{n}", due=900) for m in "MN" for n in range(20)),
	)
	problem = with_vip(replace(problem, base=place_naively(problem).assignments), due=100)
	first = insert(problem)
	assert (first.measures.late_orders, first.measures.moved_orders) == (0, 1)


def test_what_is_in_the_way_waits_and_no_more_moves_than_must():
	problem = make_problem(*row_of(3), *row_of(3, "N"), make_operation("VIP", 20, on="M"))
	base = [Assignment(f"M{at}", "M", start, start + 20) for at, start in enumerate((0, 20, 70))]
	base += [Assignment(f"N{at}", "N", 20 * at, 20 * at + 20) for at in range(3)]
	problem = replace(problem, base=tuple(base), now=0)
	worked_in = work_in(problem, late_mins=30)
	assert verify(problem, worked_in) == []
	assert worked_in.by_operation()["VIP"].start == 0
	assert worked_in.measures(problem).moved_ops == 2  # M0 and M1 wait; the gap before M2 takes it up


def test_one_operation_goes_elsewhere_rather_than_all_wait():
	problem = make_problem(*row_of(9), make_operation("VIP", 20, on="M"))
	base = tuple(Assignment(f"M{at}", "M", 20 * at, 20 * at + 20) for at in range(9))
	worked_in = work_in(replace(problem, base=base), late_mins=5)
	assert worked_in.by_operation()["M0"].start == 180
	assert worked_in.measures(replace(problem, base=base)).moved_ops == 1


def test_the_calmer_the_proposal_the_fewer_move_and_the_more_are_late():
	problem = with_vip(planned(count=16))
	found = {each.name: each.measures for each in repair(problem, time_limit_s=60, work_limit=0.3)}
	named = [found[name] for name in ("calm", "balanced", "best") if name in found]
	assert named == sorted(named, key=lambda each: (each.moved_ops, -each.weighted_tardiness))


def test_one_urgent_order_among_many_does_not_move_them_all():
	problem = with_vip(planned(count=60))
	calm = repair(problem, time_limit_s=60, work_limit=0.2)[0]
	assert calm.schedule.finishes(problem)["VIP"] <= 20
	assert calm.measures.moved_ops <= 6


def test_in_a_plant_without_gaps_few_orders_make_room():
	operations = tuple(make_operation(f"op{number}", 20, on="MN"[number % 2]) for number in range(40))
	orders = tuple(Order(f"op{number}", due=900) for number in range(40))
	problem = make_problem(*operations, orders=orders)
	problem = with_vip(replace(problem, base=place_naively(problem).assignments), due=100)
	first = insert(problem)
	assert (first.measures.late_orders, first.measures.moved_orders) == (0, 1)


def test_fenced_work_keeps_its_place():
	problem = replace(with_vip(planned()), fence=20)
	kept = {each for each in problem.base if each.start < 20}
	for proposal in repair(problem, time_limit_s=60, work_limit=1):
		assert kept <= set(proposal.schedule.assignments)


def test_no_proposal_is_worse_than_another_in_lateness_and_moves():
	found = repair(with_vip(planned(count=10)), time_limit_s=60, work_limit=1)
	worth = [(each.measures.moved_ops, each.measures.weighted_tardiness) for each in found]
	assert worth == sorted(worth)
	assert len({moved for moved, _late in worth}) == len({late for _moved, late in worth}) == len(worth)


def test_the_same_seed_gives_the_same_proposals():
	problem = with_vip(planned(count=8))
	one, other = (repair(problem, time_limit_s=60, work_limit=2, seed=3) for _ in range(2))
	assert [each.schedule for each in one] == [each.schedule for each in other]


def test_the_first_proposal_is_told_at_once():
	told = []
	repair(
		with_vip(planned()), time_limit_s=60, work_limit=1, on_proposal=lambda each: told.append(each.name)
	)
	assert told == ["first", "calm", "balanced", "best"]


@settings(max_examples=15, deadline=None)
@given(problems(), st.integers(0, 3))
def test_whatever_the_plant_the_first_proposal_can_be_carried_out(problem, drop):
	base = solve(problem, time_limit_s=5, work_limit=0.2).schedule.assignments
	problem = replace(problem, base=base[drop:])
	assert verify(problem, insert(problem).schedule) == []


def test_room_is_made_in_a_plan_whose_next_setup_can_no_longer_begin_in_time():
	problem = make_problem(
		make_operation("red", 10, fixed=Fixed("M", 0, 10), family="red"),
		make_operation("blue", 10, family="blue"),
		make_operation("vip", 10, on="N"),
		resources=(Resource("M", matrix="paint"),),
		changeovers={"paint": {("red", "blue"): 5}},
		base=(Assignment("red", "M", 0, 10), Assignment("blue", "M", 15, 25, 5)),
		now=12,
	)
	plan = displace(problem, OpenTimes(problem), lambda way: way.measures(problem).total)
	assert plan is not None and verify(problem, plan) == []
	assert len(plan.assignments) == 3
