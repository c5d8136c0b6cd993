"""The process that puts scheduled jobs on their queues when they are due."""

import signal
import threading
from types import FrameType

from frappe.utils import scheduler


def run() -> None:
	"""Look at every site of the folder we are in once a tick, until SIGTERM or SIGINT."""
	stop = threading.Event()

	def request_stop(number: int, frame: FrameType | None) -> None:
		stop.set()

	for number in (signal.SIGTERM, signal.SIGINT):
		signal.signal(number, request_stop)
	while not stop.is_set():
		scheduler.enqueue_events_for_all_sites()
		stop.wait(scheduler.get_scheduler_tick())
