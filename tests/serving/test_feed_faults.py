"""What happens in a user's threads, told over HTTP while Redis is killed, restarted empty, and stalled for ten seconds."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import redis as redis_client

from servers.breakable import Breakable
from servers.cluster import Cluster, cluster
from servers.postgres import Postgres
from serving.test_faults import is_documented_refusal
from web.chatkit.client import Chat, thread_of
from web.chatkit.test_feed import Tab

HEAL_SECONDS = 10.0
STALL_SECONDS = 10.0


@pytest.fixture
def replicas(tmp_path: Path, postgres: Postgres, breakable_redis: Breakable) -> Iterator[Cluster]:
    limits = {"CHATDOCK_USER_REQUESTS_PER_MINUTE": "1000000"}  # the test asks often, and as one user
    with cluster(tmp_path, postgres.create_database(), breakable_redis.url, environment=limits) as started:
        yield started


def kill_and_start_empty(redis: Breakable, meanwhile: Callable[[], None]) -> None:
    redis.server.stop()
    _for(3.0, meanwhile)
    redis.server.start()


def stall(redis: Breakable, meanwhile: Callable[[], None]) -> None:
    with redis_client.Redis.from_url(redis.url) as client:
        pid = int(client.info("server")["process_id"])  # type: ignore[index]
    os.kill(pid, signal.SIGSTOP)
    try:
        _for(STALL_SECONDS, meanwhile)
    finally:
        os.kill(pid, signal.SIGCONT)


def _for(seconds: float, meanwhile: Callable[[], None]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        meanwhile()
        time.sleep(0.2)


@pytest.mark.parametrize("fault", [kill_and_start_empty, stall], ids=lambda fault: fault.__name__)
def test_a_tab_stays_connected_while_redis_is_away_and_is_told_what_happens_within_ten_seconds_of_its_return(
    replicas: Cluster, breakable_redis: Breakable, fault: Callable[[Breakable, Callable[[], None]], None]
) -> None:
    chat, other = Chat(replicas[0]), Chat(replicas[1])  # one user
    thread_id = thread_of(chat.say("Hello"))
    with chat.at(replicas[1]) as elsewhere:
        tab = Tab(other)
        assert tab.response.status_code == 200
        tab.until("stream.ready")

        answers: list[httpx.Response] = []

        def join() -> None:
            """Another tab, which is let in or told when to come back."""
            with elsewhere.stream("GET", "/v1/chatkit/events") as response:
                if response.status_code != 200:
                    response.read()
                answers.append(response)

        fault(breakable_redis, join)
        back_at = time.monotonic()
        seen = len(tab.seen)
        renamed = 0
        while len(tab.seen) == seen:
            assert time.monotonic() - back_at < HEAL_SECONDS, "nothing is told"
            renamed += 1
            chat.post("threads.update", thread_id=thread_id, title=f"Name {renamed}")
            time.sleep(0.1)
        kinds = {event["type"] for _, event in tab.seen[seen:]}
        assert kinds <= {"stream.reset", "thread.updated"}
        assert not tab.ended.is_set(), "the same connection goes on"

        assert all(answer.status_code == 200 or is_documented_refusal(answer) for answer in answers)
        while True:
            join()
            if answers[-1].status_code == 200:
                break
            assert time.monotonic() - back_at < HEAL_SECONDS, "nobody is let in"
            time.sleep(0.1)
        tab.close()
    chat.close()
    other.close()
