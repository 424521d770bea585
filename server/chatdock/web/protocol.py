"""HTTP/1.1 for the open internet: uvicorn's httptools protocol, with a limit on everything a stranger can make us wait for.

    head      64 KiB, and 10 s from the connection or the end of the last request       431, 408
    body      after 10 s at least 1 KiB/s on average, while we are reading              408
    answer    a reader who takes nothing for 30 s is cut off, not waited for            closed
    form      whatever two parsers could read in two ways                               400

One timer a process looks at those connections, and only those, that owe us something: a running event stream that is read
is on no list. Plain uvicorn has none of this: 300 trickling connections stay open for ever, 100 MB of headers are taken.
Source: trust.md 0.1, D1, D2 and D10.
"""

import asyncio
import weakref
from collections.abc import Callable
from typing import Any

import msgspec
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from chatdock.web.cycle import Cycle
from chatdock.web.errors import error_bytes
from chatdock.web.headers import ON_CLOSED

_INVALID = "Invalid HTTP request received."


class WireLimits(msgspec.Struct, frozen=True):
    """What one connection may cost."""

    head_bytes: int = 64 * 1024
    head_seconds: float = 10.0
    body_grace_seconds: float = 10.0
    body_bytes_per_second: float = 1024.0
    write_stall_seconds: float = 30.0
    sweep_seconds: float = 1.0


