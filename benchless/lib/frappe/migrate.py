"""Brings an existing site up to what its apps' files say."""

import contextlib
from collections.abc import Iterator

import frappe
from frappe.core.doctype.installed_applications.installed_applications import update_installed_applications
from frappe.model.sync import remove_orphan_doctypes, sync_all
from frappe.modules.patch_handler import PatchType, run_all
from frappe.utils.fixtures import sync_fixtures


class SiteMigration:
	"""One run over one site: patches, DocTypes, patches, jobs, fixtures, then the apps' own hooks.

	Each step commits, so that a failed run can simply be started again.
	"""

	def __init__(self, skip_failing: bool = False, skip_search_index: bool = True) -> None:
		self.skip_failing = skip_failing
		self.skip_search_index = skip_search_index

	@contextlib.contextmanager
	def _on_site(self, site: str, sites_path: str) -> Iterator[None]:
		frappe.init(site, sites_path=sites_path, force=True)
		frappe.connect()
		frappe.flags.in_migrate = True
		frappe.flags.mute_emails = True
		try:
			yield
		except BaseException:
			frappe.db.rollback()
			raise
		finally:
			frappe.destroy()

	def run(self, site: str, sites_path: str = ".") -> None:
		"""The site is migrated; nothing of it stays open."""
		with self._on_site(site, sites_path):
			self.pre_schema_updates()
			self.run_schema_updates()
			self.post_schema_updates()

	def pre_schema_updates(self) -> None:
		frappe.clear_cache()
		self._run_hooks("before_migrate")

	def run_schema_updates(self) -> None:
		run_all(skip_failing=self.skip_failing, patch_type=PatchType.pre_model_sync)
		sync_all()
		frappe.db.commit()
		run_all(skip_failing=self.skip_failing, patch_type=PatchType.post_model_sync)

	def post_schema_updates(self) -> None:
		from frappe.core.doctype.scheduled_job_type.scheduled_job_type import sync_jobs

		sync_jobs()
		sync_fixtures()
		remove_orphan_doctypes()
		update_installed_applications()
		frappe.db.commit()
		self._run_hooks("after_migrate")
		frappe.clear_cache()

	def _run_hooks(self, hook: str) -> None:
		for app in frappe.get_installed_apps():
			for method in frappe.get_hooks(hook, app_name=app):
				frappe.get_attr(method)()
		frappe.db.commit()
