"""Patches: lines of an app's `patches.txt`, each run once per site and exact text."""

import configparser
import contextlib
from collections.abc import Iterator
from enum import Enum
from typing import Any

import frappe


class PatchError(Exception):
	"""A patch did not get through."""


class PatchType(Enum):
	"""The sections of patches.txt: before and after the DocTypes are synced."""

	pre_model_sync = "pre_model_sync"
	post_model_sync = "post_model_sync"


def run_all(skip_failing: bool = False, patch_type: PatchType | None = None) -> None:
	"""Every patch line of the section (of both without one) that has not run here has run, in order."""
	done = set(frappe.get_all("Patch Log", filters={"skipped": 0}, pluck="patch", order_by="creation asc"))
	for patch in get_all_patches(patch_type):
		if patch and patch not in done and not run_single(patchmodule=patch) and not skip_failing:
			raise PatchError(f"{patch} failed")


def get_all_patches(patch_type: PatchType | None = None) -> list[str]:
	"""Patch lines of all installed apps, in the order of installation."""
	return [patch for app in frappe.get_installed_apps() for patch in get_patches_from_app(app, patch_type)]


def get_patches_from_app(app: str, patch_type: PatchType | None = None) -> list[str]:
	"""Lines of the app's patches.txt; a file without sections is all `pre_model_sync`."""
	try:
		with open(frappe.get_app_path(app, "patches.txt"), encoding="utf-8") as file:
			text = file.read()
	except FileNotFoundError:
		return []
	parser = configparser.ConfigParser(
		allow_no_value=True, delimiters="\n", comment_prefixes=("#",), interpolation=None, strict=False
	)
	parser.optionxform = str  # type: ignore[assignment,method-assign]
	try:
		parser.read_string(text)
	except configparser.MissingSectionHeaderError:
		lines = [line.strip() for line in text.splitlines()]
		return (
			[]
			if patch_type == PatchType.post_model_sync
			else [line for line in lines if line and not line.startswith("#")]
		)
	sections = [patch_type] if patch_type else list(PatchType)
	return [line for kind in sections if parser.has_section(kind.value) for line in parser[kind.value]]


def run_single(
	patchmodule: str | None = None, method: Any = None, methodargs: Any = None, force: bool = False
) -> bool:
	"""True when the patch has run, now or earlier."""
	if not force and patchmodule and executed(patchmodule):
		return True
	return execute_patch(patchmodule or "", method, methodargs)


def execute_patch(patchmodule: str, method: Any = None, methodargs: Any = None) -> bool:
	"""Runs the line and commits it together with its Patch Log row; an error undoes both and goes on up."""
	with _patch_mode(True):
		frappe.db.begin()
		try:
			if method:
				method(**(methodargs or {}))
			else:
				_run_line(patchmodule)
			if patchmodule:
				update_patch_log(patchmodule)
		except Exception:
			frappe.db.rollback()
			raise
		frappe.db.commit()
	return True


def _run_line(patchmodule: str) -> None:
	if patchmodule.startswith("execute:"):
		exec(patchmodule.partition("execute:")[2], {"frappe": frappe, "__name__": "patch"})
		return
	dotted = patchmodule.split(maxsplit=1)[0]
	module = frappe.get_module(dotted)
	execute = getattr(module, "execute", None)
	if execute is None:
		raise PatchError(f"{dotted} has no execute()")
	execute()


def update_patch_log(patchmodule: str, skipped: bool = False) -> None:
	"""The line counts as run on this site."""
	patch = frappe.get_doc({"doctype": "Patch Log", "patch": patchmodule, "skipped": int(skipped)})
	patch.insert(ignore_permissions=True)


def executed(patchmodule: str) -> bool:
	return bool(frappe.db.get_value("Patch Log", {"patch": patchmodule, "skipped": 0}))


@contextlib.contextmanager
def _patch_mode(enable: bool) -> Iterator[None]:
	before = frappe.flags.in_patch
	frappe.flags.in_patch = enable
	try:
		yield
	finally:
		frappe.flags.in_patch = before
