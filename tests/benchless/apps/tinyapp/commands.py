"""Commands of the app, written as for a bench."""

import click

import frappe
from frappe.commands import get_site, pass_context


@click.command("tiny-greet")
@click.option("--who", default="world")
@pass_context
def greet(context, who):
	"""Greet from the chosen site."""
	site = get_site(context)
	frappe.init(site=site)
	frappe.connect()
	click.echo(f"hello {who} from {frappe.local.site}, {len(context.sites)} site, user {frappe.session.user}")
	frappe.destroy()


@click.group("tiny")
def tiny():
	"""Commands below a command."""


@tiny.command("enqueue")
@click.argument("key")
@pass_context
def enqueue(context, key):
	"""Queue a job and say its id."""
	frappe.init(site=get_site(context))
	frappe.connect()
	job = frappe.enqueue("tinyapp.jobs.write_default", queue="short", key=key, value="1")
	click.echo(job.id)
	frappe.destroy()


commands = [greet, tiny]
