"""A raw HTTP/1.1 connection that costs the load generator almost nothing: what arrives is kept with its time, not read.

Reading, checking and counting happen after the clock has stopped (`bench.sse`). Responses end by the last chunk or by
their content length.
"""

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import cast

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d{1,9})", re.IGNORECASE)
_FIRST_DELTA = b'"delta":"'
_END = b"0\r\n\r\n"
_END_WITH_LINE = b"\r\n0\r\n\r\n"


@dataclass
class Reply:
    """One response as it arrived; times are monotonic nanoseconds."""

    sent_at_ns: int
    reads: list[tuple[int, bytes]] = field(default_factory=list)
    first_delta_at_ns: int | None = None
    ended_at_ns: int | None = None
    failure: str | None = None

    def data(self) -> bytes:
        """Head and body, still in chunks."""
        return b"".join(data for _, data in self.reads)

    @property
    def status(self) -> int:
        """The HTTP status; 0 when none arrived."""
        head = self.reads[0][1][:12] if self.reads else b""
        return int(head[9:12]) if head[9:12].isdigit() else 0


class Connection(asyncio.Protocol):
    """Sends one request at a time and keeps the connection for the next."""

    def __init__(self) -> None:
        self._reply: Reply | None = None
        self._begun: asyncio.Future[None] | None = None
        self._waiter: asyncio.Future[None] | None = None

    @classmethod
    async def open(cls, port: int) -> "Connection":
        """A connection to the loopback."""
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing()

    def close(self) -> None:
        self._transport.abort()

    def send(self, request: bytes) -> Reply:
        """Start a request; its reply fills while the loop runs."""
        self._reply = Reply(time.monotonic_ns())
        self._remaining: int | None = None
        self._begun = asyncio.get_running_loop().create_future()
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._reply

    async def answered(self) -> None:
        """Wait for the first bytes of the reply, or for the end of the connection."""
        assert self._begun is not None
        await self._begun

    async def ended(self) -> None:
        """Wait for the end of the reply, or of the connection."""
        assert self._waiter is not None
        await self._waiter

    async def exchange(self, request: bytes) -> Reply:
        """Send a request and wait for the whole of its reply."""
        reply = self.send(request)
        await self.ended()
        return reply

    def data_received(self, data: bytes) -> None:
        reply = self._reply
        if reply is None:
            return
        now_ns = time.monotonic_ns()
        reply.reads.append((now_ns, data))
        if reply.first_delta_at_ns is None and _FIRST_DELTA in data:
            reply.first_delta_at_ns = now_ns
        if len(reply.reads) == 1:
            self._begin(data)
        if self._remaining is not None:
            self._remaining -= len(data)
            if self._remaining <= 0:
                self._end(None)
        elif data.endswith(_END) and (data.endswith(_END_WITH_LINE) or data == _END or self._ends_across_reads(reply)):
            self._end(None)

    def _begin(self, data: bytes) -> None:
        head_end = data.find(b"\r\n\r\n") + 4
        if length := _LENGTH.search(data, 0, head_end):
            self._remaining = int(length[1]) + head_end
        _settle(self._begun)

    def _ends_across_reads(self, reply: Reply) -> bool:
        return reply.data().endswith(_END_WITH_LINE)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._reply is not None:
            self._end("connection closed" if exc is None else f"connection lost: {type(exc).__name__}")

    def _end(self, failure: str | None) -> None:
        reply, self._reply = self._reply, None
        if reply is None:
            return
        reply.failure = failure
        reply.ended_at_ns = time.monotonic_ns()
        _settle(self._begun)
        _settle(self._waiter)


def _settle(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


def request_bytes(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A whole request."""
    fields = {"host": "127.0.0.1", "accept": "*/*", **headers}
    if body:
        fields |= {"content-type": "application/json", "content-length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body
