"""`frappe.cache`: the site's own corner of Redis, and what happens without Redis."""

from collections.abc import Iterator

import pytest

import frappe
from frappe.utils.redis_wrapper import RedisWrapper

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture(autouse=True)
def _clean(site: str) -> Iterator[None]:
	yield
	frappe.cache.delete_keys("try")


def forget_what_was_read() -> None:
	frappe.local.cache = {}


def test_it_is_callable_and_an_object():
	frappe.cache().set_value("try", 1)
	assert frappe.cache.get_value("try") == 1


def test_keys_carry_the_site_unless_shared():
	prefix = f"{frappe.conf.db_name}|".encode()
	assert frappe.cache.make_key("try") == prefix + b"try"
	assert frappe.cache.make_key("try", user="u@x") == prefix + b"user:u@x:try"
	assert frappe.cache.make_key("try", user=True) == prefix + b"user:Administrator:try"
	assert frappe.cache.make_key("try", shared=True) == b"try"


def test_any_value_comes_back_as_it_was():
	value = {"when": frappe.utils.now_datetime(), "list": [1, None, "x"]}
	frappe.cache.set_value("try", value)
	forget_what_was_read()
	assert frappe.cache.get_value("try") == value


def test_the_generator_runs_once():
	calls: list[int] = []

	def generate() -> int:
		calls.append(1)
		return 5

	for _round in range(3):
		assert frappe.cache.get_value("try", generate) == 5
		forget_what_was_read()
	assert len(calls) == 1


def test_a_value_is_asked_for_once_in_a_request():
	frappe.cache.set_value("try", 1)
	super(RedisWrapper, frappe.cache()).delete(frappe.cache.make_key("try"))
	assert frappe.cache.get_value("try") == 1
	assert frappe.cache.get_value("try", expires=True) is None


def test_a_value_expires():
	frappe.cache.set_value("try", 1, expires_in_sec=100)
	assert 90 < frappe.cache.ttl(frappe.cache.make_key("try")) <= 100
	assert frappe.cache.get_value("try", expires=True) == 1


def test_values_of_users_are_apart():
	frappe.cache.set_value("try", 3, user="a@x")
	assert frappe.cache.get_value("try") is None
	assert frappe.cache.get_value("try", user="a@x") == 3
	frappe.cache.delete_value("try", user="a@x")
	assert frappe.cache.get_value("try", user="a@x") is None


def test_deleting_takes_one_many_or_a_prefix():
	for name in ("try-a", "try-b", "try-c"):
		frappe.cache.set_value(name, 1)
	frappe.cache.delete_value(["try-a", "try-b"])
	assert frappe.cache.get_keys("try") == [frappe.cache.make_key("try-c")]
	frappe.cache.delete_keys("try")
	assert frappe.cache.get_keys("try") == []
	assert frappe.cache.get_value("try-c") is None


def test_a_prefix_is_taken_literally():
	frappe.cache.set_value("try-x", 1)
	assert frappe.cache.get_keys("try?") == []


def test_hashes():
	cache = frappe.cache
	cache.hset("try", "a", [1])
	cache.hset("try", "none", None)
	forget_what_was_read()
	assert cache.hget("try", "a") == [1]
	assert cache.hget("try", "b", lambda: 7) == 7
	assert cache.hgetall("try") == {b"a": [1], b"none": None, b"b": 7}
	assert sorted(cache.hkeys("try")) == [b"a", b"b", b"none"]
	assert cache.hexists("try", "a")
	cache.hdel("try", ["a", "none"])
	assert cache.hgetall("try") == {b"b": 7}
	cache.hdel_keys("tr", "b")
	assert not cache.exists("try")


def test_lists_and_sets():
	cache = frappe.cache
	cache.lpush("try-l", "b")
	cache.lpush("try-l", "a")
	cache.rpush("try-l", "c")
	assert cache.lrange("try-l", 0, -1) == [b"a", b"b", b"c"]
	cache.ltrim("try-l", 0, 1)
	assert (cache.llen("try-l"), cache.lpop("try-l"), cache.rpop("try-l")) == (2, b"a", b"b")
	cache.sadd("try-s", "x", "y")
	assert cache.smembers("try-s") == {b"x", b"y"}
	cache.srem("try-s", "x")
	assert not cache.sismember("try-s", "x")
	assert (cache.srandmember("try-s"), cache.spop("try-s")) == (b"y", b"y")


def test_plain_commands_are_there_with_full_keys():
	key = frappe.cache.make_key("try-count")
	assert frappe.cache.incrby(key, 2) == 2
	assert frappe.cache.exists("try-count") == 1


def test_a_cache_without_redis_is_empty_but_no_error(tmp_path):
	away = RedisWrapper.from_url(f"unix://{tmp_path}/nobody.sock")
	assert not away.connected()
	away.set_value("try-away", 1)
	assert away.get_value("try-away") == 1  # in this request
	forget_what_was_read()
	assert away.get_value("try-away") is None
	assert away.get_value("try-away", lambda: 2) == 2
	away.hset("try-h", "a", 1)
	assert away.hget("try-h", "a") == 1
	assert away.hgetall("try-h") == {b"a": 1}
	away.delete_value("try-away")
	away.delete_keys("try")
	assert away.get_value("try-away") is None
	assert away.exists("try-away") == 0
