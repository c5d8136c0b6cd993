"""What comes out besides the goods: how much of it, and what it takes off their cost."""

from decimal import ROUND_FLOOR, Decimal

from sbk_mes.rules.quantities import exact
from sbk_mes.rules.valuation import money

FIXED, NET = "Fixed Value", "Net Value"
ZERO = Decimal(0)


def quantity(qty_per: Decimal, goods: Decimal, *, whole: bool) -> Decimal:
	"""What comes with so many goods; of counted pieces only whole ones."""
	qty = exact(qty_per * goods)
	return qty.to_integral_value(ROUND_FLOOR) if whole else qty


def still_to_come(qty_per: Decimal, goods: Decimal, received: Decimal, *, whole: bool) -> Decimal:
	"""What is to be received once there are so many goods, of which `received` came before."""
	return max(quantity(qty_per, goods, whole=whole) - received, ZERO)


def unit_value(rule: str | None, fixed: Decimal, market: Decimal, further_cost: Decimal) -> Decimal:
	"""A fixed value, or what it sells for less what it still costs until then; never below nothing."""
	return money(max(market - further_cost, ZERO)) if rule == NET else money(fixed)
