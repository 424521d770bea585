"""A model's server that costs next to nothing: what every contestant is given to stream.

`POST /v1/responses` and `POST /v1/chat/completions` answer as OpenAI's do. The last `bench N MS [stamp]` in the request
chooses N deltas, MS milliseconds apart (0: as fast as the socket takes them); `stamp` makes each delta's text the
monotonic nanosecond it was sent at. Without one, `BENCH_DELTAS` and `BENCH_SPACING_MS` decide.

    python -m bench.upstream --port 9000
"""

import argparse
import asyncio
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import uvloop

from bench import wire
from bench.pacer import Pacer
from bench.wire import ChatCompletionsWire, ResponsesWire, Wire

MAX_DELTAS = 100_000
MAX_SPACING_MS = 3_600_000
MAX_REQUEST_BYTES = 8 * 1024 * 1024

_PLAN = re.compile(rb"bench (\d{1,6}) (\d{1,7})( stamp)?")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d{1,9})", re.IGNORECASE)
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nopenai-version: 2020-10-01\r\n"
    b"x-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n"
)
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
_HEALTHY = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
_WIRES: dict[bytes, Wire] = {
    b"POST /v1/responses ": ResponsesWire(),
    b"POST /v1/chat/completions ": ChatCompletionsWire(),
}


@dataclass(frozen=True)
class Plan:
    """What to stream."""

    deltas: int
    spacing_ms: int
    stamped: bool = False


def plan_of(body: bytes, otherwise: Plan) -> Plan:
    """The last plan named in a request: earlier turns of a conversation name theirs too."""
    plans = list(_PLAN.finditer(body))
    if not plans:
        return otherwise
    deltas, spacing_ms, stamp = plans[-1].groups()
    return Plan(min(max(int(deltas), 1), MAX_DELTAS), min(int(spacing_ms), MAX_SPACING_MS), stamp is not None)


class Connection(asyncio.Protocol):
    """One keep-alive connection: a request, then its stream, then the next request."""

    def __init__(self, pacer: Pacer, default_plan: Plan) -> None:
        self._pacer = pacer
        self._default_plan = default_plan
        self._received = b""
        self._writes: Iterator[bytes] | None = None
        self._writable = True
        self._closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed = True
        self._writes = None

    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0:
            return
        length = _LENGTH.search(self._received, 0, head_end + 2)
        end = head_end + 4 + (int(length[1]) if length else 0)
        if end > MAX_REQUEST_BYTES:
            self._transport.abort()
        elif len(self._received) >= end:
            request, self._received = self._received[:end], self._received[end:]
            self._answer(request)

    def _answer(self, request: bytes) -> None:
        for line, dialect in _WIRES.items():
            if request.startswith(line):
                self._transport.write(_STREAM_HEAD)
                self._stream(dialect, plan_of(request, self._default_plan))
                return
        self._transport.write(_HEALTHY if request.startswith(b"GET /healthz ") else _NOT_FOUND)

    def _stream(self, dialect: Wire, plan: Plan) -> None:
        run_id = os.urandom(wire.RUN_ID_HEX_DIGITS // 2).hex().encode()
        if plan.spacing_ms == 0 and not plan.stamped:
            self._writes = _burst(dialect, run_id, plan)
            self._pump()
            return
        writes = _one_by_one(dialect, run_id, plan)
        if plan.spacing_ms == 0:
            self._writes = writes
            self._pump()
        else:
            self._paced(writes, plan.spacing_ms)

    def _paced(self, writes: Iterator[bytes], spacing_ms: int) -> None:
        def step() -> float | None:
            data = None if self._closed else next(writes, None)
            if data is None:
                return None
            self._transport.write(data)
            return spacing_ms

        if (delay_ms := step()) is not None:
            self._pacer.schedule(step, delay_ms)

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._pump()

    def _pump(self) -> None:
        while self._writable and self._writes is not None:
            data = next(self._writes, None)
            if data is None:
                self._writes = None
            else:
                self._transport.write(data)


def _burst(dialect: Wire, run_id: bytes, plan: Plan) -> Iterator[bytes]:
    yield dialect.head(run_id)
    yield from wire.blocks(dialect, run_id, plan.deltas)
    yield dialect.tail(run_id, plan.deltas, wire.text_of(plan.deltas))


def _one_by_one(dialect: Wire, run_id: bytes, plan: Plan) -> Iterator[bytes]:
    """One delta a write; the head travels with the first and the tail with the last."""
    texts: list[bytes] = []
    for index in range(plan.deltas):
        texts.append(b"t%019d " % time.monotonic_ns() if plan.stamped else wire.word(index))
        event = wire.chunk(dialect.delta(run_id, index, texts[-1]))
        if index == 0:
            event = dialect.head(run_id) + event
        if index == plan.deltas - 1:
            event += dialect.tail(run_id, plan.deltas, b"".join(texts))
        yield event


async def serve(port: int, default_plan: Plan) -> None:
    """Listen on the loopback until the process ends."""
    loop = asyncio.get_running_loop()
    pacer = Pacer(loop)
    server = await loop.create_server(lambda: Connection(pacer, default_plan), "127.0.0.1", port, backlog=8192)
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    plan = Plan(int(os.environ.get("BENCH_DELTAS", "100")), int(os.environ.get("BENCH_SPACING_MS", "0")))
    uvloop.run(serve(parser.parse_args().port, plan))


if __name__ == "__main__":
    main()
