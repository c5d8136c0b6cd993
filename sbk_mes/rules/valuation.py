"""Moving average: what a holding of stock is worth, and what leaves with a part of it."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from sbk_mes.rules.quantities import QuantityError, plain

MONEY_STEP = Decimal("0.000001")
ZERO = Decimal(0)


def money(amount: float | int | str | Decimal | None) -> Decimal:
	"""The amount at six places. Nothing is 0."""
	if amount is None or amount == "":
		return ZERO
	number = amount if isinstance(amount, Decimal) else Decimal(str(amount))
	return number.quantize(MONEY_STEP, ROUND_HALF_EVEN)


@dataclass(frozen=True)
class Holding:
	"""A quantity of one thing and what all of it is worth."""

	qty: Decimal = ZERO
	value: Decimal = ZERO

	@property
	def rate(self) -> Decimal:
		return money(self.value / self.qty) if self.qty else ZERO

	def put(self, qty: Decimal, value: Decimal) -> "Holding":
		return Holding(self.qty + qty, self.value + value)

	def value_of(self, qty: Decimal) -> Decimal:
		"""What `qty` of it is worth at the average; all of it is worth exactly its value."""
		if qty == self.qty:
			return self.value
		return money(self.value * qty / self.qty) if self.qty else ZERO

	def take(self, qty: Decimal, value: Decimal | None = None) -> tuple[Decimal, "Holding"]:
		"""The value that leaves with `qty`, and what stays.

		A `value` asked for is granted as far as it is there; the last of a holding takes all of it.

		Raises
		------
		QuantityError
			There is less than `qty`.
		"""
		if qty > self.qty:
			raise QuantityError(f"{plain(qty)} cannot leave a holding of {plain(self.qty)}")
		leaving = self.value_of(qty)
		if value is not None and qty < self.qty:
			leaving = max(min(value, self.value), ZERO)
		return leaving, Holding(self.qty - qty, self.value - leaving)
