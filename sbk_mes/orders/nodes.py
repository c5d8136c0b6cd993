"""Whether an order is at a node where something can be done with it."""

from collections.abc import Collection

from frappe import _

from sbk_mes.orders import freeze


def find_wrong(order, allowed: Collection[str], *, if_split: str) -> str | None:
	"""What is wrong with where the order is, None when it is at one of those allowed.

	`if_split` is what is wrong with an order that was split. Raise FrozenError for a frozen one.
	"""
	freeze.refuse_frozen(order)
	if order.is_container:
		return if_split
	if order.workflow_state not in allowed:
		return _("it is {0}; that is possible only when it is {1}").format(
			_(order.workflow_state), ", ".join(_(node) for node in allowed)
		)
	return None
