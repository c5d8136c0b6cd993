from sbk_mes.shopfloor import post, report
from sbk_mes.shopfloor.posting import Posting


class MESOperationReport(Posting):
	"""Quantities made at an operation of a work order, or a press of an operator's clock there."""

	def get_order(self):
		return post.open_order(self.work_order, allowed=report.get_nodes(self))

	def check(self, order):
		report.check(self, order)

	def apply(self, order):
		report.apply(self, order)
