"""What happens in a user's threads, told to every tab over `GET /v1/chatkit/events`."""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from web.chatkit.client import Chat, events, message, thread_of
from web.chatkit.conftest import Join

WAIT_SECONDS = 30.0


class Tab:
    """A stream of happenings, read in a thread of its own."""

    def __init__(self, chat: Chat, **headers: str) -> None:
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self.lines: list[str] = []
        self._found: queue.Queue[None] = queue.Queue()
        self._http = httpx.Client(base_url=chat.url, headers={**chat.headers, **headers}, timeout=60)
        self._request = self._http.stream("GET", "/v1/chatkit/events")
        self.response = self._request.__enter__()
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        if self.response.status_code == 200:
            self._thread.start()

    def _read(self) -> None:
        last = ""
        try:
            for line in self.response.iter_lines():
                self.lines.append(line)
                if line.startswith("id: "):
                    last = line[4:]
                elif line.startswith("data: "):
                    self.seen.append((last, json.loads(line[6:])))
                    self._found.put(None)
        except httpx.HTTPError:
            pass
        self.ended.set()

    def until(self, *kinds: str) -> list[dict[str, Any]]:
        """What was seen once the last ones are of these kinds."""
        until = time.monotonic() + WAIT_SECONDS
        while [event["type"] for _, event in self.seen][-len(kinds) :] != list(kinds):
            assert time.monotonic() < until, self.seen
            try:
                self._found.get(timeout=1)
            except queue.Empty:
                pass
        return [event for _, event in self.seen]

    def close(self) -> None:
        self.response.close()
        self._http.close()


@pytest.fixture
def tab() -> Iterator[Callable[..., Tab]]:
    opened: list[Tab] = []

    def begin(chat: Chat, **headers: str) -> Tab:
        opened.append(Tab(chat, **headers))
        return opened[-1]

    yield begin
    for each in opened:
        each.close()


Open = Callable[..., Tab]


def test_a_tab_is_told_of_a_conversation_in_another(join: Join, tab: Open) -> None:
    chat, other = join("feed-1"), join("feed-1")
    watching = tab(other)
    watching.until("stream.ready")
    assert watching.lines[0] == "retry: 1000"
    thread = thread_of(chat.say("Hello"))
    seen = watching.until("run.ended")[1:]
    kinds = [event["type"] for event in seen]
    assert kinds[:2] == ["thread.created", "run.started"] and "thread.updated" in kinds, "the title came"
    assert {event["thread_id"] for event in seen} == {thread}
    started, ended = seen[1], seen[-1]
    assert started["status"] == "in_progress" and ended["status"] == "completed"
    assert started["run_id"] == ended["run_id"]
    replay = other.http.get(f"/v1/chatkit/runs/{started['run_id']}/events").text
    assert "Hello" in replay, "from here the other tab has the message and the answer"

    item = chat.ask("items.list", thread_id=thread)["data"][0]
    chat.ask("items.feedback", thread_id=thread, item_ids=[item["id"]], kind="positive")
    feedback = watching.until("feedback.created")[-1]
    assert (feedback["item_ids"], feedback["kind"]) == ([item["id"]], "positive")
    chat.ask("threads.update", thread_id=thread, title="Another title")
    assert watching.until("thread.updated")[-1] == {"type": "thread.updated", "thread_id": thread}
    marks = f"/v1/chatkit/threads/{thread}/marks"
    chat.http.post(marks, json={"read_through": item["id"]})
    assert watching.until("thread.read")[-1] == {"type": "thread.read", "thread_id": thread}
    chat.http.post(marks, json={"pinned": True, "read_through": item["id"]})
    assert watching.until("thread.updated")[-1] == {"type": "thread.updated", "thread_id": thread}
    chat.ask("threads.delete", thread_id=thread)
    watching.until("thread.deleted")
    assert "Hello" not in json.dumps(watching.seen) and "Another title" not in json.dumps(watching.seen)


