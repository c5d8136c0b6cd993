"""What an order of a quantity needs: of a component in stock units, of an operation in minutes."""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from sbk_mes.rules.quantities import STEP

QTY_STEP = Decimal("0.000001")
HALF_A_STORED_STEP = STEP / 2


def required_qty(
	qty_per: Decimal, order_qty: Decimal, *, fixed: bool, scrap_pct: Decimal, whole: bool
) -> Decimal:
	"""Stock units one order needs of a component: six decimals, or counted up to the next whole unit.

	A third, stored with nine places, is not quite a third: what a whole number exceeds only by that is not
	counted up.
	"""
	exact = (qty_per if fixed else qty_per * order_qty) * (1 + scrap_pct / 100)
	rounded = exact.quantize(QTY_STEP, ROUND_HALF_UP)
	if not whole or not rounded:
		return rounded
	error = HALF_A_STORED_STEP * (1 if fixed else order_qty) * (1 + scrap_pct / 100)
	return max((rounded - error - QTY_STEP / 2).to_integral_value(ROUND_CEILING), Decimal(1))


def planned_mins(setup_mins: Decimal, run_mins: Decimal, order_qty: Decimal) -> Decimal:
	"""Minutes a resource is held by one operation: set up once, run once for each unit."""
	return setup_mins + run_mins * order_qty
