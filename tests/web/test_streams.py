"""A run's stream on a connection that takes frames at once, or does not: every frame once, in order, and the end."""

import asyncio
import contextlib
from itertools import cycle

import pytest
from starlette.types import Message

from chatdock.eventlog.memory import MemoryEventLog
from chatdock.web.sse import RunStream, Streams

RUN = "run_1"


class Wire:
    """What stands behind `send` under our own server, with a `push` that accepts as it is told to."""

    def __init__(self, accepts: list[bool]) -> None:
        self.body = b""
        self.pushed = 0
        self.ended = asyncio.Event()
        self._accepts = cycle(accepts)

    async def send(self, message: Message) -> None:
        await asyncio.sleep(0)
        self.body += message.get("body", b"")
        if not message.get("more_body", False):
            self.ended.set()

    def push(self, body: bytes) -> bool:
        if not next(self._accepts):
            return False
        self.body += body
        self.pushed += 1
        return True


async def _never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize("resumable", [True, False], ids=["numbered", "plain"])
@pytest.mark.parametrize("accepts", [[True], [False], [True, False], [False, False, True]])
async def test_every_frame_arrives_once_whether_it_is_pushed_or_read(accepts: list[bool], resumable: bool) -> None:
    tape, streams, wire = MemoryEventLog(), Streams(), Wire(accepts)
    tape.append(RUN, 1, b"data: 1\n\n")
    stream = RunStream(tape, streams, RUN, resumable=resumable)
    await stream.open(contextlib.ExitStack(), None)
    relaying = asyncio.create_task(stream.relay({"type": "http"}, _never, wire.send))
    for n in range(2, 40):
        for _ in range(n % 4):  # now before the stream waits, now while it does
            await asyncio.sleep(0)
        tape.append(RUN, 1, b"data: %d\n\n" % n)
    tape.append(RUN, 1, b"data: 40\n\n", end=True)
    async with asyncio.timeout(10):
        await wire.ended.wait()
        await relaying
    frames = [frame for frame in wire.body.split(b"\n\n")[:-1] if b"data: " in frame]
    head = [b"id: run_1:%d\n" % n if resumable else b"" for n in range(1, 41)]
    assert frames == [head[n - 1] + b"data: %d" % n for n in range(1, 41)]
    assert bool(wire.pushed) == any(accepts)
    assert not len(streams)


async def test_a_stream_that_was_cut_is_pushed_nothing_more() -> None:
    tape, streams, wire = MemoryEventLog(), Streams(), Wire([True])
    tape.append(RUN, 1, b"data: 1\n\n")
    stream = RunStream(tape, streams, RUN, resumable=True)
    await stream.open(contextlib.ExitStack(), None)
    relaying = asyncio.create_task(stream.relay({"type": "http"}, _never, wire.send))
    for _ in range(5):
        await asyncio.sleep(0)
    streams.close("restart")
    tape.append(RUN, 1, b"data: 2\n\n")
    async with asyncio.timeout(10):
        await relaying
    assert b"data: 1" in wire.body and b"data: 2" not in wire.body
    assert wire.body.endswith(b"retry: 250\n\n")


async def test_a_quiet_stream_still_has_its_heartbeat() -> None:
    tape, streams, wire = MemoryEventLog(), Streams(heartbeat_seconds=0.05), Wire([True])
    tape.append(RUN, 1, b"data: 1\n\n")
    stream = RunStream(tape, streams, RUN, resumable=True)
    await stream.open(contextlib.ExitStack(), None)
    relaying = asyncio.create_task(stream.relay({"type": "http"}, _never, wire.send))
    async with asyncio.timeout(10):
        while b": hb" not in wire.body:
            await asyncio.sleep(0.01)
        tape.append(RUN, 1, b"data: 2\n\n", end=True)
        await relaying
    assert b"data: 2" in wire.body


async def test_a_stream_that_comes_while_the_process_ends_is_sent_on_at_once() -> None:
    tape, streams, wire = MemoryEventLog(), Streams(), Wire([True])
    tape.append(RUN, 1, b"data: 1\n\n")
    streams.close("restart")
    stream = RunStream(tape, streams, RUN, resumable=True)
    await stream.open(contextlib.ExitStack(), None)
    async with asyncio.timeout(10):
        await stream.relay({"type": "http"}, _never, wire.send)
    assert wire.body == b"retry: 250\n\n" and wire.ended.is_set()
    assert len(streams) == 0
