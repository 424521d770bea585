"""A rolling restart under many streams, behind nginx with the configuration we ship: nobody may notice more than a reconnect.

    python -m chaos.rolling --streams 500 --rounds 4

Viewers ask, watch, come back behind the last frame they saw, and ask again. In each round both replicas are told to stop, one
after the other, each with hundreds of answers under way, and are started again. At last one is told twice.
"""

import argparse
import asyncio
import json
import signal
import ssl
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "server"), str(ROOT / "tests")]

from chaos.__main__ import RESULTS, machine  # noqa: E402
from servers.cluster import Cluster, cluster  # noqa: E402
from servers.nginx import Nginx  # noqa: E402
from servers.postgres import Postgres  # noqa: E402
from servers.redis import RedisServer  # noqa: E402
from servers.service import KEY  # noqa: E402

RESUMABLE = {"x-chatdock-client": "rolling"}
BEGUN_FRAMES = 8  # so many of every answer were seen before a replica is told to stop
SESSION_SECONDS = 7_200  # longer than any of this takes
WATCH_SECONDS = 300.0  # until everybody is somewhere in an answer: each takes half a minute at most
EXIT_SECONDS = 60.0  # it has to be 30; then the result says how many it were
AGAIN_SECONDS = 0.05
NO_TLS = ssl.create_default_context()  # one for all: making it takes a client ten milliseconds
ENVIRONMENT = {
    "CHATDOCK_MAX_SESSION_SECONDS": str(SESSION_SECONDS),
    "CHATDOCK_USER_REQUESTS_PER_MINUTE": "1000000",
    "CHATDOCK_STREAMS_PER_SESSION": "1000",
    "CHATDOCK_STREAMS_PER_USER": "1000",
    "CHATDOCK_TRUSTED_PROXIES": "127.0.0.1",
}


@dataclass(frozen=True)
class Pace:
    """Of an answer."""

    words: int
    pause_ms: int

    @property
    def text(self) -> str:
        """What the gallery is asked for."""
        return f"/text {self.words} {self.pause_ms}"

    @property
    def answer(self) -> str:
        """What it says."""
        return " ".join(f"word{number}" for number in range(self.words))


@dataclass
class Answer:
    """One answer as its viewer saw it."""

    number: int
    seen: list[int] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    run_id: str = ""
    came_back: int = 0
    is_lost: bool = False  # the viewer was sent to the thread, for what it had seen is not part of the answer any more

    @property
    def is_whole(self) -> bool:
        """Whether its last item was seen."""
        return any(
            event["type"] == "thread.item.done" and event["item"]["type"] == "assistant_message"
            for event in self.events
        )

    @property
    def text(self) -> str:
        """What it ended as, and what was streamed must add up to it."""
        streamed = "".join(
            event["update"].get("delta", "") for event in self.events if event["type"] == "thread.item.updated"
        )
        last = [event for event in self.events if event["type"] == "thread.item.done"][-1]["item"]["content"][0]["text"]
        return str(last) if last == streamed else f"streamed {streamed!r}, stored {last!r}"

    def faults(self, pace: Pace) -> list[str]:
        """What a user would have noticed, and what was lost or doubled."""
        if self.is_lost:
            return [f"{self.run_id}: after {len(self.seen)} frames its viewer was told to load the thread"]
        found = []
        if self.seen != list(range(1, len(self.seen) + 1)):
            found.append(f"{self.run_id}: frames are missing or came twice: {self.seen[:5]}...{self.seen[-5:]}")
        if not self.is_whole or self.text != pace.answer:
            found.append(f"{self.run_id}: the answer is not what was asked for")
        found += [f"{self.run_id}: {event}" for event in self.events if event["type"] in ("error", "stream.reset")]
        return found


