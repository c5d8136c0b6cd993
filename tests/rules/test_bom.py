from sbk_mes.rules.bom import describe_path, find_cycle


def test_a_tree_with_shared_parts_has_no_cycle():
	assert find_cycle({"A": ["B", "C"], "B": ["D"], "C": ["D"], "D": []}) is None


def test_the_cycle_is_named_from_its_first_item():
	assert find_cycle({"X": ["A"], "A": ["B"], "B": ["C"], "C": ["A"]}) == ["A", "B", "C", "A"]
	assert describe_path(["A", "B", "A"]) == "A → B → A"


def test_an_item_that_needs_itself():
	assert find_cycle({"A": ["A"]}) == ["A", "A"]


def test_a_cycle_away_from_the_first_item_is_found():
	assert find_cycle({"A": ["B"], "C": ["D"], "D": ["C"]}) == ["C", "D", "C"]


def test_depth_beyond_the_stack():
	chain = {str(level): [str(level + 1)] for level in range(20_000)}
	assert find_cycle(chain) is None
	cycle = find_cycle({**chain, "20000": ["0"]})
	assert cycle is not None
	assert len(cycle) == 20_002
