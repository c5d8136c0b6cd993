from sbk_mes.shopfloor import inspect, post
from sbk_mes.shopfloor.posting import Posting


class MESInspection(Posting):
	"""A verdict on what a work order has made: accepted, to be reworked, scrap."""

	def get_order(self):
		return post.open_order(
			self.work_order, allowed=inspect.get_nodes(self), policy=inspect.get_policy(self)
		)

	def check(self, order):
		inspect.check(self, order)

	def apply(self, order):
		inspect.apply(self, order)
