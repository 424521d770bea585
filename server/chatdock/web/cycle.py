"""One request's answer on the wire: uvicorn's cycle, except that the head leaves together with what follows it.

uvicorn writes the head alone, so that each answer is two system calls, two packets and two wake-ups of its reader. Here the
head waits for the body's first piece, though never longer than the rest of this turn of the loop. Lines of the head that
were checked once are not checked again.
"""

import asyncio
import logging
import re
from asyncio import get_running_loop
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from chatdock.web.lookup import FOUND

log = logging.getLogger(__name__)

ON_CLOSED = "chatdock.closed"  # in the scope, under our own server: what to call when the connection is gone
WHOLE = "chatdock.whole"  # in a head's message, under our own server: all of the body
LINES = "chatdock.lines"  # in a head's message: more of its lines, as they are on the wire
KEPT_HEADS = 512  # most of a head is the same in every answer of a kind
KEPT_CHARS = 100
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_OWN = frozenset({b"x-request-id", b"content-length", b"x-chatdock-run-id"})  # another value in every answer
_BODILESS = (204, 304)
_FAULT = b"Internal Server Error"
_FAULT_HEAD = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"content-length", b"%d" % len(_FAULT)),
    (b"connection", b"close"),
]

Header = tuple[bytes, bytes]


class Connection(Protocol):
    """What a cycle needs of the protocol it belongs to."""

    transport: asyncio.Transport
    flow: FlowControl

    def on_response_complete(self) -> None:
        """The answer is written."""


def pushing(send: Send) -> Callable[[bytes], bool] | None:
    """The `push` behind an ASGI `send`; None where another server, or a layer of its own, is between."""
    return getattr(getattr(send, "__self__", None), "push", None)


def _line(name: bytes, value: bytes) -> bytes:
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        raise RuntimeError("Invalid HTTP header.")
    return name.lower() + b": " + value + b"\r\n"


@lru_cache(KEPT_HEADS)
def _common(status: int, headers: tuple[Header, ...]) -> tuple[bytes, bool, bool]:
    """The part of a head that other answers share, whether it says that chunks follow, and that the connection closes."""
    text = STATUS_LINE[status] + b"".join([_line(name, value) for name, value in headers])
    return text, (b"transfer-encoding", b"chunked") in headers, (b"connection", b"close") in headers


