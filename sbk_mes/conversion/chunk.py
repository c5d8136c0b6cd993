"""Some lines of a conversion, decided and written in one transaction; a bad one never blocks the others."""

from collections.abc import Collection, Sequence
from decimal import Decimal

from rq.timeouts import BaseTimeoutException

import frappe
from frappe import _
from frappe.model.workflow import apply_workflow
from frappe.utils import cint, flt, getdate, nowdate

from sbk_mes.conversion import requests
from sbk_mes.conversion.check import NothingOpen
from sbk_mes.conversion.clock import load_clocks
from sbk_mes.conversion.load import Source
from sbk_mes.conversion.plan import Line, PlannedOrder, Planner, Plant, check_lines
from sbk_mes.conversion.products import Products, load_products
from sbk_mes.conversion.stock import load_available, load_free_stock
from sbk_mes.conversion.write import WORK_ORDER, Desk, Writer
from sbk_mes.exceptions import MESError
from sbk_mes.orders import ahead
from sbk_mes.rules.states import RELEASED

INFRASTRUCTURE = (frappe.QueryDeadlockError, frappe.QueryTimeoutError, BaseTimeoutException)
BEFORE_WRITING = "mes_conversion_write"
BEFORE_RELEASE = "mes_conversion_release"


class Chunk:
	"""Lines of one conversion that are decided together; each of them leaves with a status."""

	def __init__(self, record: frappe._dict, lines: Sequence[frappe._dict]):
		self.record = record
		self.lines = {line.idx: line for line in lines}
		self.settings = frappe.get_cached_doc("MES Settings")

	def convert(self, sources: Sequence[Source], refused: dict[int, MESError]) -> None:
		"""What can be made of the sources is written; each line says what came of it."""
		products = load_products(
			{source.item for source in sources},
			{source.bom for source in sources},
			{source.routing for source in sources},
		)
		plant = self._plant(products, sources)
		checked, reasons = check_lines(sources, products, plant)
		available = load_available(list(products.items))
		trees = self._plan(checked, products, plant, available, reasons)
		for position, reason in {**refused, **reasons}.items():
			self._set_refused(position, reason)
		if self.record.all_or_nothing and self._is_spoilt():
			self._skip_pending()
			return
		desk = self._desk(products, plant, available)
		self._write(trees, desk)
		self._release(trees)

	def _plan(
		self,
		checked: Sequence[Line],
		products: Products,
		plant: Plant,
		available: dict[tuple[str, str | None], Decimal],
		reasons: dict[int, Exception],
	) -> dict[int, list[PlannedOrder]]:
		if not checked:
			return {}
		free = load_free_stock(products.netted_items(), available)
		plan = Planner(products, plant).plan(checked, products.book(), free)
		reasons.update(plan.refused)
		return plan.by_line()

	def _plant(self, products: Products, sources: Sequence[Source]) -> Plant:
		names = {routing.workshop for routing in products.routings.values()} | {s.workshop for s in sources}
		workshops = {
			shop.name: shop
			for shop in frappe.get_all(
				"MES Workshop",
				filters={"name": ["in", sorted(name for name in names if name)]},
				fields=["name", "calendar", "source_warehouse", "wip_warehouse", "fg_warehouse"],
				order_by="name asc",
			)
		}
		return Plant(
			clocks=load_clocks(workshops, self.settings.default_calendar),
			workshops=workshops,
			default_warehouse=self.settings.default_warehouse or None,
			over_production_pct=flt(self.settings.over_production_pct),
			today=getdate(nowdate()),
		)

	def _desk(
		self, products: Products, plant: Plant, available: dict[tuple[str, str | None], Decimal]
	) -> Desk:
		return Desk(
			conversion=self.record.name,
			request_id=self.record.request_id,
			products=products,
			workshops=plant.workshops,
			series={row.order_type: row.naming_series for row in self.settings.order_types},
			default_warehouse=plant.default_warehouse,
			over_production_pct=plant.over_production_pct,
			group_by_sales_order=bool(cint(self.settings.group_by_sales_order)),
			available=available,
		)

	def _write(self, trees: dict[int, list[PlannedOrder]], desk: Desk) -> None:
		"""All trees at once; if somebody's hook refuses one, each by itself to find out which."""
		if not trees:
			return
		error = self._try([order for tree in trees.values() for order in tree], desk)
		if error is None:
			return
		if len(trees) == 1:
			self._set_refused(next(iter(trees)), error)
		elif self.record.all_or_nothing:
			self._find_refused(trees, desk)
		else:
			for position, tree in trees.items():
				error = self._try(tree, desk)
				if error:
					self._set_refused(position, error)
		if self.record.all_or_nothing:
			self._skip_pending()

	def _find_refused(self, trees: dict[int, list[PlannedOrder]], desk: Desk) -> None:
		"""Lines that cannot be written are marked; nothing stays written."""
		frappe.db.savepoint(BEFORE_RELEASE)
		for position, tree in trees.items():
			error = self._try(tree, desk)
			self.lines[position].update(status=requests.PENDING, work_order=None, work_orders_count=0)
			if error:
				self._set_refused(position, error)
		frappe.db.rollback(save_point=BEFORE_RELEASE)

	def _try(self, orders: Sequence[PlannedOrder], desk: Desk) -> Exception | None:
		frappe.db.savepoint(BEFORE_WRITING)
		available = dict(desk.available)
		writer = Writer(desk)
		try:
			writer.write(orders)
		except INFRASTRUCTURE:
			raise
		except Exception as error:
			frappe.db.rollback(save_point=BEFORE_WRITING)
			desk.available = available
			if not isinstance(error, frappe.ValidationError | frappe.PermissionError):
				frappe.log_error(_("Conversion {0}").format(self.record.name))
			return error
		for order in orders:
			line = self.lines[order.line.source.position]
			if order.parent is None:
				line.update(status=requests.CREATED, work_order=writer.names[order.number])
			line.work_orders_count = cint(line.work_orders_count) + 1
		return None

	def _release(self, trees: dict[int, list[PlannedOrder]]) -> None:
		"""Orders whose policy says so are released by the user who converts; what cannot be stays a draft."""
		released = {row.order_type for row in self.settings.order_types if cint(row.release_on_convert)}
		roots = {
			self.lines[position].work_order: self.lines[position]
			for position, tree in trees.items()
			if self.lines[position].status == requests.CREATED and tree[0].line.order_type in released
		}
		if not roots:
			return
		below = self._names_below(roots)
		names = [*roots, *(name for names in below.values() for name in names)]
		with ahead.reading(names, towards=RELEASED) as known:
			for root, line in roots.items():
				for name in [root, *below[root]]:
					why = _release_order(name, known)
					if why:
						line.message = _("{0} stays a draft: {1}").format(name, why)
						break

	def _names_below(self, roots: Collection[str]) -> dict[str, list[str]]:
		"""Sub-orders of each root, those of a level before those below them."""
		names: dict[str, list[str]] = {root: [] for root in roots}
		for row in frappe.get_all(
			WORK_ORDER,
			filters={"root_work_order": ["in", list(roots)]},
			fields=["name", "root_work_order"],
			order_by="level asc, name asc",
		):
			names[row.root_work_order].append(row.name)
		return names

	def _is_spoilt(self) -> bool:
		return bool(cint(self.record.failed_count)) or any(
			line.status == requests.LINE_FAILED for line in self.lines.values()
		)

	def _skip_pending(self) -> None:
		for line in self.lines.values():
			if line.status == requests.PENDING:
				line.status = requests.SKIPPED
				line.message = _(
					"Not converted, because another line failed and all or nothing was asked for."
				)

	def _set_refused(self, position: int, reason: Exception) -> None:
		line = self.lines[position]
		line.status = requests.SKIPPED if isinstance(reason, NothingOpen) else requests.LINE_FAILED
		line.error_code = getattr(reason, "code", None)
		line.message = str(reason) or type(reason).__name__
		line.work_order, line.work_orders_count = None, 0


def _release_order(name: str, known: ahead.Ahead) -> str | None:
	"""Why the order could not be released; None when it is."""
	frappe.db.savepoint(BEFORE_RELEASE)
	try:
		with known.attempt():
			apply_workflow(frappe.get_doc(WORK_ORDER, name), "Release")
	except INFRASTRUCTURE:
		raise
	except Exception as error:
		frappe.db.rollback(save_point=BEFORE_RELEASE)
		if not isinstance(error, frappe.ValidationError | frappe.PermissionError):
			frappe.log_error(_("Release of {0} on conversion").format(name))
		return str(error) or _("You may not release it.")
	return None