class Viewer:
    """A client as the widget is one: it comes back behind the last event it saw, wherever that leads."""

    def __init__(self, url: str, headers: dict[str, str], number: int, pace: Pace) -> None:
        # Connections of its own: a pool of hundreds is gone through for every request.
        transport = httpx.AsyncHTTPTransport(verify=NO_TLS)
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=120, transport=transport)
        self._number = number
        self._pace = pace
        self.answers: list[Answer] = []
        self.refused: list[int] = []

    async def watch(self, goes_on: Callable[[], bool]) -> None:
        """Answers from their questions to their ends, one at least."""
        async with self._http:
            while not self.answers or goes_on():
                await self._watch(Answer(len(self.answers)))

    async def _watch(self, answer: Answer) -> None:
        self.answers.append(answer)
        body = {
            "type": "threads.create",
            "params": {
                "input": {
                    "content": [{"type": "input_text", "text": self._pace.text}],
                    "attachments": [],
                    "inference_options": {},
                }
            },
            "metadata": {"client_message_id": f"rolling-{self._number}-{answer.number}"},
        }
        while not (answer.is_whole or answer.is_lost):
            if answer.run_id:
                where = f"/v1/chatkit/runs/{answer.run_id}/events?after={len(answer.seen)}"
                await self._read(answer, "GET", where, None)
            else:
                await self._read(answer, "POST", "/chatkit", body)
            if not answer.is_whole:
                answer.came_back += 1
                await asyncio.sleep(AGAIN_SECONDS)

    async def _read(self, answer: Answer, method: str, url: str, body: object) -> None:
        breaks = (
            method == "POST" and self._number // 2 % 2
        )  # its connection, and the next one may lead to the other one
        try:
            async with self._http.stream(method, url, json=body, headers=RESUMABLE) as response:
                if response.status_code != 200:
                    self.refused.append(response.status_code)
                    answer.is_lost = response.status_code == 410
                    return
                answer.run_id = response.headers["x-chatdock-run-id"]
                async for line in response.aiter_lines():
                    if line.startswith("id: "):
                        answer.seen.append(int(line.rpartition(":")[2]))
                    elif line.startswith("data: "):
                        answer.events.append(json.loads(line[6:]))
                    if breaks and len(answer.events) > 5:
                        return
        except httpx.TransportError:
            pass


@dataclass
class Stops:
    """How long each replica took to end, in seconds."""

    once: list[float] = field(default_factory=list)
    twice: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


async def roll(
    nginx: Nginx, headers: dict[str, str], replicas: Cluster, *, streams: int, rounds: int, pace: Pace
) -> tuple[list[Viewer], Stops]:
    """Restarts every replica so often, one after the other, under so many viewers; returns once all have seen their ends."""
    stops, over = Stops(), asyncio.Event()
    viewers = [Viewer(nginx.url, headers, number, pace) for number in range(streams)]
    watching = [asyncio.create_task(viewer.watch(lambda: not over.is_set())) for viewer in viewers]
    try:
        for _ in range(rounds):
            for replica in replicas.replicas:
                await _all_watch(viewers, watching)
                process, told_at = replica.process, time.monotonic()
                process.send_signal(signal.SIGTERM)
                stops.statuses.append(await asyncio.to_thread(process.wait, EXIT_SECONDS))
                stops.once.append(time.monotonic() - told_at)
                await asyncio.to_thread(replica.start)
        over.set()
        await asyncio.gather(*watching)
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    return viewers, stops


async def _all_watch(viewers: list[Viewer], watching: list[asyncio.Task[None]]) -> None:
    """Returns at a moment at which everybody is somewhere in an answer, and has seen how it begins."""
    before = [max(1, len(viewer.answers)) for viewer in viewers]
    until = time.monotonic() + WATCH_SECONDS
    while late := [
        viewer
        for viewer, count in zip(viewers, before, strict=True)
        if len(viewer.answers) <= count and not (viewer.answers and len(viewer.answers[-1].seen) > BEGUN_FRAMES)
    ]:
        if time.monotonic() > until:
            refused = sorted({status for viewer in late for status in viewer.refused})
            raise AssertionError(f"{len(late)} viewers see nothing of an answer; they were refused with {refused}")
        await asyncio.sleep(AGAIN_SECONDS)
        for task in watching:
            if task.done():
                task.result()


