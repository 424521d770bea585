"""Tabs of one user at different replicas: what happens in one is seen in all, and two that act at one instant agree."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from servers.cluster import Cluster, cluster
from servers.postgres import Postgres
from servers.redis import RedisServer
from serving.test_recovery import text_of
from serving.test_replicas import RESUMABLE, WAIT_SECONDS, Reader, following, until
from web.chatkit.client import Chat, message, thread_of
from web.chatkit.test_concurrent_input import WORKFLOWS, conversation
from web.chatkit.test_races import at_once

ROUNDS = 12


@pytest.fixture(scope="module")
def replicas(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, redis_server: RedisServer
) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("tabs")
    workflows = folder / "workflows"
    workflows.mkdir()
    (workflows / "modes.py").write_text(WORKFLOWS)
    environment = {"CHATDOCK_WORKFLOWS": str(workflows), "CHATDOCK_USER_REQUESTS_PER_MINUTE": "100000"}
    with cluster(folder, postgres.create_database(), redis_server.url, environment=environment) as started:
        yield started


class Tab:
    """A session of a user's at one replica: it listens to the feed, and follows every answer it is told of."""

    def __init__(self, chat: Chat, http: httpx.Client) -> None:
        self.chat = chat
        self.http = http
        self._feed = Reader(http, "GET", "/v1/chatkit/events")
        self._feed.start()
        self._feed.wait_for("stream.ready")

    @property
    def told(self) -> list[dict[str, Any]]:
        """What the feed said so far."""
        whole = self._feed.text.rpartition("\n\n")[0]
        return [json.loads(line[6:]) for line in whole.split("\n") if line.startswith("data: ")]

    def started(self, number: int = 0) -> str:
        """The id of the run that the feed told of as its so many-th."""
        until(lambda: len(self._runs("run.started")) > number)
        return self._runs("run.started")[number]

    def until_ended(self, run_id: str) -> dict[str, Any]:
        """What the feed says of the run's end."""
        until(lambda: run_id in self._runs("run.ended"))
        return next(event for event in self.told if event["type"] == "run.ended" and event["run_id"] == run_id)

    def _runs(self, kind: str) -> list[str]:
        return [event["run_id"] for event in self.told if event["type"] == kind]


@pytest.fixture
def tabs(replicas: Cluster, request: pytest.FixtureRequest) -> Iterator[list[Tab]]:
    """Three of one user: at the first replica, at the second, and at the first again."""
    chats = [Chat(replicas[number], request.node.name) for number in (0, 1, 0)]
    yield [Tab(chat, chat.http) for chat in chats]
    for chat in chats:
        chat.close()


def say(tab: Tab, text: str, thread_id: str | None = None) -> Reader:
    """Posted, and read as it comes."""
    kind = "threads.create" if thread_id is None else "threads.add_user_message"
    params: dict[str, Any] = {"input": message(text), **({"thread_id": thread_id} if thread_id else {})}
    reader = Reader(tab.chat.http, "POST", "/chatkit", {"type": kind, "params": params})
    reader.start()
    return reader


def test_tabs_at_other_replicas_see_message_and_answer_while_it_is_made(tabs: list[Tab]) -> None:
    writing, others = tabs[0], tabs[1:]
    here = say(writing, "/text 4000 20").wait_for("word3")
    readers = []
    for tab in others:
        run_id = tab.started()
        assert run_id == here.run_id
        reader = following(tab.http, run_id).wait_for("word3")
        assert "/text 4000 20" in reader.data[1], "its user's message comes first, behind the thread"
        readers.append(reader)
    later = f'word{_last_word(here) + 20}"'
    for reader in readers:
        reader.wait_for(later)
        assert reader.is_alive() and here.is_alive(), "it is far from its end, and all watch it grow"
    writing.http.post(f"/v1/chatkit/runs/{here.run_id}/cancel")
    for reader in (here, *readers):
        reader.join(WAIT_SECONDS)
        assert reader.text == here.text
    for tab in tabs:
        assert tab.until_ended(here.run_id)["status"] == "cancelled"
        kinds = [event["type"] for event in tab.told]
        assert kinds[:3] == ["stream.ready", "thread.created", "run.started"]


