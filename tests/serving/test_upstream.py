"""From the page to the model and back: a real provider's stream through the whole service."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fakes.upstream import Answer, FakeUpstream
from models.apis import RESPONSES, WORDS
from servers.service import Service, running
from web.chatkit.client import Chat, answer_of, events, message

RESUMABLE = {"x-chatdock-client": "test"}


class Upstream:
    """A fake provider on a loop of its own, for tests that block."""

    def __init__(self, answer: Answer) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.fake = FakeUpstream(answer)

    def __enter__(self) -> FakeUpstream:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.fake.__aenter__(), self._loop).result(10)
        return self.fake

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.fake.__aexit__(None, None, None), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def served(folder: Path, upstream: FakeUpstream) -> Iterator[Service]:
    environment = {"OPENAI_API_KEY": "sk-up", "OPENAI_BASE_URL": upstream.url, "CHATDOCK_MODEL": "openai_responses/m"}
    with running(folder, environment=environment) as server:
        yield server


@pytest.fixture
def slow_upstream() -> Iterator[FakeUpstream]:
    with Upstream(
        Answer(RESPONSES.text(*(f"word{n} " for n in range(500))), slice_bytes=400, pause_seconds=0.02)
    ) as up:
        yield up


def test_a_real_model_answers_and_its_tokens_are_counted(tmp_path: Path) -> None:
    with Upstream(Answer(RESPONSES.text(*WORDS))) as upstream:
        for server in served(tmp_path, upstream):
            chat = Chat(
                server, workflow="wf_demo", chatkit_configuration={"automatic_thread_titling": {"enabled": False}}
            )
            answer = chat.post("threads.create", input=message("Hello"))
            assert answer_of(events(answer.text)) == "".join(WORDS)
            run = chat.http.get(f"/v1/chatkit/runs/{answer.headers['x-chatdock-run-id']}").json()
            assert run["usage"] == {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10}
            chat.close()


def test_a_cancel_reaches_the_upstream(tmp_path: Path, slow_upstream: FakeUpstream) -> None:
    for server in served(tmp_path, slow_upstream):
        chat = Chat(server, workflow="wf_demo", chatkit_configuration={"automatic_thread_titling": {"enabled": False}})
        with chat.open("threads.create", headers=RESUMABLE, input=message("Go on")) as response:
            run_id = response.headers["x-chatdock-run-id"]
            for chunk in response.iter_text():
                if "text_delta" in chunk:
                    break
        assert slow_upstream.received[-1].gone_at is None
        asked_at = time.monotonic()
        assert chat.http.post(f"/v1/chatkit/runs/{run_id}/cancel").json()["status"] == "cancelled"
        while slow_upstream.received[-1].gone_at is None:
            assert time.monotonic() - asked_at < 20
            time.sleep(0.01)
        stored = chat.ask("items.list", thread_id=chat.http.get(f"/v1/chatkit/runs/{run_id}").json()["thread_id"])
        assert stored["data"][0]["content"][0]["text"].startswith("word0 ")
        chat.close()


def test_a_plain_client_without_grace_stops_the_upstream_by_leaving(
    tmp_path: Path, slow_upstream: FakeUpstream
) -> None:
    environment = {
        "OPENAI_API_KEY": "sk-up",
        "OPENAI_BASE_URL": slow_upstream.url,
        "CHATDOCK_MODEL": "openai_responses/m",
        "CHATDOCK_ON_DISCONNECT_GRACE_SECONDS": "0",
    }
    with running(tmp_path, environment=environment) as server:
        chat = Chat(server, workflow="wf_demo", chatkit_configuration={"automatic_thread_titling": {"enabled": False}})
        body = {"type": "threads.create", "params": {"input": message("Go on")}}
        with (
            httpx.Client(base_url=chat.url, headers=chat.headers, timeout=60) as http,
            http.stream("POST", "/chatkit", json=body) as response,
        ):
            for chunk in response.iter_text():
                if "text_delta" in chunk:
                    break
        left_at = time.monotonic()
        while slow_upstream.received[-1].gone_at is None:
            assert time.monotonic() - left_at < 20
            time.sleep(0.01)
        chat.close()
