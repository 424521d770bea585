"""Two replicas on one PostgreSQL and one Redis: whoever is asked, the answer is the same, with Redis there or away."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import redis as redis_client

from servers.cluster import Cluster, cluster
from servers.postgres import Postgres
from servers.redis import RedisServer
from storage import raw
from web.chatkit.client import Chat, message, thread_of

RESUMABLE = {"x-chatdock-client": "test"}
WAIT_SECONDS = 30.0


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One that these tests may break."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, redis: RedisServer) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("replicas"), postgres.create_database(), redis.url) as started:
        yield started


@pytest.fixture
def chat(replicas: Cluster) -> Iterator[Chat]:
    """At the first replica."""
    chat = Chat(replicas[0])
    yield chat
    chat.close()


class Reader(threading.Thread):
    """Reads one response to its end, however that comes."""

    def __init__(self, http: httpx.Client, method: str, url: str, body: object = None) -> None:
        super().__init__(daemon=True)
        self.text = ""
        self.run_id = ""
        self.status = 0
        self._request = (http, method, url, body)

    def run(self) -> None:
        http, method, url, body = self._request
        try:
            with http.stream(method, url, json=body, headers=RESUMABLE) as response:
                self.run_id = response.headers.get("x-chatdock-run-id", "")
                self.status = response.status_code
                for chunk in response.iter_text():
                    self.text += chunk
        except httpx.TransportError:
            pass  # its server was killed

    @property
    def data(self) -> list[str]:
        """Its frames without their ids."""
        return [line for line in self.text.split("\n") if line.startswith("data: ")]

    def wait_for(self, word: str) -> "Reader":
        until(lambda: word in self.text)
        return self


def lapse(database: str, run_id: str) -> None:
    """The time of a lease goes by: the test does not wait for it."""
    asyncio.run(raw.fetch(database, "UPDATE runs SET lease_until = 1 WHERE id = $1", run_id))


def is_shown(database: str, run_id: str) -> bool:
    """Whether the store knows that an answer has begun."""
    ((shown,),) = asyncio.run(raw.fetch(database, "SELECT shown FROM runs WHERE id = $1", run_id))
    return bool(shown)


def until(happened: object) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not happened():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def posting(chat: Chat, http: httpx.Client, text: str) -> Reader:
    reader = Reader(http, "POST", "/chatkit", {"type": "threads.create", "params": {"input": message(text)}})
    reader.start()
    return reader


def following(http: httpx.Client, run_id: str) -> Reader:
    reader = Reader(http, "GET", f"/v1/chatkit/runs/{run_id}/events")
    reader.start()
    return reader


def test_a_run_is_followed_at_the_other_replica_byte_for_byte_while_it_is_made(replicas: Cluster, chat: Chat) -> None:
    with chat.at(replicas[1]) as elsewhere:
        here = posting(chat, chat.http, "/text 150 10").wait_for("word3")
        there = following(elsewhere, here.run_id).wait_for("word3")
        assert here.is_alive() and there.is_alive(), "both are live"
        here.join(WAIT_SECONDS)
        there.join(WAIT_SECONDS)
        assert "word149" in here.text
        assert there.text == here.text
        again = elsewhere.get(f"/v1/chatkit/runs/{here.run_id}/events", headers=RESUMABLE)
        assert again.text == here.text


def test_without_redis_a_run_goes_on_where_it_is_and_nothing_new_begins_until_it_is_back(
    replicas: Cluster, chat: Chat, redis: RedisServer
) -> None:
    with chat.at(replicas[1]) as elsewhere:
        reader = posting(chat, chat.http, "/text 4000 2").wait_for("word3")
        redis.stop()
        try:
            for http in (chat.http, elsewhere):
                until(lambda http=http: _new(http).status_code == 503)
                refused = _new(http)
                assert int(refused.headers["retry-after"]) >= 1
                assert refused.json()["error"]["code"] == "unavailable"
            assert elsewhere.get(f"/v1/chatkit/runs/{reader.run_id}/events").status_code == 503
            assert elsewhere.get(f"/v1/chatkit/runs/{reader.run_id}").status_code == 200, "what is stored can be read"
            assert chat.ask("threads.list")["data"]
        finally:
            redis.start()
        reader.join(WAIT_SECONDS)
        assert "word3999" in reader.text
        for http in (chat.http, elsewhere):
            until(lambda http=http: _new(http).status_code == 200)
        there = following(elsewhere, reader.run_id)
        there.join(WAIT_SECONDS)
        assert there.text == reader.text, "its owner wrote it again"


def _new(http: httpx.Client) -> httpx.Response:
    body = {"type": "threads.create", "params": {"input": message("Hello")}}
    return http.post("/chatkit", json=body)


def test_a_viewer_whose_tape_is_lost_is_told_to_load_the_thread(
    tmp_path: Path, postgres: Postgres, redis: RedisServer
) -> None:
    database_url = postgres.create_database()
    with cluster(tmp_path, database_url, redis.url) as replicas:
        chat = Chat(replicas[1])
        with chat.at(replicas[0]) as owner:
            reader = posting(chat, owner, "/text 5000 5").wait_for("word3")
            there = following(chat.http, reader.run_id).wait_for("word3")
            until(lambda: is_shown(database_url, reader.run_id))  # or it would be answered again
            replicas[0].kill()
            with redis_client.Redis.from_url(redis.url) as client:
                client.flushall()
            there.join(WAIT_SECONDS)
            assert json.loads(there.data[-1][6:]) == {"type": "stream.reset"}
            assert there.text.endswith("\n\n")
            where = f"/v1/chatkit/runs/{reader.run_id}/events"
            behind = chat.http.get(where, headers={"last-event-id": f"{reader.run_id}:3"})
            assert behind.status_code == 410, "what was seen is lost"
            whole = chat.http.get(where)
            assert whole.status_code == 503 and whole.headers["retry-after"], "somebody will find the run"
            lapse(database_url, reader.run_id)
            until(lambda: chat.http.get(where).status_code == 410)  # it has ended, and its events are gone
            gone = chat.http.get(where)
            assert gone.json()["error"]["code"] == "run_events_expired"
        chat.close()


def test_the_same_message_sent_two_hundred_times_more_to_any_replica_is_one_item_and_one_answer(
    replicas: Cluster,
) -> None:
    chat = Chat(replicas[0], "insistent")
    thread_id = thread_of(chat.say("Hello"))
    body = {
        "type": "threads.add_user_message",
        "params": {"thread_id": thread_id, "input": message("Only once")},
        "metadata": {"client_message_id": "insistent-1"},
    }

    def send(number: int) -> str:
        with chat.at(replicas[number % 2]) as http:
            answer = http.post("/chatkit", json=body, headers=RESUMABLE)
        assert answer.status_code == 200, answer.text
        return str(answer.headers["x-chatdock-run-id"])

    with ThreadPoolExecutor(8) as pool:
        runs = set(pool.map(send, range(201)))
    assert len(runs) == 1
    items = chat.ask("items.list", thread_id=thread_id, order="asc", limit=100)["data"]
    assert [item["type"] for item in items] == ["user_message", "assistant_message"] * 2
    chat.close()
