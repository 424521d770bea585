"""A replica that dies, or stands still, loses its runs to the others: nothing is lost, nothing is said twice."""

import json
import signal
from collections.abc import Iterator

import pytest

from servers.cluster import Cluster, cluster
from servers.postgres import Postgres
from servers.redis import RedisServer
from serving.test_replicas import Reader, following, lapse, posting, until
from web.chatkit.client import Chat

SLOW = """
import asyncio
from chatdock import RunContext, workflow

@workflow("wf_slow", name="Slow")
async def slow(ctx: RunContext) -> None:
    await asyncio.sleep(1.5)
    await ctx.text("Here I am.")
"""


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> str:
    return postgres.create_database()


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory, database: str, redis_server: RedisServer) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("recovery")
    workflows = folder / "workflows"
    workflows.mkdir()
    (workflows / "slow.py").write_text(SLOW)
    environment = {"CHATDOCK_WORKFLOWS": str(workflows)}
    with cluster(folder, database, redis_server.url, environment=environment) as started:
        yield started


@pytest.fixture
def chat(replicas: Cluster) -> Iterator[Chat]:
    """At the replica that stays."""
    chat = Chat(replicas[1])
    yield chat
    chat.close()


def run_of(chat: Chat, run_id: str) -> dict[str, object]:
    found: dict[str, object] = chat.http.get(f"/v1/chatkit/runs/{run_id}").json()
    return found


def text_of(reader: Reader) -> str:
    """What a reader's screen shows of the answer."""
    text = ""
    for line in reader.data:
        event = json.loads(line[6:])
        if event["type"] == "thread.item.updated" and event["update"]["type"].endswith("text_delta"):
            text += event["update"]["delta"]
        elif event["type"] == "thread.item.done" and event["item"]["type"] == "assistant_message":
            text = event["item"]["content"][0]["text"]
    return text


def stored_text(chat: Chat, run_id: str) -> str:
    items = chat.ask("items.list", thread_id=run_of(chat, run_id)["thread_id"], order="asc")["data"]
    assert [item["type"] for item in items] == ["user_message", "assistant_message"]
    return str(items[1]["content"][0]["text"])


def test_the_answer_of_a_replica_that_was_killed_stays_as_it_was_shown(
    replicas: Cluster, chat: Chat, database: str
) -> None:
    with chat.at(replicas[0]) as dying:
        reader = posting(chat, dying, "/text 5000 2").wait_for("word50")
        there = following(chat.http, reader.run_id).wait_for("word50")
        replicas[0].kill()
        try:
            lapse(database, reader.run_id)
            there.join(30)
            last = json.loads(there.data[-1][6:])
            assert (last["type"], last["reason"], last["allow_retry"]) == ("error", "server_restarted", True)
            assert run_of(chat, reader.run_id)["status"] == "incomplete"
            assert stored_text(chat, reader.run_id) == text_of(there)
            again = following(chat.http, reader.run_id)
            again.join(30)
            assert again.text == there.text
            chat.say("Still there?", str(run_of(chat, reader.run_id)["thread_id"]))
        finally:
            replicas[0].start()


def test_a_question_that_was_not_answered_yet_is_answered_by_another_replica(replicas: Cluster, database: str) -> None:
    chat = Chat(replicas[1], workflow="wf_slow")
    with chat.at(replicas[0]) as dying:
        reader = posting(chat, dying, "Hello?").wait_for("stream_options")
        there = following(chat.http, reader.run_id).wait_for("stream_options")
        replicas[0].kill()
        try:
            lapse(database, reader.run_id)
            there.join(30)
            assert text_of(there) == "Here I am."
            assert run_of(chat, reader.run_id)["status"] == "completed"
            assert stored_text(chat, reader.run_id) == "Here I am."
        finally:
            replicas[0].start()
    chat.close()


def test_a_replica_that_stood_still_and_wakes_up_writes_nothing(replicas: Cluster, chat: Chat, database: str) -> None:
    with chat.at(replicas[0]) as sleeping:
        reader = posting(chat, sleeping, "/text 4000 5").wait_for("word50")
        there = following(chat.http, reader.run_id).wait_for("word50")
        replicas[0].process.send_signal(signal.SIGSTOP)
        try:
            lapse(database, reader.run_id)
            there.join(30)
            stored = stored_text(chat, reader.run_id)
            assert stored == text_of(there)
        finally:
            replicas[0].process.send_signal(signal.SIGCONT)
        reader.join(30)
        assert not reader.is_alive(), "its viewers were sent away"
        until(lambda: sleeping.get("/readyz").status_code == 200)
        assert stored_text(chat, reader.run_id) == stored
        assert run_of(chat, reader.run_id)["status"] == "incomplete"
        again = following(sleeping, reader.run_id)
        again.join(30)
        assert text_of(again) == stored, "there, too"


def test_a_stop_at_one_replica_stops_a_run_at_another_within_a_second(replicas: Cluster, chat: Chat) -> None:
    with chat.at(replicas[0]) as elsewhere:
        reader = posting(chat, elsewhere, "/text 5000 5").wait_for("word5")
        asked = chat.http.post(f"/v1/chatkit/runs/{reader.run_id}/cancel").json()
        assert asked["status"] in ("cancelled", "cancelling")
        reader.join(30)
        assert run_of(chat, reader.run_id)["status"] == "cancelled"
        assert stored_text(chat, reader.run_id) == text_of(reader)