async def hurry(nginx: Nginx, headers: dict[str, str], replicas: Cluster, pace: Pace) -> Stops:
    """Every replica is told to stop twice while it answers."""
    stops = Stops()
    for number, replica in enumerate(replicas.replicas):
        viewers = [Viewer(nginx.url, headers, 1_000_000 * (number + 1) + each, pace) for each in range(4)]
        watching = [asyncio.create_task(viewer.watch(lambda: False)) for viewer in viewers]
        await _all_watch(viewers, watching)
        process = replica.process
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        told_at = time.monotonic()
        stops.statuses.append(await asyncio.to_thread(process.wait, EXIT_SECONDS))
        stops.twice.append(time.monotonic() - told_at)
        await asyncio.to_thread(replica.start)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    return stops


def secret_of(url: str) -> dict[str, str]:
    """The headers of a user with a session."""
    body = {
        "user": "viewer",
        "workflow": {"id": "wf_gallery"},
        "expires_after": {"anchor": "created_at", "seconds": SESSION_SECONDS},
        "rate_limits": {"max_requests_per_1_minute": 1_000_000},
        "chatkit_configuration": {"automatic_thread_titling": {"enabled": False}},
    }
    answer = httpx.post(f"{url}/v1/chatkit/sessions", json=body, headers={"authorization": f"Bearer {KEY}"}, timeout=60)
    answer.raise_for_status()
    return {"authorization": f"Bearer {answer.json()['client_secret']}"}


def main() -> int:
    """Exit 1 if anybody noticed more than a reconnect, or a replica took too long."""
    parser = argparse.ArgumentParser(prog="python -m chaos.rolling", description=__doc__)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--words", type=int, default=60)
    parser.add_argument("--pause", type=int, default=200, help="milliseconds between two words")
    parser.add_argument("--keep", action="store_true", help="write the result into chaos/results")
    options = parser.parse_args()
    pace = Pace(options.words, options.pause)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chatdock-rolling-") as place:
        folder = Path(place)
        folder.chmod(0o755)  # PostgreSQL runs as somebody else
        for name in ("postgres", "redis"):
            (folder / name).mkdir()
            (folder / name).chmod(0o755)
        postgres, redis = Postgres(folder / "postgres"), RedisServer(folder / "redis")
        try:
            with cluster(folder, postgres.create_database(), redis.url, environment=ENVIRONMENT) as replicas:
                nginx = Nginx(folder, replicas.replicas, buffering=True)
                try:
                    headers = secret_of(nginx.url)
                    work = roll(nginx, headers, replicas, streams=options.streams, rounds=options.rounds, pace=pace)
                    viewers, stops = asyncio.run(work)
                    hurried = asyncio.run(hurry(nginx, headers, replicas, Pace(3_000, 20)))
                finally:
                    nginx.stop()
        finally:
            redis.stop()
            postgres.stop()
    answers = [answer for viewer in viewers for answer in viewer.answers]
    faults = [fault for answer in answers for fault in answer.faults(pace)]
    refused = Counter(status for viewer in viewers for status in viewer.refused)
    result = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        "seconds": round(time.monotonic() - began, 1),
        "streams": options.streams,
        "restarts": len(stops.once),
        "words": pace.words,
        "pause_ms": pace.pause_ms,
        "answers": len(answers),
        "frames": sum(len(answer.seen) for answer in answers),
        "came_back": sum(answer.came_back for answer in answers),
        "refusals": {str(status): count for status, count in sorted(refused.items())},
        "exit_seconds": [round(seconds, 1) for seconds in stops.once],
        "exit_seconds_after_a_second_signal": [round(seconds, 2) for seconds in hurried.twice],
        "exit_statuses": sorted({*stops.statuses, *hurried.statuses}),
        "violations": faults,
    }
    print(json.dumps(result, indent=1))
    if options.keep:
        (RESULTS / "rolling.json").write_text(json.dumps(result, indent=1) + "\n")
    slow = max(stops.once) > 30 or max(hurried.twice) > 2
    return 1 if faults or refused or slow or any(result["exit_statuses"]) else 0


if __name__ == "__main__":
    sys.exit(main())
