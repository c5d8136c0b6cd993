"""Events for browsers, as they go out on Redis."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

import frappe

Sent = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def sent(site: str) -> Iterator[Sent]:
	"""What was published on this site since the last call."""
	connection = redis.Redis.from_url(frappe.conf.redis_queue)
	listener = connection.pubsub(ignore_subscribe_messages=True)
	listener.subscribe("events")
	listener.get_message(timeout=5)

	def collect() -> list[dict[str, Any]]:
		connection.publish("events", "end")
		found = []
		while (message := listener.get_message(timeout=5)) and message["data"] != b"end":
			found.append(json.loads(message["data"]))
		return found

	yield collect
	listener.close()


@pytest.mark.parametrize(
	("target", "room"),
	[
		({}, "all"),
		({"user": "u@x"}, "user:u@x"),
		({"doctype": "ToDo", "docname": "d"}, "doc:ToDo/d"),
		({"doctype": "ToDo"}, "all"),
		({"room": "mine", "user": "u@x"}, "mine"),
	],
)
def test_the_room_follows_from_the_target(sent: Sent, site: str, target: dict[str, str], room: str):
	frappe.publish_realtime("ev", {"a": 1}, **target)
	assert sent() == [{"event": "ev", "message": {"a": 1}, "namespace": site, "room": room}]


def test_a_task_tells_its_id(sent: Sent):
	frappe.publish_realtime(message={}, task_id="t1")
	[event] = sent()
	assert (event["event"], event["room"], event["message"]) == (
		"task_progress",
		"task_progress:t1",
		{"task_id": "t1"},
	)


def test_events_of_lists_forms_and_messages_have_their_rooms(sent: Sent):
	frappe.publish_realtime("list_update", {"doctype": "ToDo"})
	frappe.publish_realtime("docinfo_update", {}, doctype="ToDo", docname="d")
	frappe.publish_realtime("msgprint", "text")
	frappe.publish_realtime(message="text")
	assert [(event["event"], event["room"]) for event in sent()] == [
		("list_update", "doctype:ToDo"),
		("docinfo_update", "doc:ToDo/d"),
		("msgprint", "user:Administrator"),
		("global", "all"),
	]


def test_after_commit_goes_out_once_and_a_rollback_forgets(sent: Sent):
	frappe.db.commit()
	sent()
	frappe.publish_realtime("ev", {"a": 1}, after_commit=True)
	frappe.publish_realtime("ev", {"a": 1}, after_commit=True)
	assert sent() == []
	frappe.db.commit()
	assert [event["event"] for event in sent()] == ["ev"]
	frappe.publish_realtime("ev", {"a": 1}, after_commit=True)
	frappe.db.rollback()
	frappe.db.commit()
	assert sent() == []


def test_progress_reaches_the_user_or_the_readers_of_the_document(sent: Sent):
	frappe.publish_progress(50, "T")
	frappe.publish_progress(60, "T", doctype="ToDo", docname="d", description="x")
	first, second = sent()
	assert first["message"] == {"percent": 50, "title": "T", "description": None}
	assert (first["event"], first["room"]) == ("progress", "user:Administrator")
	assert (second["message"]["percent"], second["room"]) == (60, "doc:ToDo/d")