class ChatdockProtocol(HttpToolsProtocol):
    """One connection. Subclasses may set other limits."""

    wire = WireLimits()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        sweep = _SWEEPS.get(server_state)
        if sweep is None:
            sweep = _SWEEPS[server_state] = Sweep(self.loop, self.wire)
        self._sweep = sweep
        self._in_head = True
        self._head_bytes = 0
        self._most_bytes = 0  # no head that ends now is longer
        self._began_at = 0.0  # this request, on the loop's clock
        self._body_bytes = 0
        self._refused = False
        self._stalled_at = 0.0
        self._unsent_bytes = 0
        self._on_closed: list[Callable[[], None]] = []

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._began_at = self.loop.time()
        self._sweep.owes_request(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._sweep.forget(self)
        super().connection_lost(exc)
        for callback in self._on_closed:
            callback()

    def data_received(self, data: bytes) -> None:
        if self._refused or self.transport.is_closing():
            return
        self._most_bytes = len(data) + (self._most_bytes if self._in_head and self._head_bytes else 0)
        if self._in_head:
            self._head_bytes += len(data)
        else:
            self._body_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes and not self._sweep.expects_request(self):
            self._began_at = self.loop.time()  # blank lines between requests: they stop uvicorn's own idle timer
            self._sweep.owes_request(self)
        # A chunk may hold the end of the head and more: only a head that is not over yet is judged by what was read.
        if self._in_head and self._head_bytes > self.wire.head_bytes:
            self.refuse(431, "The request head is too large.")

    def on_message_begin(self) -> None:
        if self._head_bytes == 0 or not self._in_head:  # pipelined behind another request in the same chunk
            self._head_bytes = 1
        self._in_head = True
        self._began_at = self.loop.time()
        self._body_bytes = 0
        self._sweep.owes_request(self)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        if self._most_bytes > self.wire.head_bytes and self._bytes_of_head() > self.wire.head_bytes:
            self.refuse(431, "The request head is too large.")
        version = self.parser.get_http_version()
        if version not in ("1.1", "1.0") or _is_ambiguous(self.headers, needs_host=version == "1.1"):
            self.refuse(400, _INVALID)
        if self._refused:
            raise ValueError("refused")  # ends the parsing of what is left
        super().on_headers_complete()
        self.cycle.__class__ = Cycle
        self._on_closed = []
        self.scope[ON_CLOSED] = self._on_closed  # type: ignore[literal-required]  # cheaper for a stream than a task

    def _bytes_of_head(self) -> int:
        return len(self.url) + sum([len(name) + len(value) + 4 for name, value in self.headers])

    def on_message_complete(self) -> None:
        self._sweep.settled_request(self)
        super().on_message_complete()
        self._in_head = True
        self._head_bytes = 0

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled_at = self.loop.time()
        self._unsent_bytes = self.transport.get_write_buffer_size()
        self._sweep.owes_reading(self)

    def resume_writing(self) -> None:
        self._sweep.settled_reading(self)
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """What uvicorn calls for a request it cannot parse."""
        self.refuse(400, _INVALID)

    def refuse(self, status: int, message: str) -> None:
        """Answers if nothing was answered yet, and closes."""
        if self._refused:
            return
        self._refused = True
        self._sweep.settled_request(self)
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body = error_bytes(message, code="bad_http_request")
            self.transport.write(
                STATUS_LINE[status] + b"content-type: application/json\r\nconnection: close\r\n"
                b"cache-control: no-store\r\nx-content-type-options: nosniff\r\n"
                b"content-length: %d\r\n\r\n%b" % (len(body), body)
            )
        self.transport.close()

    def check_request(self, now: float) -> None:
        """Called by the sweep while a request is owed."""
        if self._in_head:
            if now - self._began_at > self.wire.head_seconds:
                self.refuse(408, "The request took too long to arrive.")
            return
        if self.flow.read_paused:
            self._began_at += self.wire.sweep_seconds  # it is we who are slow
            return
        seconds = now - self._began_at
        if seconds > self.wire.body_grace_seconds and self._body_bytes < seconds * self.wire.body_bytes_per_second:
            self.refuse(408, "The request body arrives too slowly.")

    def check_reading(self, now: float) -> None:
        """Called by the sweep while the client does not read what we write."""
        unsent_bytes = self.transport.get_write_buffer_size()
        if unsent_bytes < self._unsent_bytes:
            self._stalled_at, self._unsent_bytes = now, unsent_bytes
        elif now - self._stalled_at > self.wire.write_stall_seconds:
            self.transport.abort()  # close would wait for the buffer to drain


class Sweep:
    """The connections that owe something, and the one timer that looks at them; it rests while there are none."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wire: WireLimits) -> None:
        self._loop = loop
        self._wire = wire
        self._requests: set[ChatdockProtocol] = set()
        self._readings: set[ChatdockProtocol] = set()
        self._timer: asyncio.TimerHandle | None = None

    def owes_request(self, connection: ChatdockProtocol) -> None:
        """A head or a body is on its way, or should be."""
        self._requests.add(connection)
        self._arm()

    def expects_request(self, connection: ChatdockProtocol) -> bool:
        """Whether this connection's request has a deadline."""
        return connection in self._requests

    def settled_request(self, connection: ChatdockProtocol) -> None:
        """The request is here."""
        self._requests.discard(connection)

    def owes_reading(self, connection: ChatdockProtocol) -> None:
        """The write buffer is full."""
        self._readings.add(connection)
        self._arm()

    def settled_reading(self, connection: ChatdockProtocol) -> None:
        """The write buffer has drained."""
        self._readings.discard(connection)

    def forget(self, connection: ChatdockProtocol) -> None:
        """The connection is gone."""
        self._requests.discard(connection)
        self._readings.discard(connection)

    def _arm(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(self._wire.sweep_seconds, self._look)

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        for connection in tuple(self._requests):
            connection.check_request(now)
        for connection in tuple(self._readings):
            connection.check_reading(now)
        if self._requests or self._readings:
            self._arm()


_SWEEPS: weakref.WeakKeyDictionary[ServerState, Sweep] = weakref.WeakKeyDictionary()  # one a server, for its lifetime


def _is_ambiguous(headers: list[tuple[bytes, bytes]], *, needs_host: bool) -> bool:
    """Framing that another server on the way might read differently."""
    lengths = encodings = hosts = 0
    for name, value in headers:
        if name == b"content-length":
            lengths += 1
            if not value.isdigit():
                return True
        elif name == b"transfer-encoding":
            encodings += 1
            if value.lower() != b"chunked":
                return True
        elif name == b"host":
            hosts += 1
    return lengths + encodings > 1 or hosts > 1 or (needs_host and not hosts)
