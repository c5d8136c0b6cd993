from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbk_mes.rules.explosion import ExplosionError, ProductBook, explode

D = Decimal
ITEM_FIELDS = ["item", "supply", "make_policy", "is_phantom", "whole"]
LINE_FIELDS = [
	"bom",
	"item",
	"qty",
	"base_qty",
	"op_no",
	"scrap_pct",
	"is_fixed_qty",
	"source_warehouse",
	"sub_bom",
]


def make_book(items, bom_lines):
	return ProductBook(
		pd.DataFrame(items, columns=ITEM_FIELDS).set_index("item"),
		pd.DataFrame(bom_lines, columns=LINE_FIELDS),
	)


def make_lines(*wanted):
	return pd.DataFrame(
		[(n, item, D(qty), None, 1000) for n, (item, qty) in enumerate(wanted)],
		columns=["line", "item", "qty", "bom", "due"],
	)


def bom_of(book):
	with_bom = set(book.bom_lines["bom"])

	def choose(item, start, chosen):
		name = chosen or f"BOM-{item}"
		if name not in with_bom:
			raise ExplosionError("E-BOM", f"{item} has no BOM.")
		return name

	return choose


def run(book, lines, stock=None):
	return explode(lines, book, stock or {}, lambda frame: frame["due"] - 10, bom_of(book))


def component(bom, item, qty, *, base=1, op=10, scrap=0, fixed=0):
	return (f"BOM-{bom}", item, D(str(qty)), D(base), op, D(scrap), fixed, None, None)


def test_phantom_is_flattened_into_its_parent_at_the_phantoms_operation():
	book = make_book(
		[("top", "Make", "", 0, True), ("kit", "Make", "", 1, True), ("bolt", "Buy", "", 0, True)],
		[component("top", "kit", 2, op=30), component("kit", "bolt", 4, op=10)],
	)
	result = run(book, make_lines(("top", 5)))
	assert list(result.materials["item"]) == ["bolt"]
	assert list(result.materials["required"]) == [D(40)]
	assert list(result.materials["op_no"]) == [30]
	assert len(result.orders) == 1


def test_made_component_becomes_a_child_due_when_its_parent_starts():
	book = make_book(
		[
			("top", "Make", "", 0, True),
			("sub", "Make", "Make to Order", 0, True),
			("raw", "Buy", "", 0, True),
		],
		[component("top", "sub", 3), component("sub", "raw", 1)],
	)
	orders = run(book, make_lines(("top", 10))).orders
	assert orders["item"].tolist() == ["top", "sub"]
	assert orders["qty"].tolist() == [D(10), D(30)]
	assert orders["due"].tolist() == [1000, 990]


def test_stock_is_netted_in_line_order_and_only_the_shortfall_is_made():
	book = make_book(
		[("top", "Make", "", 0, True), ("sub", "Make", "From Stock", 0, True), ("raw", "Buy", "", 0, True)],
		[component("top", "sub", 1), component("sub", "raw", 1)],
	)
	stock = {"sub": D(15)}
	result = run(book, make_lines(("top", 10), ("top", 10)), stock)
	children = result.orders[result.orders["level"] == 1]
	assert children[["line", "qty"]].to_numpy().tolist() == [[1, D(5)]]
	assert stock == {"sub": D(15)}


def test_counted_components_round_up_after_scrap():
	book = make_book(
		[("top", "Make", "", 0, True), ("screw", "Buy", "", 0, True), ("glue", "Buy", "", 0, False)],
		[component("top", "screw", 3, scrap=2), component("top", "glue", "0.0123456", scrap=2)],
	)
	required = run(book, make_lines(("top", 7))).materials["required"].tolist()
	assert required == [D(22), D("0.088148")]


def test_fixed_quantity_is_needed_once_per_order():
	book = make_book(
		[("top", "Make", "", 0, True), ("dye", "Buy", "", 0, False)], [component("top", "dye", 2, fixed=1)]
	)
	assert run(book, make_lines(("top", 500))).materials["required"].tolist() == [D(2)]


def test_line_without_bom_deep_in_its_tree_is_refused_whole_and_gives_its_stock_back():
	book = make_book(
		[
			("bad", "Make", "", 0, True),
			("top", "Make", "", 0, True),
			("sub", "Make", "From Stock", 0, True),
			("nobom", "Make", "Make to Order", 0, True),
			("raw", "Buy", "", 0, True),
		],
		[
			component("bad", "sub", 1),
			component("bad", "nobom", 1),
			component("top", "sub", 1),
			component("sub", "raw", 1),
		],
	)
	result = run(book, make_lines(("bad", 10), ("top", 10)), {"sub": D(10)})
	assert result.errors[0].code == "E-BOM"
	assert set(result.orders["line"]) == {1}
	assert result.orders["item"].tolist() == ["top"]


def test_cycle_is_refused_and_does_not_hang():
	book = make_book(
		[("a", "Make", "", 0, True), ("b", "Make", "", 0, True)],
		[component("a", "b", 1), component("b", "a", 1)],
	)
	assert run(book, make_lines(("a", 1))).errors[0].code == "E-BOM"


