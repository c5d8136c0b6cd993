"""`benchless --app my_app --site demo COMMAND …`"""

import copy
import importlib
import os
import sys
from functools import wraps
from pathlib import Path
from typing import Any

import click

import benchless
from benchless import commands, redis, site

_OWN = {str(command.name): command for command in commands.ALL}
_READABLE = (redis.RedisUnavailable, site.UnknownSite)


class CommandLine(click.Group):
	"""Our own commands and those of the apps: the list `commands` in `<app>.commands`, as a bench has it."""

	def list_commands(self, ctx: click.Context) -> list[str]:
		return sorted({*_OWN, *_app_commands(ctx)})

	def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
		command = _OWN.get(cmd_name) or _app_commands(ctx).get(cmd_name)
		return _in_sites_folder(command) if command else None


def _app_commands(ctx: click.Context) -> dict[str, click.Command]:
	_find_apps_here()
	benchless.activate()
	found: dict[str, click.Command] = {}
	for app in _apps(ctx):
		if app == "frappe":
			continue
		try:
			module = importlib.import_module(f"{app}.commands")
		except ModuleNotFoundError as error:
			if error.name not in (app, f"{app}.commands"):
				raise
			continue
		found.update((str(command.name), command) for command in getattr(module, "commands", ()))
	return found


def _find_apps_here() -> None:
	"""Apps are found in the folder the command was typed in, here and in the processes started from here."""
	here = os.getcwd()
	if here in sys.path:
		return
	sys.path.append(here)
	os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), here]))


def _apps(ctx: click.Context) -> list[str]:
	named = list(ctx.params.get("app") or ())
	return list(dict.fromkeys([*named, *site.apps(ctx.params.get("sites_path") or _default_sites_path())]))


def _default_sites_path() -> str:
	return os.environ.get("SITES_PATH", "sites")


def _in_sites_folder(command: click.Command) -> click.Command:
	"""The command, run inside the sites folder and with a Redis that answers."""
	callback = command.callback
	if callback is None:
		return command

	@wraps(callback)
	def prepared(*args: Any, **kwargs: Any) -> Any:
		ctx = click.get_current_context()
		try:
			_enter(Path(ctx.obj["sites_path"]), create=command.name == "new-site")
			benchless.activate()
			if command.name not in _OWN:
				ctx.obj["sites"] = _chosen_sites(ctx.obj["site"])
			ctx.with_resource(redis.borrowed(os.curdir, site.common_config(os.curdir)))
			return callback(*args, **kwargs)
		except _READABLE as error:
			raise click.ClickException(str(error)) from error

	command = copy.copy(command)
	command.callback = prepared
	return command


def _enter(sites: Path, create: bool) -> None:
	if create:
		sites.mkdir(parents=True, exist_ok=True)
	if not sites.is_dir():
		raise site.UnknownSite(
			f"There is no folder {sites}. Make a site with `benchless new-site`, "
			"or name the folder with --sites-path."
		)
	os.chdir(sites)


def _chosen_sites(wanted: str | None) -> list[str]:
	"""As `site.choose`; none where nobody named one, for the app's command may need none."""
	try:
		return site.choose(os.curdir, wanted)
	except site.UnknownSite:
		if wanted:
			raise
		return []


@click.group(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--app", multiple=True, is_eager=True, help="The app to install and whose commands to offer.")
@click.option("--site", "site_name", help="The site to work on, or `all`. Default: the only one there is.")
@click.option(
	"--sites-path", default=_default_sites_path, is_eager=True, help="Folder of the sites. [default: sites]"
)
@click.option("--force", is_flag=True, help="Handed to the apps' commands.")
@click.option("--verbose", is_flag=True, help="Handed to the apps' commands.")
@click.option("--profile", is_flag=True, help="Handed to the apps' commands.")
@click.pass_context
def main(
	ctx: click.Context,
	app: tuple[str, ...],
	site_name: str | None,
	sites_path: str,
	force: bool,
	verbose: bool,
	profile: bool,
) -> None:
	"""Run a Frappe app without a bench."""
	ctx.obj = {
		"apps": list(app),
		"site": site_name,
		"sites": [site_name] if site_name else [],
		"sites_path": sites_path,
		"force": force,
		"verbose": verbose,
		"profile": profile,
	}


if __name__ == "__main__":
	main(prog_name="benchless")
