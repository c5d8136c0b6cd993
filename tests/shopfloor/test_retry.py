"""A deadlock is the database's affair: what it undid is done again."""

import inspect

import pytest

import frappe

from sbk_mes.api import orders, retry, shopfloor

VERBS = ("report", "start", "pause", "resume", "finish", "inspect", "reverse", "pick", "inbound", "ship")


class Unlucky:
	"""Something that the database gives up a number of times."""

	def __init__(self, deadlocks):
		self.left, self.calls = deadlocks, 0

	def __call__(self, answer):
		self.calls += 1
		if self.left:
			self.left -= 1
			frappe.get_doc({"doctype": "MES UOM", "uom_name": f"Half done {self.calls}"}).insert()
			raise frappe.QueryDeadlockError("Deadlock found when trying to get lock")
		return answer


def make_unlucky(deadlocks):
	unlucky = Unlucky(deadlocks)
	return unlucky, retry.after_deadlock(lambda answer: unlucky(answer))


def test_it_is_done_again_from_the_beginning():
	unlucky, tried = make_unlucky(2)
	assert tried("done") == "done"
	assert unlucky.calls == 3
	assert not frappe.get_all("MES UOM", filters={"name": ["like", "Half done%"]})


def test_it_gives_up_after_some_tries():
	unlucky, tried = make_unlucky(99)
	with pytest.raises(frappe.QueryDeadlockError):
		tried("done")
	assert unlucky.calls == retry.TRIES


def test_refusals_are_not_repeated():
	calls = []

	@retry.after_deadlock
	def refused():
		calls.append(1)
		frappe.throw("no")

	with pytest.raises(frappe.ValidationError):
		refused()
	assert len(calls) == 1


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_of_the_floor_is_tried_again(verb):
	assert is_tried_again(getattr(shopfloor, verb))


@pytest.mark.parametrize("verb", ["force_complete", "close_with_return"])
def test_endings_are_tried_again(verb):
	assert is_tried_again(getattr(orders, verb))


def is_tried_again(function):
	here = inspect.getsourcefile(retry)
	while function.__code__.co_filename != here and hasattr(function, "__wrapped__"):
		function = function.__wrapped__
	return function.__code__.co_filename == here
