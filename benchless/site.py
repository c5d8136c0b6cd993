"""Sites from the outside: which there are, making one, opening one for a while.

A test or script needs no command line:

    import benchless
    benchless.activate()
    from benchless import redis, site

    with redis.borrowed("sites"):
        site.create("sites", "demo", apps=["my_app"], admin_password="secret")
        with site.connected("demo", "sites"):
            import frappe
            frappe.get_all("User", order_by="name")
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import benchless

Folder = str | os.PathLike[str]


class UnknownSite(RuntimeError):
	"""No site of that name, or none named where there are several; the message says what to do."""


def names(sites: Folder) -> list[str]:
	"""Sites of the folder, sorted."""
	return sorted(path.parent.name for path in Path(sites).glob("*/site_config.json"))


def choose(sites: Folder, wanted: str | None = None) -> list[str]:
	"""The sites a command works on: the wanted one, `all`, the default one, or the only one.

	Raises
	------
	UnknownSite
		None of these.
	"""
	known = names(sites)
	if wanted == "all":
		return known
	chosen = wanted or os.environ.get("FRAPPE_SITE") or default(sites)
	if chosen:
		if chosen not in known:
			raise UnknownSite(f"There is no site {chosen} in {os.fspath(sites)}. It has: {_listed(known)}.")
		return [chosen]
	if len(known) == 1:
		return known
	raise UnknownSite(f"Say which site with --site. {os.fspath(sites)} has: {_listed(known)}.")


def _listed(known: Sequence[str]) -> str:
	return ", ".join(known) or "none; make one with `benchless new-site`"


def default(sites: Folder) -> str | None:
	"""`default_site` of the folder's common configuration."""
	found = common_config(sites).get("default_site")
	return str(found) if found else None


def common_config(sites: Folder) -> dict[str, object]:
	"""What `common_site_config.json` says, {} without the file."""
	try:
		content = Path(sites, "common_site_config.json").read_text(encoding="utf-8")
	except FileNotFoundError:
		return {}
	config: dict[str, object] = json.loads(content)
	return config


def apps(sites: Folder) -> list[str]:
	"""Apps the folder knows (`apps.txt`), frappe first."""
	try:
		lines = Path(sites, "apps.txt").read_text(encoding="utf-8").split()
	except FileNotFoundError:
		lines = []
	return ["frappe", *(line for line in lines if line != "frappe")]


def add_app(sites: Folder, app: str) -> None:
	"""The folder knows the app."""
	known = apps(sites)
	if app in known and Path(sites, "apps.txt").exists():
		return
	Path(sites).mkdir(parents=True, exist_ok=True)
	lines = [*known, *([app] if app not in known else [])]
	Path(sites, "apps.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def create(
	sites: Folder,
	name: str,
	*,
	apps: Sequence[str] = (),
	admin_password: str = "admin",
	force: bool = False,
) -> None:
	"""The site exists with these apps installed, and is closed again.

	Raises
	------
	FileExistsError
		There is one of that name, and `force` is not set.
	"""
	benchless.activate()
	import frappe
	from frappe.installer import new_site

	for app in ("frappe", *apps):
		add_app(sites, app)
	try:
		new_site(name, admin_password, sites_path=os.fspath(sites), apps=list(apps), force=force)
	finally:
		frappe.destroy()


@contextmanager
def connected(name: str, sites: Folder) -> Iterator[None]:
	"""The site is open inside the block, as Administrator. What is not committed there is lost."""
	benchless.activate()
	import frappe

	frappe.init(name, sites_path=os.fspath(sites), force=True)
	frappe.connect()
	try:
		yield
	finally:
		frappe.destroy()
