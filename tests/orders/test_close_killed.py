"""Close with return in other processes: one that dies leaves the order as it was, two at once close once."""

import json
import signal

from ending import REASON, everything, half_way
from floor import SCRAP, assert_sound, event_types, state

import frappe

from sbk_mes.costing import ledger

# the doors that every statement goes through, here and on a bench
CLOSING = """
import os, signal
from sbk_mes.orders.close import close_with_return
from sbk_mes.orders.ending import Decisions
count = 0
def counted(real):
	def run(*args, **kwargs):
		global count
		count += 1
		if count == {last}:
			os.kill(os.getpid(), signal.SIGKILL)
		return real(*args, **kwargs)
	return run
for door in ("_execute", "_execute_many") if hasattr(frappe.db, "_execute") else ("sql",):
	setattr(frappe.db, door, counted(getattr(frappe.db, door)))
decisions = Decisions(wip="scrap", scrap_reason={scrap!r})
close_with_return({order!r}, {reason!r}, decisions=decisions, request_id="killed")
print(count)
{ending}
"""
POINTS = 6


def run(home, order, *, last=0, ending="frappe.db.commit()"):
	"""The exit code of a process that closes the order, and how many statements that took."""
	code = CLOSING.format(last=last, scrap=SCRAP, order=order.name, reason=REASON, ending=ending)
	process = home.python(code)
	out, err = process.communicate(timeout=120)
	assert process.returncode in (0, -signal.SIGKILL), err.decode()
	frappe.db.rollback()
	return process.returncode, int(out.split()[-1]) if out.split() else 0


def test_killed_anywhere_it_is_the_old_order_and_closes_the_next_time(home):
	order = half_way()
	frappe.db.commit()
	before = everything(order)
	first, later = (run(home, order, ending="frappe.db.rollback()")[1] for _n in range(2))
	assert later > POINTS
	statements = min(first, later)  # the first fills caches for the ones after it
	for point in range(POINTS):
		last = 1 + point * (statements - 1) // (POINTS - 1)
		code, count = run(home, order, last=last)
		assert code == -signal.SIGKILL, f"not killed at {last} of {statements}: {count} statements"
		assert everything(order) == before
	assert run(home, order)[0] == 0
	assert state(order) == "Closed"
	assert ledger.get_balance(order.name) == 0
	assert_sound(order)
	after = everything(order)
	frappe.db.rollback()
	assert run(home, order)[0] == 0
	assert everything(order) == after


def test_two_managers_at_once_close_it_once(home):
	order = half_way()
	frappe.db.commit()
	code = (
		"import json\n"
		"from sbk_mes.orders.close import close_with_return\n"
		"from sbk_mes.orders.ending import Decisions\n"
		f"decisions = Decisions(wip='scrap', scrap_reason={SCRAP!r})\n"
		f"answer = close_with_return({order.name!r}, {REASON!r}, decisions=decisions)\n"
		"frappe.db.commit()\n"
		"print(json.dumps(answer, sort_keys=True))\n"
	)
	processes = [home.python(code) for _n in range(2)]
	answers = []
	for process in processes:
		out, err = process.communicate(timeout=120)
		assert process.returncode == 0, err.decode()
		answers.append(json.loads(out.splitlines()[-1]))
	frappe.db.rollback()
	assert answers[0] == answers[1]
	assert event_types(order).count("close-with-return") == 1
	assert_sound(order)