@pytest.mark.parametrize("first", ["a", "b"])
def test_phantom_cycle_is_refused_and_does_not_hang(first):
	book = make_book(
		[("top", "Make", "", 0, True), ("a", "Make", "", 1, True), ("b", "Make", "", 1, True)],
		[component("top", first, 1), component("a", "b", 1), component("b", "a", 1)],
	)
	assert run(book, make_lines(("top", 1))).errors[0].code == "E-BOM"


@st.composite
def plants(draw):
	"""Acyclic products: item n may contain items of higher number only."""
	count = draw(st.integers(2, 7))
	items, bom_lines = [], []
	for n in range(count):
		made = n == 0 or (n < count - 1 and draw(st.booleans()))
		phantom = made and n > 0 and draw(st.booleans())
		policy = draw(st.sampled_from(["Make to Order", "From Stock"]))
		items.append((f"i{n}", "Make" if made else "Buy", policy, int(phantom), draw(st.booleans())))
		if not made:
			continue
		for sub in draw(st.lists(st.integers(n + 1, count - 1), min_size=1, max_size=3)):
			qty = D(draw(st.integers(1, 5000))) / 1000
			scrap = draw(st.sampled_from([0, 2, 5]))
			base = draw(st.sampled_from([1, 3, 10]))
			op = draw(st.sampled_from([10, 20]))
			bom_lines.append(component(f"i{n}", f"i{sub}", qty, base=base, op=op, scrap=scrap))
	stock = {f"i{n}": D(draw(st.integers(0, 50))) for n in range(count)}
	wanted = [("i0", draw(st.integers(1, 200))) for _ in range(draw(st.integers(1, 3)))]
	return make_book(items, bom_lines), make_lines(*wanted), stock


def oracle_materials(book, item, qty):
	"""One order's components, phantoms opened by plain recursion."""
	rows = []
	for row in book.bom_lines[book.bom_lines["bom"] == f"BOM-{item}"].itertuples():
		per = row.qty / row.base_qty
		if book.items.loc[row.item, "is_phantom"]:
			for sub, sub_per, _op, scrap in oracle_materials(book, row.item, None):
				rows.append((sub, sub_per * per * (1 + row.scrap_pct / 100), row.op_no, scrap))
		else:
			rows.append((row.item, per, row.op_no, row.scrap_pct))
	return rows


def oracle(book, wanted, stock):
	"""Level by level like a planner on paper: all orders, then all their components, then the next level."""
	stock, made, level = dict(stock), [], [(line, item, qty) for line, item, qty in wanted]
	while level:
		following = []
		for line, item, qty in level:
			needs = []
			for sub, per, op, scrap in oracle_materials(book, item, qty):
				need = (per * qty * (1 + scrap / 100)).quantize(D("0.000001"), ROUND_HALF_UP)
				if book.items.loc[sub, "whole"]:
					need = need.to_integral_value(ROUND_CEILING)
				needs.append((sub, need, op))
				if book.items.loc[sub, "supply"] == "Make" and need > 0:
					taken = D(0)
					if book.items.loc[sub, "make_policy"] == "From Stock":
						taken = min(need, stock[sub])
						stock[sub] -= taken
					if need > taken:
						following.append((line, sub, need - taken))
			made.append((line, item, qty, needs))
		level = following
	return made


@settings(max_examples=60, deadline=None)
@given(plants())
def test_explosion_equals_a_naive_recursive_oracle(plant):
	book, lines, stock = plant
	result = run(book, lines, stock)
	expected = oracle(book, lines[["line", "item", "qty"]].itertuples(index=False, name=None), stock)
	assert not result.errors
	got = [
		(
			order.line,
			order.item,
			order.qty,
			[
				(row.item, row.required, row.op_no)
				for row in result.materials[result.materials["order"] == order.order].itertuples()
			],
		)
		for order in result.orders.itertuples()
	]
	assert got == expected


def test_lines_that_are_all_refused_leave_no_orders_and_no_materials():
	book = make_book([("top", "Make", "", 0, True)], [])
	result = run(book, make_lines(("top", 1), ("top", 2)))
	assert {error.code for error in result.errors.values()} == {"E-BOM"}
	assert not len(result.orders) and not len(result.materials)


def test_line_whose_start_is_an_error_is_refused_with_it():
	book = make_book(
		[("top", "Make", "", 0, True), ("raw", "Buy", "", 0, True)], [component("top", "raw", 1)]
	)
	refusal = ExplosionError("E-ROUTE", "top has no routing.")
	starts = [refusal, 990]
	result = explode(
		make_lines(("top", 1), ("top", 2)),
		book,
		{},
		lambda frame: pd.Series([starts[line] for line in frame["line"]], dtype=object),
		bom_of(book),
	)
	assert result.errors == {0: refusal}
	assert result.orders["line"].tolist() == [1]
