"""Bills of material as a graph of items."""

from collections.abc import Iterable, Iterator, Mapping


def find_cycle(edges: Mapping[str, Iterable[str]]) -> list[str] | None:
	"""A path of items that comes back to its first one, or None when the graph has no cycle.

	`edges` gives each item its components. Starting points and components are followed in the order given, so
	the same graph names the same cycle. The graph may be deeper than Python's stack.
	"""
	finished: set[str] = set()
	for root in edges:
		if root in finished:
			continue
		path: list[str] = [root]
		on_path = {root}
		open_branches: list[Iterator[str]] = [iter(edges[root])]
		while open_branches:
			component = next(open_branches[-1], None)
			if component is None:
				open_branches.pop()
				done = path.pop()
				on_path.discard(done)
				finished.add(done)
			elif component in on_path:
				return [*path[path.index(component) :], component]
			elif component not in finished:
				path.append(component)
				on_path.add(component)
				open_branches.append(iter(edges.get(component, ())))
	return None


def describe_path(path: Iterable[str]) -> str:
	"""The items in the order of the path: A → B → A."""
	return " → ".join(path)
