"""The traveller of a work order on paper."""

from pathlib import Path

from floor import make_order

import frappe
from frappe.utils.jinja import get_jenv

import sbk_mes
from sbk_mes.rules.barcode import svg

PAPER = Path(sbk_mes.__file__).parent / "sbk_mes" / "print_format" / "mes_traveller" / "mes_traveller.html"


def test_the_traveller_shows_operations_materials_and_bar_codes():
	order = make_order(12, operations=2)
	page = get_jenv().from_string(PAPER.read_text(encoding="utf-8")).render(doc=order)
	assert svg(order.name) in page
	for row in order.operations:
		assert row.operation in page and svg(f"{order.name}/{row.op_no}", height=30, module=1) in page
	assert all(row.item in page and row.source_warehouse in page for row in order.materials)


def test_the_print_format_belongs_to_work_orders():
	paper = frappe.get_doc("Print Format", "MES Traveller")
	assert (paper.doc_type, paper.standard, paper.print_format_type) == ("MES Work Order", "Yes", "Jinja")
