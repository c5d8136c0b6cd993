"""What every long-running process of benchless does alike."""

import ctypes
import os
import signal
import sys
import threading
from typing import Final

_SUPERVISOR: Final = "BENCHLESS_SUPERVISOR"
_PR_SET_PDEATHSIG: Final = 1
_LOOK_EVERY_S: Final = 0.5


def environment_of_children() -> dict[str, str]:
	"""The environment for processes that shall not outlive this one."""
	return {
		**os.environ,
		_SUPERVISOR: str(os.getpid()),
		"PYTHONUNBUFFERED": "1",
		"OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # macOS would end a worker's forked jobs
	}


def follow_supervisor() -> None:
	"""A process started by the supervisor ends with it, however that ends. Alone it does nothing."""
	if (parent := os.environ.pop(_SUPERVISOR, None)) is not None:
		end_with(int(parent), signal.SIGTERM)


def end_with(parent: int, number: signal.Signals) -> None:
	"""This process gets the signal when its parent is gone, be it by SIGKILL."""
	if sys.platform == "linux":
		ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(number))
	else:
		threading.Thread(target=_watch, args=(parent, number), daemon=True).start()
	if os.getppid() != parent:
		os.kill(os.getpid(), number)


def _watch(parent: int, number: signal.Signals) -> None:
	pause = threading.Event()
	while os.getppid() == parent:
		pause.wait(_LOOK_EVERY_S)
	os.kill(os.getpid(), number)
