"""What an order of a quantity needs: of a component in stock units, of an operation in minutes."""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

QTY_STEP = Decimal("0.000001")


def required_qty(
	qty_per: Decimal, order_qty: Decimal, *, fixed: bool, scrap_pct: Decimal, whole: bool
) -> Decimal:
	"""Stock units one order needs of a component: six decimals, or counted up to the next whole unit."""
	exact = (qty_per if fixed else qty_per * order_qty) * (1 + scrap_pct / 100)
	rounded = exact.quantize(QTY_STEP, ROUND_HALF_UP)
	return rounded.to_integral_value(ROUND_CEILING) if whole else rounded


def planned_mins(setup_mins: Decimal, run_mins: Decimal, order_qty: Decimal) -> Decimal:
	"""Minutes a resource is held by one operation: set up once, run once for each unit."""
	return setup_mins + run_mins * order_qty
