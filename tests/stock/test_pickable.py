"""What the storekeeper's dialog shows."""

from floor import make_order

from sbk_mes.api import material, shopfloor
from sbk_mes.stock import pick


def test_open_lines_of_the_order_until_all_is_picked():
	order = make_order(10, picked=False)
	(line,) = material.to_pick(order.name)["lines"]
	assert (line["item"], line["open_qty"], line["available_qty"]) == (order.materials[0].item, 20, 20)
	shopfloor.pick(lines=[{"pick_list": line["pick_list"], "line": line["line"], "qty": 20}])
	assert material.to_pick(order.name)["lines"] == pick.propose([]) == []
