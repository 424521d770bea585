"""What a second tab sees of a message sent in a first one, at another replica: when the message is there, and when its answer."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench import contestants
from bench.contest import Contest
from bench.contestants import Chatdock
from bench.figures import Figure, under
from bench.jobs import Request
from bench.streams import percentile

SCENARIO = "tabs"
ANSWER = "bench 20 20"  # twenty words, 20 ms apart
SHOWN_MS = 300
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Seen:
    """When a tab had what it shows, in seconds of the same clock."""

    message_at: float
    answer_at: float


class Tab:
    """A tab that is told of runs and follows each."""

    def __init__(self, chatdock: Chatdock, headers: dict[str, str]) -> None:
        self._headers = headers
        port = chatdock.process.port
        self._feed = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self._streams = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self._streams.connect()
        self._feed.request("GET", "/v1/chatkit/events", headers=headers)
        self._told = self._feed.getresponse()
        self._next("stream.ready")

    def follow(self) -> Seen:
        """The next run, from the moment this tab is told of it."""
        run_id = self._next("run.started")["run_id"]
        self._streams.request("GET", f"/v1/chatkit/runs/{run_id}/events", headers=self._headers)
        return watch(self._streams.getresponse())

    def close(self) -> None:
        """Both connections."""
        self._feed.close()
        self._streams.close()

    def _next(self, kind: str) -> dict[str, str]:
        while line := self._told.readline():
            if line.startswith(b"data: ") and (told := json.loads(line[6:]))["type"] == kind:
                found: dict[str, str] = told
                return found
        raise ConnectionError("the feed ended")


def watch(stream: http.client.HTTPResponse) -> Seen:
    """Reads a run's events to their end."""
    message_at = answer_at = 0.0
    while line := stream.readline():
        if not message_at and b'"user_message"' in line:
            message_at = time.perf_counter()
        elif not answer_at and b'"delta":"' in line:
            answer_at = time.perf_counter()
    return Seen(message_at, answer_at)


def tabs(contest: Contest) -> None:
    """One message after the other, each watched in two tabs."""
    if not contest.with_chatdock:
        return
    with (
        contestants.backends() as env,
        contestants.chatdock(contest.upstream, env=env) as here,
        contestants.beside(here) as elsewhere,
    ):
        for one in (here, elsewhere):
            contest.warm_up(one)
        (request,) = here.chat(ANSWER)
        second = Tab(elsewhere, {**here.headers(0), "x-chatdock-client": "bench"})
        rounds = [_round(contest, here, second, request) for _ in range(contest.pairs)]
        second.close()
    for number, what in enumerate(("the message", "the first words of its answer")):
        for rank in (50, 99):
            contest.add(
                Figure(
                    scenario=f"{SCENARIO}, sent at one replica, seen at the other: {what}",
                    measure=f"p{rank} since it was sent",
                    unit="ms",
                    ours=[percentile(waits[1][number], rank) or 0.0 for waits in rounds],
                    peer="Chatdock, in the tab it was sent in",
                    theirs=[percentile(waits[0][number], rank) or 0.0 for waits in rounds],
                    target=under(SHOWN_MS) if rank == 99 else None,
                )
            )


Waits = tuple[list[float], list[float]]  # until the message, until the answer, in milliseconds


def _round(contest: Contest, here: Chatdock, second: Tab, request: Request) -> tuple[Waits, Waits]:
    """Messages sent, and waited for in their own tab and in the second one."""
    own: Waits = ([], [])
    other: Waits = ([], [])
    first = http.client.HTTPConnection("127.0.0.1", here.process.port, timeout=PATIENCE_SECONDS)
    headers = {"content-type": "application/json", "x-chatdock-client": "bench", **request.headers}
    with ThreadPoolExecutor(1) as pool:
        for _ in range(contest.sized(100, 30)):
            following = pool.submit(second.follow)
            sent_at = time.perf_counter()
            first.request(request.method, request.path, request.body, headers)
            for waits, seen in ((own, watch(first.getresponse())), (other, following.result(PATIENCE_SECONDS))):
                waits[0].append((seen.message_at - sent_at) * 1e3)
                waits[1].append((seen.answer_at - sent_at) * 1e3)
    first.close()
    return own, other
