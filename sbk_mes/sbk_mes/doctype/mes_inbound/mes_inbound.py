from sbk_mes.shopfloor import inbound, post
from sbk_mes.shopfloor.posting import Posting


class MESInbound(Posting):
	"""A batch of what a work order has made, received in a warehouse."""

	def get_order(self):
		return post.open_order(self.work_order, allowed=inbound.get_nodes(self))

	def check(self, order):
		inbound.check(self, order)

	def apply(self, order):
		inbound.apply(self, order)