def test_nobody_is_told_of_anothers_threads(join: Join, tab: Open) -> None:
    mine, eve, elsewhere = join("feed-2"), join("feed-eve"), join("feed-2", "wf_demo")
    strangers = [tab(eve), tab(elsewhere)]
    own = tab(join("feed-2"))
    for each in (*strangers, own):
        each.until("stream.ready")
    mine.say("Hello")
    own.until("run.ended")
    for chat, each in zip((eve, elsewhere), strangers, strict=True):
        chat.say("And I")
        each.until("run.ended")
        assert len({event["thread_id"] for _, event in each.seen[1:]}) == 1


def test_what_was_missed_follows_the_last_event_id_and_an_unknown_one_is_told(join: Join, tab: Open) -> None:
    chat = join("feed-3")
    first = tab(chat)
    first.until("stream.ready")
    stays = tab(chat)
    stays.until("stream.ready")
    position = first.seen[-1][0]
    first.close()
    thread = thread_of(chat.say("While you were away"))
    stays.until("run.ended")
    again = tab(chat, **{"Last-Event-ID": position})
    assert [event for event in again.until("run.ended") if event["thread_id"] != thread] == []
    assert [event["type"] for _, event in again.seen][:2] == ["thread.created", "run.started"]
    lost = tab(chat, **{"Last-Event-ID": "long-gone:12"})
    assert lost.until("stream.reset") == [{"type": "stream.reset"}]
    chat.ask("threads.delete", thread_id=thread)
    lost.until("thread.deleted")


def test_a_cancelled_session_ends_its_stream(join: Join, tab: Open) -> None:
    chat, other = join("feed-4"), join("feed-4")
    cut, goes_on = tab(chat), tab(other)
    cut.until("stream.ready")
    goes_on.until("stream.ready")
    chat.api.beta.chatkit.sessions.cancel(chat.session.id)
    assert cut.ended.wait(10)
    assert not goes_on.ended.is_set()
    assert tab(chat).response.status_code == 401


def test_a_stream_counts_towards_the_sessions_limit(join: Join, tab: Open) -> None:
    chat = join("feed-5")
    open_ones = [tab(chat) for _ in range(6)]
    for each in open_ones:
        each.until("stream.ready")
    refused = tab(chat).response
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) >= 1


def test_stop_in_one_tab_ends_the_answer_in_all(join: Join, tab: Open) -> None:
    chat, other = join("feed-6"), join("feed-6")
    watching = tab(other)
    watching.until("stream.ready")
    thread = thread_of(chat.say("Hello"))
    watching.until("run.ended")
    box: list[httpx.Response] = []
    body = {"type": "threads.add_user_message", "params": {"thread_id": thread, "input": message("/text 5000 20")}}
    posting = threading.Thread(
        target=lambda: box.append(httpx.post(f"{chat.url}/chatkit", json=body, headers=chat.headers, timeout=60))
    )
    posting.start()
    started = watching.until("run.started")[-1]
    assert other.http.post(f"/v1/chatkit/runs/{started['run_id']}/cancel").status_code == 200
    assert watching.until("run.ended")[-1]["status"] == "cancelled"
    posting.join(30)
    assert events(box[0].text)


@pytest.mark.parametrize("after", ["é" * 10, "x" * 65])
def test_an_id_that_is_none_is_refused(join: Join, after: str) -> None:
    chat = join("feed-7")
    assert chat.http.get("/v1/chatkit/events", params={"after": after}).status_code == 400


def test_a_stream_needs_a_client_secret(join: Join) -> None:
    chat = join("feed-8")
    answer = httpx.get(
        f"{chat.url}/v1/chatkit/events", headers={"authorization": f"Bearer {chat.api.api_key}"}, timeout=WAIT_SECONDS
    )
    assert answer.status_code == 401


def test_what_the_server_says_is_told(join: Join, tab: Open) -> None:
    chat = join("feed-9")
    thread = thread_of(chat.say("Hello"))
    watching = tab(chat)
    watching.until("stream.ready")
    pushed = httpx.post(
        f"{chat.url}/v1/chatkit/threads/{thread}/items",
        json={"type": "assistant_message", "text": "By the way"},
        headers={"authorization": f"Bearer {chat.api.api_key}"},
        timeout=WAIT_SECONDS,
    )
    assert pushed.status_code == 200, pushed.text
    assert watching.until("thread.items_changed")[-1] == {"type": "thread.items_changed", "thread_id": thread}
