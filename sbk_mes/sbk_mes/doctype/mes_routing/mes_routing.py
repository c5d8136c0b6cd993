import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from sbk_mes.exceptions import RoutingError


class MESRouting(Document):
	"""The operations of making an item, in the order of their numbers."""

	def validate(self):
		self.validate_operation_numbers()
		self.validate_times()
		self.validate_alternatives()
		self.validate_needs()
		self.validate_components_keep_their_operation()

	def validate_operation_numbers(self):
		if not self.operations:
			frappe.throw(
				_("Routing {0} has no operation. Add at least one row.").format(self.name), RoutingError
			)
		former = 0
		for row in self.operations:
			if cint(row.op_no) <= former:
				frappe.throw(
					_("Row {0}: operation number {1} must be above {2}. Number the rows upwards.").format(
						row.idx, cint(row.op_no), former
					),
					RoutingError,
				)
			former = cint(row.op_no)

	def validate_times(self):
		for row in self.operations:
			takes_time = flt(row.setup_mins) + flt(row.run_mins) + flt(row.wait_mins) > 0
			if not takes_time and not row.is_outsourced:
				frappe.throw(
					_("Row {0}: operation {1} {2} takes no time. Give setup, run or wait minutes.").format(
						row.idx, row.op_no, row.operation
					),
					RoutingError,
				)

	def validate_alternatives(self):
		main = {cint(row.op_no): row.resource for row in self.operations}
		seen = set()
		for row in self.alternatives:
			op_no = cint(row.op_no)
			if op_no not in main:
				frappe.throw(
					_("Alternative row {0}: there is no operation {1}; choose one of {2}.").format(
						row.idx, op_no, ", ".join(str(known) for known in main)
					),
					RoutingError,
				)
			if row.resource == main[op_no] or (op_no, row.resource) in seen:
				frappe.throw(
					_("Alternative row {0}: {1} already serves operation {2}.").format(
						row.idx, row.resource, op_no
					),
					RoutingError,
				)
			seen.add((op_no, row.resource))

	def validate_needs(self):
		known = [cint(row.op_no) for row in self.operations]
		for row in self.needs:
			if cint(row.op_no) not in known or cint(row.units) < 1:
				frappe.throw(
					_("Need row {0}: {1} of {2} at operation {3}. Choose one of {4} and at least 1.").format(
						row.idx, cint(row.units), row.resource, row.op_no, ", ".join(map(str, known))
					),
					RoutingError,
				)

	def validate_components_keep_their_operation(self):
		"""No active BOM made with this routing names an operation that it does not have."""
		if self.is_new():
			return
		bom, line = frappe.qb.DocType("MES BOM"), frappe.qb.DocType("MES BOM Item")
		row = (
			frappe.qb.from_(line)
			.join(bom)
			.on(line.parent == bom.name)
			.select(bom.name, line.item, line.op_no)
			.where(bom.routing == self.name)
			.where(bom.is_active == 1)
			.where(line.op_no > 0)
			.where(line.op_no.notin([cint(row.op_no) for row in self.operations]))
			.orderby(bom.name)
			.orderby(line.idx)
			.limit(1)
		).run()
		if row:
			frappe.throw(
				_(
					"Routing {0}: BOM {1} uses {2} at operation {3}, which is gone. Change that BOM first."
				).format(self.name, *row[0]),
				RoutingError,
			)
