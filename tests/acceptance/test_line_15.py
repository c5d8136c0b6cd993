"""Acceptance line 15: the open quantity of a sales-order line is right, also after a short close."""

from floor import again, done

from sbk_mes import testing
from sbk_mes.board.demand import get_lines
from sbk_mes.orders.ending import Decisions
from sbk_mes.orders.force import force_complete
from sbk_mes.shopfloor.inbound import inbound


def open_qty(sale):
	return [line["open_qty"] for line in get_lines(sale.name)]


def test_sixty_closed_short_at_forty_five_leave_fifty_five_to_convert():
	part, store = testing.make_material(backflush=1), testing.make_warehouse()
	testing.receive_stock(part, store, 1000)
	item = testing.make_product(
		[{"item": part, "qty": 1, "source_warehouse": store}],
		[{"operation": "Make", "resource": testing.make_resource()}],
		fg_warehouse=testing.make_warehouse(kind="Finished"),
	)
	sale = testing.make_sales_order([{"item": item.name, "qty": 100}])
	(result,) = testing.convert_lines(sale, qty=60)["results"]
	assert open_qty(sale) == [40]
	order = testing.dispatch(again(result["work_order"]))
	done(order, 10, 45)
	inbound(order.name)
	force_complete(order.name, "Agreed with the customer", decisions=Decisions())
	assert (again(order).workflow_state, again(order).short_closed_qty) == ("Completed", 15)
	assert open_qty(sale) == [55]
	(result,) = testing.convert_lines(sale)["results"]
	assert (again(result["work_order"]).planned_qty, open_qty(sale)) == (55, [0])
