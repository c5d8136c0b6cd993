"""What a site has chosen for its plans."""

from dataclasses import dataclass

import frappe
from frappe.utils import cint

DEFAULT_DAYS, DEFAULT_SECONDS, DEFAULT_TIMEOUT_S = 90, 5, 600


@dataclass(frozen=True)
class Settings:
	"""What MES Settings say about planning."""

	fence_mins: int
	horizon_days: int
	solver_seconds: int
	workers: int
	timeout_s: int
	move_threshold_mins: int

	@classmethod
	def read(cls) -> "Settings":
		stored = frappe.get_cached_doc("MES Settings")
		return cls(
			cint(stored.fence_mins),
			cint(stored.horizon_days) or DEFAULT_DAYS,
			cint(stored.solver_seconds) or DEFAULT_SECONDS,
			cint(stored.solver_workers) or 1,
			cint(stored.schedule_timeout_s) or DEFAULT_TIMEOUT_S,
			cint(stored.move_threshold_mins),
		)
