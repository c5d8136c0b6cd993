"""The calendar of an app: which of its methods runs when, and what became of it."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from croniter import CroniterBadCronError, croniter

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime
from frappe.utils.background_jobs import enqueue, is_job_enqueued

_CRON_OF_FREQUENCY = {
	"All": "*/4 * * * *",
	"Hourly": "0 * * * *",
	"Daily": "0 0 * * *",
	"Weekly": "0 0 * * 0",
	"Monthly": "0 0 1 * *",
	"Yearly": "0 0 1 1 *",
	"Annual": "0 0 1 1 *",
}
_LONG = " Long"
_SPREAD_S = 600  # long jobs of one frequency start spread over so many seconds


class ScheduledJobType(Document):
	"""A method that runs at set times."""

	def autoname(self) -> None:
		self.name = ".".join(self.method.split(".")[-2:])

	def validate(self) -> None:
		if self.frequency != "All":
			self.create_log = 1
		if self.frequency == "Cron":
			self.validate_cron_format()

	def validate_cron_format(self) -> None:
		if not self.cron_format:
			frappe.throw(_("Cron format is required for job types with Cron frequency."))
		try:
			croniter(self.cron_format)
		except CroniterBadCronError:
			frappe.throw(_("{0} is not a valid Cron expression.").format(self.cron_format))

	@property
	def next_execution(self) -> datetime:
		return self.get_next_execution()

	@property
	def rq_job_id(self) -> str:
		"""One id for every run of the method, so that two never wait at once."""
		return f"scheduled_job::{self.method}"

	def enqueue(self, force: bool = False) -> bool:
		"""A run is queued if it was due (or `force`) and none waited. True when this call put it there."""
		if not (force or self.is_event_due()) or self.is_job_in_queue():
			return False
		return bool(
			enqueue(
				run_scheduled_job,
				queue=self.get_queue_name(),
				job_type=self.method,
				job_id=self.rq_job_id,
				deduplicate=True,
			)
		)

	def is_event_due(self, current_time: datetime | None = None) -> bool:
		"""True from the moment of the next run on."""
		return self.get_next_execution() <= (current_time or now_datetime())

	def is_job_in_queue(self) -> bool:
		return is_job_enqueued(self.rq_job_id)

	def get_next_execution(self) -> datetime:
		"""The first time after the last run (after the creation, if it never ran) that fits the frequency."""
		frequency = self.frequency.removesuffix(_LONG)
		expression = self.cron_format if frequency == "Cron" else _CRON_OF_FREQUENCY[frequency]
		since = get_datetime(self.last_execution or self.creation)
		following: datetime = croniter(expression, since).get_next(datetime)
		if self.frequency.endswith(_LONG):
			following += timedelta(seconds=zlib.crc32(self.method.encode()) % _SPREAD_S)
		return following

	def get_queue_name(self) -> str:
		return "long" if self.frequency.endswith(_LONG) else "default"

	def execute(self) -> None:
		"""The method ran once. What it raised is in Scheduled Job Log and Error Log, not raised again."""
		self.db_set("last_execution", now_datetime(), update_modified=False)
		log = self._open_log()
		frappe.db.commit()
		try:
			frappe.get_attr(self.method)()
			status, details = "Complete", None
			frappe.db.commit()
		except Exception:
			frappe.db.rollback()
			status, details = "Failed", frappe.get_traceback(with_context=True)
			frappe.log_error(title=self.method, reference_doctype=self.doctype, reference_name=self.name)
		if log:
			log.db_set({"status": status, "details": details})
		frappe.db.commit()

	def _open_log(self) -> Any:
		if not self.create_log:
			return None
		return frappe.get_doc(
			{"doctype": "Scheduled Job Log", "status": "Scheduled", "scheduled_job_type": self.name}
		).insert(ignore_permissions=True)

	def on_trash(self) -> None:
		frappe.db.delete("Scheduled Job Log", {"scheduled_job_type": self.name})


@frappe.whitelist()
def execute_event(doc: str) -> Any:
	"""Queue the job type in `doc` (JSON with its name) now, due or not."""
	frappe.only_for("System Manager")
	given = frappe.parse_json(doc)
	frappe.get_doc("Scheduled Job Type", given.get("name")).enqueue(force=True)
	return given


def run_scheduled_job(job_type: str) -> None:
	"""Run the job type of that method; what the worker enters."""
	name = frappe.db.get_value("Scheduled Job Type", {"method": job_type})
	if name:
		frappe.get_doc("Scheduled Job Type", name).execute()


def sync_jobs(hooks: Mapping[str, Any] | None = None) -> None:
	"""Job types are exactly those of the installed apps' `scheduler_events` (or of `hooks`)."""
	wanted = list(_events(hooks or frappe.get_hooks("scheduler_events") or {}))
	for method, frequency, cron_format in wanted:
		insert_single_event(frequency, method, cron_format)
	clear_events([method for method, _frequency, _cron in wanted])


def _events(scheduler_events: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
	"""Method, frequency and cron expression of everything the hooks name."""
	for event, named in scheduler_events.items():
		if event == "cron":
			tables = named if isinstance(named, list) else [named]
			for table in tables:
				for expression, methods in table.items():
					yield from ((method, "Cron", expression) for method in _listed(methods))
		else:
			frequency = event.replace("_", " ").title()
			yield from ((method, frequency, None) for method in _listed(named))


def _listed(methods: str | Iterable[str]) -> Iterable[str]:
	return [methods] if isinstance(methods, str) else methods


def insert_single_event(frequency: str, event: str, cron_format: str | None = None) -> None:
	"""The method has its job type; an existing one keeps `stopped`, log setting and last run."""
	try:
		frappe.get_attr(event)
	except Exception as error:
		print(f"{event} is not a valid method: {error}")
		return
	name = frappe.db.get_value("Scheduled Job Type", {"method": event})
	if not name:
		frappe.get_doc(
			{
				"doctype": "Scheduled Job Type",
				"method": event,
				"frequency": frequency,
				"cron_format": cron_format,
			}
		).insert(ignore_permissions=True, ignore_if_duplicate=True)
		return
	job_type: Any = frappe.get_doc("Scheduled Job Type", name)
	if (job_type.frequency, job_type.cron_format or None) != (frequency, cron_format):
		job_type.frequency, job_type.cron_format = frequency, cron_format
		job_type.save(ignore_permissions=True)


def clear_events(all_events: list[str]) -> None:
	"""Job types of other methods are gone."""
	for row in frappe.get_all("Scheduled Job Type", fields=["name", "method"], order_by="name asc"):
		if row.method not in all_events:
			frappe.delete_doc("Scheduled Job Type", row.name, force=True, ignore_permissions=True)
