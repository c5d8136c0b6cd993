from sbk_mes.shopfloor import ship
from sbk_mes.shopfloor.posting import Posting


class MESShipment(Posting):
	"""Goods that have left for a line of a sales order."""

	def get_order(self):
		return ship.open_sales_order(self)

	def check(self, order):
		ship.check(self, order)

	def apply(self, order):
		ship.apply(self, order)
