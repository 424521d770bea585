"""Run streams: a silent one is heard from at least every heartbeat, whenever in it the silence began."""

import asyncio
import contextlib
import itertools
import selectors
from typing import Any

import pytest

from chatdock.eventlog.memory import MemoryEventLog
from chatdock.web.sse import RunStream, Streams

HEARTBEAT = 16.0
FRAME = b'data: {"type":"progress_update","text":"x"}\n\n'


class Hurry(selectors.SelectSelector):
    """Waits for nothing: it lets the clock jump to the next timer instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += max(0.0, timeout or 0.0)
        return super().select(0 if timeout is not None else None)


class HurriedLoop(asyncio.SelectorEventLoop):
    """A loop whose seconds take no time."""

    def __init__(self, hurry: Hurry) -> None:
        self._hurry = hurry
        super().__init__(hurry)

    def time(self) -> float:
        return self._hurry.now


async def watched(silent_from: float, seconds: float) -> list[tuple[float, bytes]]:
    """When a stream sent what: one frame at `silent_from`, and then nothing more comes."""
    loop, log, streams = asyncio.get_running_loop(), MemoryEventLog(), Streams(HEARTBEAT)
    sent: list[tuple[float, bytes]] = []

    async def send(message: Any) -> None:
        if message.get("body"):
            sent.append((loop.time(), message["body"]))

    async def receive() -> Any:
        return await loop.create_future()

    log.append("run_1", 1, FRAME)
    stream = RunStream(log, streams, "run_1", resumable=True)
    await stream.open(contextlib.ExitStack(), None)
    relay = asyncio.create_task(stream.relay({"type": "http"}, receive, send))
    loop.call_later(silent_from, log.append, "run_1", 1, FRAME)
    await asyncio.sleep(seconds)
    streams.close()
    await relay
    await log.close()
    return sent[:-1]


@pytest.mark.parametrize("silent_from", [0.5, 7.0, 9.0, 15.0])
def test_a_silent_stream_is_heard_from_every_heartbeat(silent_from: float) -> None:
    with asyncio.Runner(loop_factory=lambda: HurriedLoop(Hurry())) as runner:
        sent = runner.run(watched(silent_from, 6 * HEARTBEAT))
    times = [at for at, _ in sent]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert max(gaps) <= HEARTBEAT
    assert 4 <= [body for _, body in sent].count(b": hb\n\n") <= 6, "too few, or more than are of use"