class Cycle:
    """One request and its answer, as uvicorn's cycle has them; what only some requests need is made when they do."""

    __slots__ = (
        "_arrived",
        "_body",
        "_chunked",
        "_connection",
        "_has_news",
        "_head",
        "_left",
        "_more",
        "_wants_more",
        "disconnected",
        "flow",
        "keep_alive",
        "response_complete",
        "response_started",
        "scope",
        "transport",
    )

    def __init__(self, connection: "Connection", scope: Scope, *, keeps_alive: bool) -> None:
        self._connection = connection
        self.flow = connection.flow
        self.transport = connection.transport
        self.scope = scope
        self.keep_alive = keeps_alive
        self.disconnected = False
        self._wants_more = scope[FOUND].get(b"expect", b"").lower() == b"100-continue"  # and has to be told to go on
        self._body: bytes | bytearray = b""
        self._more = True
        self._has_news = False
        self._arrived: asyncio.Event | None = None
        self.response_started = False
        self.response_complete = False
        self._head = b""
        self._chunked: bool | None = None
        self._left = 0  # bytes of the body as its head announced it

    async def run(self, app: ASGIApp) -> None:
        """The app's answer, or a 500 in its place."""
        try:
            await app(self.scope, self.receive, self.send)
            if not self.response_complete and not self.disconnected:
                raise RuntimeError("The app returned without a whole answer.")
        except BaseException as error:  # the edge of the process
            log.error("Exception in ASGI application", exc_info=error)
            await self._fail()

    async def _fail(self) -> None:
        if self.response_started:
            self.transport.close()  # only a cut connection says that this was not all
            return
        await self.send({"type": "http.response.start", "status": 500, "headers": _FAULT_HEAD})
        await self.send({"type": "http.response.body", "body": _FAULT})

    def add(self, body: bytes) -> int:
        """A piece of the request's body. Returns how much waits to be received."""
        if self.response_complete:
            return 0
        if not self._body:
            self._body = body
        else:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += body
        self._tell()
        return len(self._body)

    def end(self) -> None:
        """The request is here."""
        if not self.response_complete:
            self._more = False
            self._tell()

    def lose(self) -> None:
        """The connection is gone."""
        if not self.response_complete:
            self.disconnected = True
        self._tell()

    def _tell(self) -> None:
        self._has_news = True
        if self._arrived is not None:
            self._arrived.set()

    async def receive(self) -> Message:
        """ASGI's `receive`."""
        if self._wants_more and not self.transport.is_closing():
            self._wants_more = False
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not self.disconnected and not self.response_complete:
            self.flow.resume_reading()
            if not self._has_news:
                self._arrived = self._arrived or asyncio.Event()
                self._arrived.clear()
                await self._arrived.wait()
            self._has_news = False
        if self.disconnected or self.response_complete:
            return {"type": "http.disconnect"}
        body, self._body = self._body, b""
        return {"type": "http.request", "body": bytes(body), "more_body": self._more}

    async def send(self, message: Any) -> None:
        """ASGI's `send`."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if not self.response_started and kind == "http.response.start":
            self._begin(message["status"], message.get("headers", ()), message.get(LINES, b""))
            if WHOLE in message:
                self._go_on(message[WHOLE], more=False)
            else:
                get_running_loop().call_soon(self._write, b"")
        elif self.response_started and not self.response_complete and kind == "http.response.body":
            self._go_on(message.get("body", b""), more=message.get("more_body", False))
        else:
            raise RuntimeError(f"Unexpected ASGI message '{kind}'.")

    def push(self, body: bytes) -> bool:
        """More of a body that has begun, at once; False, and nothing done, where it has to wait or cannot be sent."""
        if self.flow.write_paused or self.disconnected or not self.response_started or self.response_complete:
            return False
        if not self._chunked or self.scope["method"] == "HEAD":
            return False
        self._write(b"%x\r\n%b\r\n" % (len(body), body))
        return True

    def _begin(self, status: int, headers: Iterable[Header], more_lines: bytes) -> None:
        self.response_started = True
        self._wants_more = False
        common: list[Header] = []
        own: list[Header] = []
        for header in headers:
            (own if header[0] in _OWN or len(header[1]) >= KEPT_CHARS else common).append(header)
        text, is_chunked, says_close = _common(status, tuple(common))
        lines = [text, more_lines]
        for name, value in own:
            if name == b"content-length" and not is_chunked:
                self._left = int(value)
                self._chunked = False
                lines.append(b"content-length: %d\r\n" % self._left)
            else:
                lines.append(_line(name, value))
        if is_chunked:
            self._left = 0
            self._chunked = True
        if says_close:
            self.keep_alive = False
        if not self.keep_alive and not says_close:
            lines.append(b"connection: close\r\n")
        if self._chunked is None and self.scope["method"] != "HEAD" and status not in _BODILESS:
            self._chunked = True
            lines.append(b"transfer-encoding: chunked\r\n")
        lines.append(b"\r\n")
        self._head = b"".join(lines)

    def _go_on(self, body: bytes, *, more: bool) -> None:
        if self.scope["method"] == "HEAD":
            self._left = 0
            body = b""
        elif self._chunked:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            if not more:
                body += b"0\r\n\r\n"
        else:
            self._left -= len(body)
            if self._left < 0:
                raise RuntimeError("Response content longer than Content-Length")
        self._write(body)
        if more:
            return
        if self._left:
            raise RuntimeError("Response content shorter than Content-Length")
        self.response_complete = True
        self._tell()
        if not self.keep_alive:
            self.transport.close()
        self._connection.on_response_complete()

    def _write(self, data: bytes) -> None:
        if self._head:
            data, self._head = self._head + data, b""
        if data and not self.transport.is_closing():
            self.transport.write(data)
