"""The site's cron: what is due goes to the queues. Not to be confused with an app's own planning."""

import os
from typing import Any

import frappe
from frappe.utils import cint

from benchless import site as sites

_TICK_S = 60


def get_scheduler_tick() -> int:
	"""Seconds between two looks at what is due."""
	return cint(frappe.get_conf().get("scheduler_tick_interval")) or _TICK_S


def enqueue_events_for_all_sites() -> None:
	"""Due jobs of every site in this folder are on their queues. A site that fails stops no other."""
	for name in sites.names(os.curdir):
		try:
			enqueue_events_for_site(name)
		except Exception as error:
			print(f"Site {name}: scheduled jobs were not queued: {type(error).__name__}: {error}")


def enqueue_events_for_site(site: str) -> None:
	"""Due jobs of the site are on their queues, unless its scheduler is off."""
	with sites.connected(site, os.curdir):
		if is_scheduler_inactive(verbose=False):
			return
		if queued := enqueue_events(site):
			print(f"Site {site}: queued {', '.join(queued)}")


def enqueue_events(site: str) -> list[str] | None:
	"""Queue what is due and list the methods; None when nothing is scheduled at all."""
	names = frappe.get_all("Scheduled Job Type", {"stopped": 0}, pluck="name", order_by="name asc")
	if not names:
		return None
	queued = []
	for name in names:
		job_type: Any = frappe.get_doc("Scheduled Job Type", name)
		if job_type.enqueue():
			queued.append(str(job_type.method))
	return queued


def is_scheduler_inactive(verbose: bool = True) -> bool:
	"""True when nothing may be queued: maintenance, paused, or switched off."""
	for setting in ("maintenance_mode", "pause_scheduler"):
		if cint(frappe.local.conf.get(setting)):
			if verbose:
				print(f"{frappe.local.site}: {setting} is set")
			return True
	return is_scheduler_disabled(verbose=verbose)


def is_scheduler_disabled(verbose: bool = True) -> bool:
	"""True when the configuration or System Settings switch the scheduler off."""
	if frappe.local.conf.get("disable_scheduler"):
		if verbose:
			print(f"{frappe.local.site}: disable_scheduler is set")
		return True
	disabled = not cint(frappe.db.get_single_value("System Settings", "enable_scheduler"))
	if disabled and verbose:
		print(f"{frappe.local.site}: the scheduler is disabled in System Settings")
	return disabled


def toggle_scheduler(enable: bool) -> None:
	frappe.db.set_single_value("System Settings", "enable_scheduler", int(enable))


def enable_scheduler() -> None:
	toggle_scheduler(True)


def disable_scheduler() -> None:
	toggle_scheduler(False)


@frappe.whitelist()
def activate_scheduler() -> None:
	"""Switch the scheduler on."""
	frappe.only_for("Administrator")
	enable_scheduler()


@frappe.whitelist()
def get_scheduler_status() -> dict[str, Any]:
	"""Whether due jobs are queued on this site."""
	return {"status": "inactive" if is_scheduler_inactive(verbose=False) else "active"}
