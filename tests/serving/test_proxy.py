"""Behind a real nginx with the configuration we ship: streams flow, any replica answers, and a rolling restart is not seen."""

import asyncio
import contextlib
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from servers.cluster import Cluster, cluster
from servers.nginx import Nginx
from servers.postgres import Postgres
from servers.redis import RedisServer
from web.chatkit.client import Chat, message

RESUMABLE = {"x-chatdock-client": "test"}
STREAMS = 120
WORDS = 300
WORD_MS = 40  # so that an answer takes longer than a replica's restart and is still at work when the other one stops


@pytest.fixture(scope="module")
def replicas(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, redis_server: RedisServer
) -> Iterator[Cluster]:
    environment = {
        "CHATDOCK_USER_REQUESTS_PER_MINUTE": "1000000",
        "CHATDOCK_STREAMS_PER_SESSION": "1000",
        "CHATDOCK_STREAMS_PER_USER": "1000",
        "CHATDOCK_TRUSTED_PROXIES": "127.0.0.1",
    }
    folder = tmp_path_factory.mktemp("proxied")
    with cluster(folder, postgres.create_database(), redis_server.url, environment=environment) as started:
        yield started


@contextlib.contextmanager
def proxied(folder: Path, replicas: Cluster, *, buffering: bool) -> Iterator[Nginx]:
    nginx = Nginx(folder, replicas.replicas, buffering=buffering)
    try:
        yield nginx
    finally:
        nginx.stop()


@pytest.mark.parametrize("buffering", [True, False], ids=["buffering on", "buffering off"])
def test_events_come_through_one_by_one_and_any_replica_knows_the_run(
    tmp_path: Path, replicas: Cluster, buffering: bool
) -> None:
    with proxied(tmp_path, replicas, buffering=buffering) as nginx:
        chat = Chat(nginx)  # type: ignore[arg-type]  # it needs an address and a key
        with chat.open("threads.create", headers=RESUMABLE, input=message("/text 8 150")) as response:
            run_id = response.headers["x-chatdock-run-id"]
            chunks = list(response.iter_text())
        assert len(chunks) >= 8, "each event as it was made, and not all at the end"
        whole = "".join(chunks)
        for _ in range(4):  # round robin: both are asked
            assert chat.http.get(f"/v1/chatkit/runs/{run_id}/events", headers=RESUMABLE).text == whole
            assert chat.http.get(f"/v1/chatkit/runs/{run_id}").json()["status"] == "completed"
        chat.close()


def test_events_come_through_over_http_2(tmp_path: Path, replicas: Cluster) -> None:
    with proxied(tmp_path, replicas, buffering=True) as nginx:
        chat = Chat(nginx)  # type: ignore[arg-type]  # it needs an address and a key
        body = json.dumps({"type": "threads.create", "params": {"input": message("/text 8 150")}})
        command = ["curl", "--silent", "--no-buffer", "--http2-prior-knowledge", "--include", "--data", body]
        for name, value in {**chat.headers, **RESUMABLE, "content-type": "application/json"}.items():
            command += ["--header", f"{name}: {value}"]
        with subprocess.Popen([*command, f"{nginx.h2_url}/chatkit"], stdout=subprocess.PIPE) as curl:
            assert curl.stdout is not None
            lines: list[tuple[float, bytes]] = [(time.monotonic(), line) for line in curl.stdout]
        assert lines[0][1].startswith(b"HTTP/2 200")
        words = [at for at, line in lines if b"text_delta" in line]
        assert len(words) == 8 and words[-1] - words[0] > 0.5, "they are 150 ms apart, also here"
        chat.close()


class Viewer:
    """A client as the widget is one: it comes back behind the last event it saw, wherever that leads."""

    def __init__(self, http: httpx.AsyncClient, number: int) -> None:
        self._http = http
        self._number = number
        self.seen: list[int] = []
        self.events: list[dict[str, Any]] = []
        self.run_id = ""
        self.refused: list[int] = []
        self.came_back = 0

    async def watch(self) -> None:
        """One answer, from its question to its end."""
        body = {
            "type": "threads.create",
            "params": {"input": message(f"/text {WORDS} {WORD_MS}")},
            "metadata": {"client_message_id": f"rolling-{self._number}"},
        }
        while not await self._read("POST", "/chatkit", body):
            self.came_back += 1
            while not await self._read("GET", f"/v1/chatkit/runs/{self.run_id}/events?after={len(self.seen)}", None):
                self.came_back += 1
            return

    async def _read(self, method: str, url: str, body: object) -> bool:
        """Whether the run's end was seen."""
        try:
            async with self._http.stream(method, url, json=body, headers=RESUMABLE) as response:
                if response.status_code != 200:
                    self.refused.append(response.status_code)
                    return False
                self.run_id = response.headers["x-chatdock-run-id"]
                async for line in response.aiter_lines():
                    if line.startswith("id: "):
                        self.seen.append(int(line.rpartition(":")[2]))
                    elif line.startswith("data: "):
                        self.events.append(json.loads(line[6:]))
                    if method == "POST" and self._number // 2 % 2 and len(self.events) > 5:
                        return False  # its connection breaks, and the next one may lead to the other replica
        except httpx.TransportError:
            return False
        finally:
            await asyncio.sleep(0.05)
        return any(
            event["type"] == "thread.item.done" and event["item"]["type"] == "assistant_message"
            for event in self.events
        )

    @property
    def text(self) -> str:
        """What the answer ended as."""
        last = next(event for event in reversed(self.events) if event["type"] == "thread.item.done")
        return str(last["item"]["content"][0]["text"])


async def _watch_a_rolling_restart(nginx: Nginx, headers: dict[str, str], replicas: Cluster) -> list[Viewer]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=nginx.url, headers=headers, timeout=60, limits=limits) as http:
        viewers = [Viewer(http, number) for number in range(STREAMS)]
        watching = [asyncio.create_task(viewer.watch()) for viewer in viewers]
        while not all(len(viewer.seen) > 10 for viewer in viewers):
            await asyncio.sleep(0.05)
            assert not any(task.done() and task.exception() for task in watching)
        for replica in replicas.replicas:
            replica.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(replica.process.wait, 60) == 0
            await asyncio.to_thread(replica.start)
        await asyncio.gather(*watching)
        return viewers


def test_a_rolling_restart_under_many_streams_loses_no_event(tmp_path: Path, replicas: Cluster) -> None:
    with proxied(tmp_path, replicas, buffering=True) as nginx:
        chat = Chat(nginx)  # type: ignore[arg-type]  # it needs an address and a key
        viewers = asyncio.run(_watch_a_rolling_restart(nginx, chat.headers, replicas))
        whole = " ".join(f"word{number}" for number in range(WORDS))
        for viewer in viewers:
            assert viewer.seen == list(range(1, len(viewer.seen) + 1)), "no gap and no repetition"
            assert viewer.text == whole and not viewer.refused
            assert not [event for event in viewer.events if event["type"] in ("error", "stream.reset")]
        assert any(viewer.came_back > 1 for viewer in viewers), "some were sent on to the other replica"
        runs = {viewer.run_id for viewer in viewers}
        assert len(runs) == STREAMS
        chat.close()