def _last_word(reader: Reader) -> int:
    """The number of a word that this one has seen."""
    return max(int(word.removeprefix("word")) for word in text_of(reader).split() if word.startswith("word"))


@pytest.mark.parametrize("stopping", [0, 1, 2], ids=["its own tab", "the other replica", "another tab of its replica"])
def test_a_stop_in_one_tab_stops_the_answer_in_all(tabs: list[Tab], stopping: int) -> None:
    here = say(tabs[0], "/text 5000 20").wait_for("word3")
    readers = [following(tab.http, tab.started()).wait_for("word3") for tab in tabs[1:]]
    asked = tabs[stopping].http.post(f"/v1/chatkit/runs/{here.run_id}/cancel")
    assert asked.json()["status"] in ("cancelled", "cancelling")
    for reader in (here, *readers):
        reader.join(WAIT_SECONDS)
        assert not reader.is_alive(), "long before the answer would have ended"
        assert reader.data == here.data
    for tab in tabs:
        assert tab.until_ended(here.run_id)["status"] == "cancelled"
        assert tab.http.get(f"/v1/chatkit/runs/{here.run_id}").json()["status"] == "cancelled"
    seen = text_of(here)
    assert conversation(tabs[1].chat, thread_of([json.loads(here.data[0][6:])])) == ["/text 5000 20", seen]


def poster(http: httpx.Client, thread: str, text: str) -> Callable[[], httpx.Response]:
    body = {"type": "threads.add_user_message", "params": {"thread_id": thread, "input": message(text)}}
    return lambda: http.post("/chatkit", json=body, headers=RESUMABLE)


def active(chat: Chat, thread: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = chat.http.get(
        f"/v1/chatkit/threads/{thread}/runs", params={"status": "active"}
    ).json()["data"]
    return found


def test_of_two_posts_to_two_replicas_at_one_instant_one_is_answered_and_one_refused(replicas: Cluster) -> None:
    chat = Chat(replicas[0], "meets-reject", "wf_reject")
    stopper = Chat(replicas[1], "meets-reject", "wf_reject")
    thread = thread_of(chat.say("Hello"))
    with chat.at(replicas[0]) as left, chat.at(replicas[1]) as right:
        for n in range(ROUNDS):
            before = len(conversation(stopper, thread))
            replies: list[httpx.Response] = []

            def tab(http: httpx.Client, text: str, replies: list[httpx.Response] = replies) -> None:
                replies.append(poster(http, thread, text)())
                for run in active(stopper, thread):  # the refused one stops the other: until then that is at work
                    assert stopper.http.post(f"/v1/chatkit/runs/{run['id']}/cancel").status_code == 200

            at_once(lambda: tab(left, "for ever"), lambda: tab(right, "for ever"))
            assert [reply.status_code for reply in replies] == [400, 200], n
            error = replies[0].json()["error"]
            assert error["message"].startswith(f"Can't add messages to {thread} while a run")
            assert conversation(stopper, thread)[before:] == ["for ever"]
    chat.close()
    stopper.close()


@pytest.mark.parametrize("mode", ["enqueue", "interrupt"])
def test_two_posts_to_two_replicas_at_one_instant_take_turns(replicas: Cluster, mode: str) -> None:
    chat = Chat(replicas[0], f"meets-{mode}", f"wf_{mode}")
    thread = thread_of(chat.say("Hello"))
    with chat.at(replicas[0]) as left, chat.at(replicas[1]) as right:
        for n in range(ROUNDS):
            before = len(conversation(chat, thread))
            replies: list[httpx.Response] = at_once(
                poster(left, thread, f"left-{n}"), poster(right, thread, f"right-{n}")
            )
            assert [reply.status_code for reply in replies] == [200, 200]
            assert len({reply.headers["x-chatdock-run-id"] for reply in replies}) == 2
            until(lambda: not active(chat, thread))
            said = conversation(chat, thread)[before:]
            asked = [text for text in said if not text.startswith("You said")]
            assert sorted(asked) == [f"left-{n}", f"right-{n}"], "each acknowledged message is there once"
            if mode == "enqueue":
                assert said == [line for text in asked for line in (text, f"You said: {text}")]
            else:
                assert said[-1] == f"You said: {asked[-1]}", "the later one is answered"
    chat.close()
