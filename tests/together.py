"""Several processes at work on one site in the same moment."""

import sys
from subprocess import Popen

HERE = "here"
MEETING = f"""
import sys
import sbk_mes.api.campaigns, sbk_mes.api.changes, sbk_mes.api.orders
print({HERE!r}, flush=True)
sys.stdin.readline()
"""


def run_together(home, *codes):
	"""What each process printed, word by word. All have the site and the app open before any begins."""
	return [printed.split() for printed in outputs_of(home, *codes)]


def outputs_of(home, *codes):
	"""What each process printed."""
	import frappe

	processes = [home.python(MEETING + code) for code in codes]
	for process in processes:
		_wait_for(process)
	for process in processes:
		process.stdin.write(b"go\n")
		process.stdin.flush()
	printed = [_finish(process) for process in processes]
	frappe.db.rollback()
	return printed


def _wait_for(process: "Popen[bytes]") -> None:
	said = process.stdout.readline().decode().strip()
	if said != HERE:
		print(_finish(process), file=sys.stderr)
		raise AssertionError(f"a process said {said!r} before the others were there")


def _finish(process: "Popen[bytes]") -> str:
	out, err = process.communicate(timeout=300)
	assert process.returncode == 0, err.decode()
	return out.decode()
