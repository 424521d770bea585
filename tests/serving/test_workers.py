"""Runs on processes of their own, and several processes behind one port."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from servers.cluster import Cluster, cluster
from servers.postgres import Postgres
from servers.redis import RedisServer
from servers.service import Service, Worker
from serving.test_recovery import SLOW, run_of, stored_text, text_of
from serving.test_replicas import following, posting, until
from web.chatkit.client import Chat, answer_of, events, items_of, message, thread_of


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One of its own: workers of other tests are none of these replicas'."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, redis: RedisServer) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("shared")
    (folder / "slow.py").write_text(SLOW)
    return {
        "DATABASE_URL": postgres.create_database(),
        "REDIS_URL": redis.url,
        "CHATDOCK_DATA_DIR": str(folder / "data"),
        "CHATDOCK_WORKFLOWS": str(folder),
        "CHATDOCK_USER_REQUESTS_PER_MINUTE": "100000",
    }


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("replicas")
    with cluster(folder, environment["DATABASE_URL"], environment["REDIS_URL"], environment=environment) as started:
        yield started


OpenChat = Callable[..., Chat]


@pytest.fixture
def open_chat() -> Iterator[OpenChat]:
    """A user with a session; all are closed with the test."""
    with contextlib.ExitStack() as stack:

        def make(service: Service, workflow: str = "wf_gallery") -> Chat:
            return stack.enter_context(contextlib.closing(Chat(service, workflow=workflow)))

        yield make


@contextlib.contextmanager
def working(folder: Path, environment: dict[str, str]) -> Iterator[Worker]:
    worker = Worker(folder, environment)
    worker.start()
    try:
        yield worker
    finally:
        worker.kill()


def until_replicas_know(chat: Chat, worker: Worker) -> None:
    """From now on every run goes to the worker: each replica looks once a second, and may be about to take one itself."""
    taken_at: list[float] = []

    def is_known() -> bool:
        run_id = chat.post("threads.create", input=message("Hello")).headers["x-chatdock-run-id"]
        if run_id in worker.log.read_text():
            taken_at.append(time.monotonic())
        else:
            taken_at.clear()
        return bool(taken_at) and time.monotonic() - taken_at[0] > 2.5

    until(is_known)


def test_a_worker_answers_what_the_replicas_are_asked_and_a_stop_reaches_it(
    tmp_path: Path, environment: dict[str, str], replicas: Cluster, open_chat: OpenChat
) -> None:
    chat = open_chat(replicas[0])
    with working(tmp_path, environment) as worker, chat.at(replicas[1]) as elsewhere:
        until_replicas_know(chat, worker)
        reader = posting(chat, chat.http, "/text 100 5").wait_for("word3")
        there = following(elsewhere, reader.run_id)
        reader.join(30)
        there.join(30)
        assert reader.run_id in worker.log.read_text()
        assert text_of(reader).endswith("word99") and there.text == reader.text
        assert run_of(chat, reader.run_id)["status"] == "completed"
        assert ": \n" not in reader.text, "a run that is handed over on purpose leaves no distance"

        stopped = posting(chat, chat.http, "/text 5000 5").wait_for("word3")
        asked_at = time.monotonic()
        chat.http.post(f"/v1/chatkit/runs/{stopped.run_id}/cancel")
        stopped.join(30)
        assert run_of(chat, stopped.run_id)["status"] == "cancelled"
        assert time.monotonic() - asked_at < 15
        assert stored_text(chat, stopped.run_id) == text_of(stopped)


def test_what_was_handed_to_a_worker_that_died_is_answered_by_a_replica(
    tmp_path: Path, environment: dict[str, str], replicas: Cluster, open_chat: OpenChat
) -> None:
    chat = open_chat(replicas[0])
    with working(tmp_path, environment) as worker:
        until_replicas_know(chat, worker)
        worker.kill()
        assert answer_of(chat.say("Are you there?")) == "You said: Are you there?"


def test_a_worker_that_is_told_to_stop_leaves_what_it_has_not_answered_to_others(
    tmp_path: Path, environment: dict[str, str], replicas: Cluster, open_chat: OpenChat
) -> None:
    environment = {**environment, "CHATDOCK_DRAIN_SECONDS": "0.2"}
    chat, slow = open_chat(replicas[0]), open_chat(replicas[0], "wf_slow")
    with working(tmp_path, environment) as worker:
        until_replicas_know(chat, worker)
        reader = posting(slow, slow.http, "Hello?").wait_for("stream_options")
        until(lambda: reader.run_id in worker.log.read_text())
        assert worker.stop() == 0
        reader.join(30)
        assert text_of(reader) == "Here I am."
        assert run_of(slow, reader.run_id)["status"] == "completed"


ANSWERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "/client-tool get_cart": ("threads.add_client_tool_output", {"result": {"total": 12}}, '{"total":12}'),
    "/ask": ("threads.add_structured_input", {"input": {"answers": {"goal": {"values": ["a shop"]}}}}, "a shop"),
}


@pytest.mark.parametrize("meanwhile", ["dies", "restarts"])
@pytest.mark.parametrize("question", ANSWERS)
def test_what_a_worker_asked_a_user_waits_for_the_answer_whatever_becomes_of_the_worker(
    tmp_path: Path, environment: dict[str, str], replicas: Cluster, open_chat: OpenChat, question: str, meanwhile: str
) -> None:
    chat = open_chat(replicas[0])
    operation, answer, told = ANSWERS[question]
    with working(tmp_path, environment) as worker, chat.at(replicas[1]) as elsewhere:
        until_replicas_know(chat, worker)
        asked = chat.post("threads.create", input=message(question))
        run_id, thread_id = asked.headers["x-chatdock-run-id"], thread_of(events(asked.text))
        assert run_id in worker.log.read_text(), "the worker asked"
        assert run_of(chat, run_id)["status"] == "requires_action"
        worker.kill()
        if meanwhile == "restarts":
            worker.start()
            until_replicas_know(chat, worker)
        assert run_of(chat, run_id)["status"] == "requires_action", "it waits for a human, and for no process"
        params: dict[str, Any] = {"thread_id": thread_id, **answer}
        if question == "/ask":
            params["item_id"] = items_of(events(asked.text), "structured_input")[0]["id"]
        rest = elsewhere.post("/chatkit", json={"type": operation, "params": params})
        assert rest.status_code == 200, rest.text
        assert told in answer_of(events(rest.text))
        if meanwhile == "restarts":
            assert rest.headers["x-chatdock-run-id"] in worker.log.read_text(), "the worker went on"
        items = chat.ask("items.list", thread_id=thread_id, order="asc")["data"]
        kinds = ["user_message", "structured_input" if question == "/ask" else "client_tool_call", "assistant_message"]
        assert [item["type"] for item in items] == kinds, "once each"


def test_several_processes_share_a_port_replace_each_other_and_stop_together(
    tmp_path: Path, environment: dict[str, str], replicas: Cluster, open_chat: OpenChat
) -> None:
    service = Service(tmp_path, command="serve", arguments=["--workers", "2"], environment=environment)
    service.start()
    try:
        children = _children(service)
        assert len(children) == 2
        chat = open_chat(service)
        reader = posting(chat, chat.http, "/text 50 5")
        reader.join(30)
        assert text_of(reader).endswith("word49")
        for _ in range(6):
            again = following(chat.http, reader.run_id)
            again.join(30)
            assert text_of(again) == text_of(reader), "whichever of the two is asked"
        os.kill(children[0], signal.SIGKILL)
        until(lambda: len(_children(service)) == 2 and children[0] not in _children(service))
        assert answer_of(chat.say("Still there?")) == "You said: Still there?"
        assert service.stop() == 0
    finally:
        service.kill()


def _children(service: Service) -> list[int]:
    path = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children")
    return [int(pid) for pid in path.read_text().split()]
