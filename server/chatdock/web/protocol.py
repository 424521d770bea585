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
import urllib.parse
import weakref
from collections import deque
from typing import Any

import httptools
import msgspec
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from chatdock.web.cycle import ON_CLOSED, Cycle
from chatdock.web.errors import error_bytes
from chatdock.web.lookup import FOUND, by_name

_INVALID = "Invalid HTTP request received."
_ASGI = {"version": "3.0", "spec_version": "2.3"}
_VERSIONS = ("1.1", "1.0")


class WireLimits(msgspec.Struct, frozen=True):
    """What one connection may cost."""

    head_bytes: int = 64 * 1024
    head_seconds: float = 10.0
    body_grace_seconds: float = 10.0
    body_bytes_per_second: float = 1024.0
    write_stall_seconds: float = 30.0
    sweep_seconds: float = 1.0


class ChatdockProtocol(HttpToolsProtocol):
    """One connection. Subclasses may set other limits.

    uvicorn's own way from a request's head to its task makes an event, a timer and a dozen objects of each request, 12 us of
    33: here a request has a cycle, and a connection a task. What surrounds requests (start, end, flow, upgrades) is uvicorn's.
    """

    wire = WireLimits()
    cycle: Cycle  # type: ignore[assignment]  # None before the first request, as in uvicorn

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
        self._idle_since = 0.0
        self._body_bytes = 0
        self._refused = False
        self._stalled_at = 0.0
        self._unsent_bytes = 0
        self._served: Cycle | None = None  # the request in front, which may not be the last that came
        self._waiting: asyncio.Future[Cycle | None] | None = None  # what comes next; None at the end
        self.pending: deque[Cycle] = deque()  # requests that came before the one in front was answered

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._began_at = self.loop.time()
        self._sweep.owes_request(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._sweep.forget(self)
        self.connections.discard(self)
        if self._served is not None:
            self._served.lose()
        self.flow.resume_writing()
        if exc is None:
            self.transport.close()
        self.parser = None  # type: ignore[assignment]  # as uvicorn does: it holds this object
        self._hand(None)
        if self._served is not None:
            for callback in self._served.scope[ON_CLOSED]:
                callback()

    def data_received(self, data: bytes) -> None:
        if self._refused or self.transport.is_closing():
            return
        if self._in_head:
            self._most_bytes = len(data) + (self._most_bytes if self._head_bytes else 0)
            self._head_bytes += len(data)
        else:
            self._most_bytes = len(data)
            self._body_bytes += len(data)
        self._sweep.at_rest.discard(self)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.logger.warning(_INVALID)
            self.refuse(400, _INVALID)
            return
        except httptools.HttpParserUpgrade:
            self._unsupported_upgrade_warning()
        if not self._in_head:
            self._sweep.owes_request(self)
        elif self._head_bytes:
            # Blank lines between requests stop the time of an idle connection, so they begin that of a request.
            if not self._sweep.expects_request(self):
                self._began_at = self.loop.time()
                self._sweep.owes_request(self)
            # A chunk may hold the end of the head and more: only a head that is not over yet is judged by what was read.
            if self._head_bytes > self.wire.head_bytes:
                self.refuse(431, "The request head is too large.")
        elif self.cycle is not None and self.cycle.response_complete:  # the rest of a body nobody waited for
            self._rest()

    def on_message_begin(self) -> None:
        if self._head_bytes == 0 or not self._in_head:  # pipelined behind another request in the same chunk
            self._head_bytes = 1
        self._in_head = True
        self._began_at = self.loop.time()
        self._body_bytes = 0
        self.url = b""
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        if self._most_bytes > self.wire.head_bytes and self._bytes_of_head() > self.wire.head_bytes:
            self.refuse(431, "The request head is too large.")
        version = self.parser.get_http_version()
        found = by_name(self.headers)
        if version not in _VERSIONS or _is_ambiguous(self.headers, found, needs_host=version == "1.1"):
            self.refuse(400, _INVALID)
        if self._refused:
            raise ValueError("refused")  # ends the parsing of what is left
        path, raw_path, query = split_url(self.url)
        scope = {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "method": self.parser.get_method().decode("ascii"),
            "root_path": "",
            "path": path,
            "raw_path": raw_path,
            "query_string": query,
            "headers": self.headers,
            "state": self.app_state.copy(),
            FOUND: found,
            ON_CLOSED: [],  # cheaper for a stream than a task
        }
        before = self.cycle
        cycle = Cycle(self, scope, keeps_alive=version == "1.1" and self.parser.should_keep_alive())
        self.cycle = cycle
        if before is None or before.response_complete:
            self._start(cycle)
        else:
            self.flow.pause_reading()
            self.pending.append(cycle)

    def _start(self, cycle: Cycle) -> None:
        self._served = cycle
        if not self._hand(cycle):
            task = self.loop.create_task(self._work(cycle))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def _hand(self, cycle: Cycle | None) -> bool:
        """To the task that waits for it, if one does: it may have been cancelled."""
        waiting, self._waiting = self._waiting, None
        if waiting is None or waiting.done():
            return False
        waiting.set_result(cycle)
        return True

    async def _work(self, cycle: Cycle | None) -> None:
        """Answers one request after the other: a task of its own for each is a twentieth of a small one.

        Whoever is not done yet when the next request begins leaves that to another, and goes when that one waits.
        """
        while cycle is not None:
            await cycle.run(self.app)
            if self._waiting is not None or self.parser is None:
                return
            self._waiting = self.loop.create_future()
            cycle = await self._waiting

    def _bytes_of_head(self) -> int:
        return len(self.url) + sum([len(name) + len(value) + 4 for name, value in self.headers])

    def on_body(self, body: bytes) -> None:
        if self.cycle.add(body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()

    def on_message_complete(self) -> None:
        self.cycle.end()
        self._sweep.settled_request(self)
        self._in_head = True
        self._head_bytes = 0

    def on_response_complete(self) -> None:
        """The next request may come, or begin if it is here already."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pending:
            self._start(self.pending.popleft())
        else:
            self._rest()

    def _rest(self) -> None:
        self._idle_since = self.loop.time()
        self._sweep.rests(self)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled_at = self.loop.time()
        self._unsent_bytes = self.transport.get_write_buffer_size()
        self._sweep.owes_reading(self)

    def resume_writing(self) -> None:
        self._sweep.settled_reading(self)
        super().resume_writing()

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

    def check_idle(self, now: float) -> None:
        """Called by the sweep between two requests."""
        if now - self._idle_since > self.timeout_keep_alive:
            self.transport.close()

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
        self.at_rest: set[ChatdockProtocol] = set()  # they were answered and ask nothing
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

    def rests(self, connection: ChatdockProtocol) -> None:
        """It was answered and asks nothing, for now."""
        self.at_rest.add(connection)
        if self._timer is None:
            self._arm()

    def forget(self, connection: ChatdockProtocol) -> None:
        """The connection is gone."""
        self._requests.discard(connection)
        self._readings.discard(connection)
        self.at_rest.discard(connection)

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
        for connection in tuple(self.at_rest):
            connection.check_idle(now)
        if self._requests or self._readings or self.at_rest:
            self._arm()


_SWEEPS: weakref.WeakKeyDictionary[ServerState, Sweep] = weakref.WeakKeyDictionary()  # one a server, for its lifetime


def split_url(url: bytes) -> tuple[str, bytes, bytes]:
    """The path as text and as it came, and the query. Raises: UnicodeDecodeError; httptools.HttpParserInvalidURLError."""
    if url.startswith(b"/") and b"#" not in url:
        raw_path, _, query = url.partition(b"?")
    else:
        parsed = httptools.parse_url(url)
        raw_path, query = parsed.path or b"/", parsed.query or b""
    path = raw_path.decode("ascii")
    return (urllib.parse.unquote(path) if "%" in path else path), raw_path, query


def _is_ambiguous(headers: list[tuple[bytes, bytes]], found: dict[bytes, bytes], *, needs_host: bool) -> bool:
    """Framing that another server on the way might read differently."""
    if len(found) < len(headers):  # one of them twice
        names = [name for name, _ in headers]
        if names.count(b"host") > 1 or names.count(b"content-length") > 1 or names.count(b"transfer-encoding") > 1:
            return True
    length, encoding = found.get(b"content-length"), found.get(b"transfer-encoding")
    if length is not None and (encoding is not None or not length.isdigit()):
        return True
    if encoding is not None and encoding.lower() != b"chunked":
        return True
    return needs_host and b"host" not in found
