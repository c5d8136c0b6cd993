import pytest

from sbk_mes.rules.families import (
	BASES,
	COLOUR,
	DIE,
	FEEDERS,
	PROGRAM,
	Conflict,
	Traits,
	find_conflict,
	key_of,
)


def board(order, **traits):
	return Traits(order, f"Item {order}", **{"program": "P1", "side": "Top", **traits})


def test_orders_of_one_program_side_and_profile_share_a_setup():
	one, other = board("A"), board("B")
	assert key_of(one, PROGRAM) == key_of(other, PROGRAM) != ()
	assert find_conflict([one, other], PROGRAM) is None


@pytest.mark.parametrize(
	("basis", "field"), list(zip(BASES, ("program", "feeders", "die", "colour"), strict=True))
)
def test_an_order_that_lacks_what_the_basis_asks_for_shares_no_setup(basis, field):
	bare = Traits("A", "Item A")
	assert key_of(bare, basis) == ()
	assert find_conflict([bare], basis) == Conflict(field, bare)


@pytest.mark.parametrize(
	("field", "values"),
	[
		("program", ("P1", "P2")),
		("side", ("Top", "Bottom")),
		("profile", ("", "245")),
		("solder", ("Leaded", "Lead-free")),
	],
)
def test_orders_that_differ_in_it_stay_apart(field, values):
	one, other = (board(name, **{field: value}) for name, value in zip("AB", values, strict=True))
	assert find_conflict([one, other], PROGRAM) == Conflict(field, one, other)
	assert key_of(one, PROGRAM) != key_of(other, PROGRAM)


def test_stock_of_a_customer_stays_apart():
	one, other = board("A", owner="ACME"), board("B")
	assert find_conflict([one, other], PROGRAM) == Conflict("owner", one, other)


def test_both_sides_share_a_setup_where_the_plant_has_a_rule_for_it():
	one, other = board("A"), board("B", side="Bottom")
	assert find_conflict([one, other], PROGRAM, mixes_sides=True) is None
	assert key_of(one, PROGRAM, mixes_sides=True) == key_of(other, PROGRAM, mixes_sides=True)


def test_a_press_shares_a_die_a_paint_shop_a_colour_a_line_its_feeders():
	for basis, field in ((DIE, "die"), (COLOUR, "colour"), (FEEDERS, "feeders")):
		alike = [Traits(name, name, **{field: "X"}) for name in "AB"]
		assert find_conflict(alike, basis) is None
