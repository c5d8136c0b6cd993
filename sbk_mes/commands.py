"""Command line of the app, the same under `bench --site` and `benchless --site`."""

import json
import sys
from typing import Any

import click

import frappe
from frappe.commands import get_site, pass_context


@click.command("mes-demo")
@click.option("--factory", default="four_orders", show_default=True, help="Folder under fixtures/.")
@pass_context
def mes_demo(context: Any, factory: str) -> None:
	"""Load a demo factory, turn its sales orders into work orders and plan them."""
	_connect(context)
	from sbk_mes.conversion import run
	from sbk_mes.demo import factory as factories
	from sbk_mes.demo import plan, summary

	try:
		chosen = factories.open_factory(factory)
		click.secho(chosen.title, bold=True)
		with _Progress() as progress:
			created = factories.load(chosen, progress)
		click.echo("  " + ", ".join(f"{count} {doctype}" for doctype, count in created.items() if count))
		lines = [
			{"sales_order": row.parent, "line": row.idx}
			for row in frappe.get_all(
				"MES Sales Order Item",
				filters={"parent": ["in", chosen.convert]},
				fields=["parent", "idx"],
				order_by="parent asc, idx asc",
				parent_doctype="MES Sales Order",
			)
		]
		result = run.convert(lines, request_id=f"demo-{factory}")
		frappe.db.commit()
		click.secho(f"\n{len(lines)} sales-order lines are work orders now:", bold=True)
		for line in summary.conversion_lines(result["conversion"]):
			click.echo("  " + line)
		click.secho("\nThe plan in force:", bold=True)
		made = frappe.get_all(
			"MES Work Order",
			filters={"conversion": result["conversion"]},
			pluck="name",
			order_by="name asc",
		)
		for line in plan.make(made):
			click.echo("  " + line)
	finally:
		frappe.destroy()


@click.command("mes-verify-events")
@click.option("--work-order", default=None, help="Only this one; all when left out.")
@pass_context
def mes_verify_events(context: Any, work_order: str | None) -> None:
	"""Check the hash chain of the event stream; exit status 1 when an event was changed or lost."""
	_connect(context)
	from sbk_mes.events import verify

	try:
		orders = (
			[work_order]
			if work_order
			else frappe.get_all("MES Work Order", pluck="name", order_by="name asc")
		)
		broken = [verdict for verdict in map(verify, orders) if not verdict.is_intact]
		for verdict in broken:
			click.echo(json.dumps(verdict.as_dict()))
		click.echo(f"{len(orders)} work orders checked, {len(broken)} broken")
	finally:
		frappe.destroy()
	sys.exit(1 if broken else 0)


def _connect(context: Any) -> None:
	frappe.init(get_site(context), sites_path=".")
	frappe.connect()


class _Progress:
	"""A bar on a terminal, nothing in a log."""

	def __enter__(self) -> "_Progress":
		return self

	def __call__(self, doctype: str, done: int, total: int) -> None:
		if sys.stdout.isatty():
			filled = 24 * done // total
			click.echo(f"\r  [{'#' * filled}{'.' * (24 - filled)}] {doctype:<24}", nl=False)

	def __exit__(self, *_error: object) -> None:
		if sys.stdout.isatty():
			click.echo("\r" + " " * 56 + "\r", nl=False)


commands = [mes_demo, mes_verify_events]
