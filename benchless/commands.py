"""The commands of `benchless`: those a bench has too bear its names and options."""

import ast
import code
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from benchless import process, redis, server, site, supervisor

WORKERS = 2


@contextmanager
def open_site(ctx: click.Context) -> Iterator[str]:
	"""The one site the command line names is open inside the block."""
	name = one_site(ctx)
	with site.connected(name, os.curdir):
		yield name


def one_site(ctx: click.Context) -> str:
	chosen = site.choose(os.curdir, ctx.obj["site"])
	if len(chosen) > 1:
		raise site.UnknownSite("This command works on one site at a time; name it with --site.")
	return chosen[0]


def on_each_site(ctx: click.Context, action: Callable[[str], None]) -> None:
	"""Run `action(site)` on every chosen site, each one open as Administrator."""
	for name in site.choose(os.curdir, ctx.obj["site"]):
		with site.connected(name, os.curdir):
			action(name)


@click.command("new-site")
@click.argument("name")
@click.option("--admin-password", default="admin", show_default=True, help="Password of Administrator.")
@click.option(
	"--install-app", "install", multiple=True, help="Install this app; may be given more than once."
)
@click.option("--force", is_flag=True, help="Replace an existing site of that name.")
@click.pass_context
def new_site(
	ctx: click.Context, name: str, admin_password: str, install: tuple[str, ...], force: bool
) -> None:
	"""Create a site, with the app of --app installed."""
	wanted = list(dict.fromkeys([*ctx.obj["apps"], *install]))
	try:
		site.create(os.curdir, name, apps=wanted, admin_password=admin_password, force=force)
	except FileExistsError as error:
		raise click.ClickException(f"{error}. Use --force to replace it.") from error
	click.echo(f"Site {name} is ready with {', '.join(['frappe', *wanted])}.")


@click.command("install-app")
@click.argument("apps", nargs=-1)
@click.option("--force", is_flag=True)
@click.pass_context
def install_app(ctx: click.Context, apps: tuple[str, ...], force: bool) -> None:
	"""Install apps on the site."""
	from frappe.installer import install_app as install

	def action(name: str) -> None:
		for app in apps or ctx.obj["apps"]:
			site.add_app(os.curdir, app)
			install(app, force=force)
			click.echo(f"{name}: {app} is installed.")

	on_each_site(ctx, action)


@click.command("uninstall-app")
@click.argument("app")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@click.option("--no-backup", is_flag=True, help="As a bench has it; benchless makes no backup.")
@click.option("--force", is_flag=True)
@click.pass_context
def uninstall_app(
	ctx: click.Context, app: str, yes: bool, dry_run: bool, no_backup: bool, force: bool
) -> None:
	"""Remove an app and all its data from the site."""
	from frappe.installer import remove_app

	if not (yes or dry_run):
		click.confirm(f"All documents of {app} will be deleted. Go on?", abort=True)
	on_each_site(
		ctx, lambda name: remove_app(app, dry_run=dry_run, yes=True, no_backup=no_backup, force=force)
	)


@click.command("migrate")
@click.option("--skip-failing", is_flag=True, help="Go on after a patch that fails.")
@click.option("--skip-search-index", is_flag=True, help="As a bench has it; there is no index here.")
@click.pass_context
def migrate(ctx: click.Context, skip_failing: bool, skip_search_index: bool) -> None:
	"""Run patches, bring tables and fixtures up to the apps' files."""
	import frappe
	from frappe.migrate import SiteMigration

	for name in site.choose(os.curdir, ctx.obj["site"]):
		click.echo(f"Migrating {name}")
		try:
			SiteMigration(skip_failing=skip_failing, skip_search_index=skip_search_index).run(site=name)
		finally:
			frappe.destroy()


