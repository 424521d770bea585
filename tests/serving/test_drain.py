"""A stop loses nothing: what SIGTERM does to a real process with open streams."""

import contextlib
import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from servers.service import Service, running
from web.chatkit.client import Chat, message

RESUMABLE = {"x-chatdock-client": "test"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path) as started:
        yield started


class Watcher(threading.Thread):
    """Reads one stream to its end."""

    def __init__(self, chat: Chat, text: str) -> None:
        super().__init__()
        self.text = ""
        self.run_id = ""
        self._chat = chat
        self._message = text
        self.began = threading.Event()

    def run(self) -> None:
        with self._chat.open("threads.create", headers=RESUMABLE, input=message(self._message)) as response:
            self.run_id = response.headers["x-chatdock-run-id"]
            with contextlib.suppress(httpx.RemoteProtocolError, httpx.ReadError):  # the server was killed
                for chunk in response.iter_text():
                    self.text += chunk
                    if "text_delta" in self.text:
                        self.began.set()


def process_of(server: Service) -> subprocess.Popen[bytes]:
    assert server._process is not None
    return server._process


def test_an_answer_that_ends_soon_ends_normally_and_the_process_then_exits_with_0(server: Service) -> None:
    chat = Chat(server)
    watcher = Watcher(chat, "/text 300 10")
    watcher.start()
    assert watcher.began.wait(60)
    process = process_of(server)
    process.send_signal(signal.SIGTERM)
    while httpx.get(f"{server.url}/readyz", timeout=60).status_code != 503:  # no new work, please
        time.sleep(0.02)
    refused = chat.post("threads.create", input=message("New"))
    assert refused.status_code == 503 and int(refused.headers["retry-after"]) >= 1
    watcher.join(60)
    assert "word299" in watcher.text and watcher.text.endswith("\n\n")
    assert process.wait(60) == 0
    chat.close()


def test_a_second_signal_ends_the_process_at_once(server: Service) -> None:
    chat = Chat(server)
    watcher = Watcher(chat, "/text 5000 20")
    watcher.start()
    assert watcher.began.wait(60)
    process = process_of(server)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert process.poll() is None, "it waits for the answer"
    process.send_signal(signal.SIGTERM)
    asked_at = time.monotonic()
    process.wait(60)
    assert time.monotonic() - asked_at < 20  # of the hundred that the answer would take
    watcher.join(60)
    chat.close()


def test_after_a_kill_everything_said_is_still_there_and_the_thread_is_free(server: Service) -> None:
    chat = Chat(server)
    watcher = Watcher(chat, "/text 5000 1")
    watcher.start()
    assert watcher.began.wait(60)
    time.sleep(2.5)  # a checkpoint has been written by then
    server.stop(signal.SIGKILL)
    watcher.join(60)
    server.start()
    run = chat.http.get(f"/v1/chatkit/runs/{watcher.run_id}").json()
    assert run["status"] == "incomplete" and run["error"]["code"] == "server_restarted"
    assert chat.http.get(f"/v1/chatkit/runs/{watcher.run_id}/events").status_code == 410
    items = chat.ask("items.list", thread_id=run["thread_id"], order="asc")["data"]
    assert items[0]["content"][0]["text"] == "/text 5000 1"
    assert items[1]["content"][0]["text"].startswith("word0 word1 ")
    chat.say("Still there?", run["thread_id"])
    chat.close()


def test_a_stream_that_must_end_ends_after_a_whole_frame_and_says_where_to_come_back(tmp_path: Path) -> None:
    with running(tmp_path, environment={"CHATDOCK_DRAIN_SECONDS": "1"}) as server:
        chat = Chat(server)
        watcher = Watcher(chat, "/text 5000 20")
        watcher.start()
        assert watcher.began.wait(60)
        process = process_of(server)
        process.send_signal(signal.SIGTERM)
        watcher.join(10)
        assert watcher.text.endswith("\n\n")
        data = [line[6:] for line in watcher.text.split("\n") if line.startswith("data: ")]
        last = next(event for line in reversed(data) if (event := json.loads(line))["type"] == "error")
        assert (last["type"], last["reason"], last["allow_retry"]) == ("error", "server_restarted", True)
        assert process.wait(60) == 0
        chat.close()


def test_a_request_that_is_still_waiting_when_the_server_ends_is_told_to_come_back(tmp_path: Path) -> None:
    with running(tmp_path, environment={"CHATDOCK_DRAIN_SECONDS": "0.1"}) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            connection.sendall(
                b"POST /v1/chatkit/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                b"expect: 100-continue\r\ncontent-length: 1000\r\nauthorization: Bearer "
                + server.key.encode()
                + b"\r\n\r\n"
            )
            assert connection.recv(65536).startswith(b"HTTP/1.1 100 "), "it waits for the body"
            server.process.send_signal(signal.SIGTERM)
            answer = b""
            while data := connection.recv(65536):
                answer += data
        assert server.process.wait(60) == 0
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ") and b"\r\nretry-after: 1" in head
    assert json.loads(body)["error"]["code"] == "unavailable"


STUCK = """
import asyncio, pathlib, time
from chatdock import workflow

@workflow("wf_stuck")
async def stuck(ctx):
    await ctx.text("Before.")
    await ctx.progress("Now nothing moves any more")
    await ctx.history()  # all of it is stored and told
    await asyncio.sleep(0.1)  # and has left
    pathlib.Path(__file__).with_name("stuck").touch()
    time.sleep(3600)
"""


@pytest.mark.parametrize("signals", [1, 2])
def test_a_process_whose_loop_hangs_still_ends_in_time_and_leaves_what_was_said(tmp_path: Path, signals: int) -> None:
    folder = tmp_path / "workflows"
    folder.mkdir()
    (folder / "stuck.py").write_text(STUCK)
    environment = {"CHATDOCK_DRAIN_SECONDS": "1", "CHATDOCK_WORKFLOWS": str(folder)}
    with running(tmp_path, environment=environment) as server:
        chat = Chat(server, workflow="wf_stuck")
        with chat.open("threads.create", headers=RESUMABLE, input=message("Hello")) as response:
            run_id = response.headers["x-chatdock-run-id"]
            said = ""
            for chunk in response.iter_text():
                said += chunk
                if "nothing moves" in said:
                    break
            while not (folder / "stuck").exists():
                time.sleep(0.01)
            process = process_of(server)
            asked_at = time.monotonic()
            for _ in range(signals):
                process.send_signal(signal.SIGTERM)
                time.sleep(0.3)
            assert process.wait(60) == 0
            assert time.monotonic() - asked_at < 30  # of the hour it would sleep
        assert "exiting without it" in server.log.read_text()
        server.start()
        run = chat.http.get(f"/v1/chatkit/runs/{run_id}").json()
        assert run["status"] == "incomplete"
        items = chat.ask("items.list", thread_id=run["thread_id"], order="asc")["data"]
        assert [item["content"][0]["text"] for item in items] == ["Hello", "Before."]
        chat.close()
