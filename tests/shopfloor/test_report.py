"""Operation reports: partial quantities, limits, events, the order's node."""

import pytest
from floor import again, assert_sound, done, make_order, state

from sbk_mes.exceptions import FlowError


def test_an_operation_passes_on_what_it_has_made_and_no_more():
	order = make_order(100)
	done(order, 10, 5)
	with pytest.raises(FlowError, match="at most 5"):
		done(order, 20, 6)
	done(order, 20)
	assert again(order).operations[1].good_qty == 5
	with pytest.raises(FlowError):
		done(order, 20, 1)
	done(order, 10)
	assert again(order).operations[0].good_qty == 100
	assert state(order) == "In Production"
	assert_sound(order)