@click.command("list-apps")
@click.option("--format", "-f", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def list_apps(ctx: click.Context, form: str) -> None:
	"""List the apps on the site."""
	import frappe

	found: dict[str, list[str]] = {}
	on_each_site(ctx, lambda name: found.update({name: list(frappe.get_installed_apps())}))
	if form == "json":
		click.echo(json.dumps(found, indent=1))
		return
	for name, apps in found.items():
		if len(found) > 1:
			click.echo(name)
		for app in apps:
			version = getattr(frappe.get_module(app), "__version__", "")
			click.echo(f"{app} {version}".strip())


@click.command("set-admin-password")
@click.argument("admin_password", required=False)
@click.option("--logout-all-sessions", is_flag=True)
@click.pass_context
def set_admin_password(ctx: click.Context, admin_password: str | None, logout_all_sessions: bool) -> None:
	"""Set the password of Administrator."""
	import frappe
	from frappe.utils.password import update_password

	secret = admin_password or click.prompt(
		"Administrator's password", hide_input=True, confirmation_prompt=True
	)

	def action(name: str) -> None:
		update_password("Administrator", secret, logout_all_sessions=logout_all_sessions)
		frappe.db.commit()

	on_each_site(ctx, action)


@click.command("export-fixtures")
@click.option("--app", help="Only this app's.")
@click.pass_context
def export_fixtures(ctx: click.Context, app: str | None) -> None:
	"""Write the records an app's hooks list into its fixtures folder."""
	from frappe.utils.fixtures import export_fixtures as export

	on_each_site(ctx, lambda name: export(app=app))


@click.command("execute")
@click.argument("method")
@click.option("--args", help="List of arguments as JSON or Python, e.g. '[\"a\", 1]'.")
@click.option("--kwargs", help="Arguments by name, as JSON or Python.")
@click.pass_context
def execute(ctx: click.Context, method: str, args: str | None, kwargs: str | None) -> None:
	"""Call a function by its dotted name, commit, and print what it returns."""
	import frappe

	with open_site(ctx):
		function = _named(method)
		result = function(*_literal(args, []), **_literal(kwargs, {}))
		frappe.db.commit()
		if result is not None:
			click.echo(frappe.as_json(result).strip())


def _named(path: str) -> Any:
	"""What the dotted name stands for: below a module, or below an object in it, as `frappe.db.count`."""
	owner, _dot, name = path.rpartition(".")
	try:
		return getattr(importlib.import_module(owner), name)
	except ModuleNotFoundError as error:
		if not error.name or not f"{owner}.".startswith(f"{error.name}.") or "." not in owner:
			raise
	return getattr(_named(owner), name)


def _literal(text: str | None, otherwise: Any) -> Any:
	if not text:
		return otherwise
	try:
		value = json.loads(text)
	except ValueError:
		try:
			value = ast.literal_eval(text)
		except (ValueError, SyntaxError) as error:
			if isinstance(otherwise, dict):
				raise click.ClickException(f"Neither JSON nor Python: {text}") from error
			value = text  # one word, as a bench takes it
	return [value] if isinstance(otherwise, list) and not isinstance(value, list | tuple) else value


@click.command("console")
@click.pass_context
def console(ctx: click.Context) -> None:
	"""A Python prompt with the site open. Nothing is committed unless you call frappe.db.commit()."""
	import frappe

	with open_site(ctx) as name:
		names = {"frappe": frappe, **{app: frappe.get_module(app) for app in frappe.get_installed_apps()}}
		banner = f"Site {name} is open as Administrator. In this prompt: {', '.join(names)}."
		code.interact(banner=banner, local=names, exitmsg="")


@click.command("clear-cache")
@click.pass_context
def clear_cache(ctx: click.Context) -> None:
	"""Forget what is cached of the site."""
	import frappe

	on_each_site(ctx, lambda name: frappe.clear_cache())


@click.command("enable-scheduler")
@click.pass_context
def enable_scheduler(ctx: click.Context) -> None:
	"""Let scheduled jobs run."""
	_switch_scheduler(ctx, True)


@click.command("disable-scheduler")
@click.pass_context
def disable_scheduler(ctx: click.Context) -> None:
	"""Hold scheduled jobs back."""
	_switch_scheduler(ctx, False)


def _switch_scheduler(ctx: click.Context, enable: bool) -> None:
	import frappe
	from frappe.utils.scheduler import toggle_scheduler

	def action(name: str) -> None:
		toggle_scheduler(enable)
		frappe.db.commit()
		click.echo(f"{name}: scheduled jobs are {'on' if enable else 'off'}.")

	on_each_site(ctx, action)


@click.command("worker")
@click.option("--queue", help="Queues to work on, comma-separated, the first one first. All, when left out.")
@click.option("--burst", is_flag=True, help="End when the queues are empty.")
@click.option("--quiet", is_flag=True, help="Only warnings.")
def run_worker(queue: str | None, burst: bool, quiet: bool) -> None:
	"""Run background jobs."""
	from benchless import worker

	process.follow_supervisor()
	worker.run(queue, burst=burst, quiet=quiet)


@click.command("schedule")
def run_schedule() -> None:
	"""Put scheduled jobs on their queues when they are due."""
	from benchless import cron

	process.follow_supervisor()
	cron.run()


_host = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
_port = click.option("--port", type=int, help="Default: webserver_port of the configuration, or 8000.")


@click.command("web")
@_host
@_port
@click.pass_context
def run_web(ctx: click.Context, host: str, port: int | None) -> None:
	"""Answer HTTP requests."""
	process.follow_supervisor()
	try:
		server.run(host, port or _default_port(), site=_served_site(ctx))
	except server.PortInUse as error:
		raise click.ClickException(str(error)) from error


def _served_site(ctx: click.Context) -> str | None:
	"""The site every host name leads to; None where the host name decides between several."""
	wanted = None if ctx.obj["site"] == "all" else ctx.obj["site"]
	if wanted is None and site.default(os.curdir) is None and len(site.names(os.curdir)) != 1:
		return None
	return site.choose(os.curdir, wanted)[0]


def _default_port() -> int:
	return int(str(site.common_config(os.curdir).get("webserver_port") or 8000))


@click.command("serve")
@_host
@_port
@click.option("--workers", default=WORKERS, show_default=True, help="Processes for background jobs.")
@click.pass_context
def serve(ctx: click.Context, host: str, port: int | None, workers: int) -> None:
	"""Everything in one: web, workers, cron and, where there is none, Redis. Ctrl-C stops it all."""
	port = port or _default_port()
	try:
		server.check_port(host, port)
	except server.PortInUse as error:
		raise click.ClickException(str(error)) from error
	own = redis.PrivateRedis(os.curdir)
	is_own = bool(own.urls() & set(redis.addresses(os.curdir, site.common_config(os.curdir)).values()))
	command = _command_of(ctx)
	click.echo(f"http://{host}:{port} (Ctrl-C stops)")
	supervisor.Supervisor(
		{
			"web": [*command, "web", "--host", host, "--port", str(port)],
			**{name: [*command, "worker", "--queue", queues] for name, queues in _worker_queues(workers)},
			"cron": [*command, "schedule"],
		},
		redis=own if is_own else None,
	).run()


def _command_of(ctx: click.Context) -> list[str]:
	"""How this `benchless` was called, up to the command's name."""
	chosen = [("--app", app) for app in ctx.obj["apps"]]
	if ctx.obj["site"]:
		chosen.append(("--site", ctx.obj["site"]))
	options = [part for pair in chosen for part in pair]
	return [sys.executable, "-m", "benchless", "--sites-path", str(Path.cwd()), *options]


def _worker_queues(workers: int) -> Iterator[tuple[str, str]]:
	"""Name and queues of each worker: with several, the first takes no long job, so short ones never wait."""
	own = list(site.common_config(os.curdir).get("workers") or {})  # type: ignore[call-overload]
	everything = ["long", "default", "short", *own]
	if workers == 1:
		yield "worker", ",".join(reversed(everything))
		return
	for number in range(1, workers + 1):
		yield f"worker{number}", "short,default" if number == 1 else ",".join(everything)


ALL = [
	new_site,
	install_app,
	uninstall_app,
	migrate,
	list_apps,
	set_admin_password,
	export_fixtures,
	execute,
	console,
	clear_cache,
	enable_scheduler,
	disable_scheduler,
	run_worker,
	run_schedule,
	run_web,
	serve,
]
