"""One request's answer on the wire: uvicorn's cycle, except that the head leaves together with what follows it.

uvicorn writes the head alone, so that each answer is two system calls, two packets and two wake-ups of its reader. Here the
head waits for the body's first piece, though never longer than the rest of this turn of the loop. Lines of the head that
were checked once are not checked again.
"""

import re
from asyncio import get_running_loop
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

FOLLOWED = "chatdock.followed"  # in a head's message: the body comes right behind it
KEPT_HEADS = 512  # most of a head is the same in every answer of a kind
KEPT_CHARS = 100
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_OWN = frozenset({b"x-request-id", b"content-length", b"x-chatdock-run-id"})  # another value in every answer
_BODILESS = (204, 304)

Header = tuple[bytes, bytes]


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


class Cycle(RequestResponseCycle):
    """Takes uvicorn's place by assignment to `__class__`: it adds nothing that would have to be constructed."""

    _head = b""

    async def send(self, message: Any) -> None:
        """ASGI's `send`."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if not self.response_started and kind == "http.response.start":
            self._begin(message["status"], message.get("headers", ()), is_followed=FOLLOWED in message)
        elif self.response_started and not self.response_complete and kind == "http.response.body":
            self._go_on(message.get("body", b""), more=message.get("more_body", False))
        else:
            raise RuntimeError(f"Unexpected ASGI message '{kind}'.")

    def push(self, body: bytes) -> bool:
        """More of a body that has begun, at once; False, and nothing done, where it has to wait or cannot be sent."""
        if self.flow.write_paused or self.disconnected or not self.response_started or self.response_complete:
            return False
        if not self.chunked_encoding or self.scope["method"] == "HEAD":
            return False
        self._write(b"%x\r\n%b\r\n" % (len(body), body))
        return True

    def _begin(self, status: int, headers: Any, *, is_followed: bool) -> None:
        self.response_started = True
        self.waiting_for_100_continue = False
        common: list[Header] = []
        own: list[Header] = []
        for header in headers:
            (own if header[0] in _OWN or len(header[1]) >= KEPT_CHARS else common).append(header)
        text, is_chunked, says_close = _common(status, tuple(common))
        lines = [text]
        for name, value in own:
            lines.append(_line(name, value))
            if name == b"content-length" and not is_chunked:
                self.expected_content_length = int(value)
                self.chunked_encoding = False
        if is_chunked:
            self.expected_content_length = 0
            self.chunked_encoding = True
        if says_close:
            self.keep_alive = False
        if not self.keep_alive and not says_close:
            lines.append(b"connection: close\r\n")
        if self.chunked_encoding is None and self.scope["method"] != "HEAD" and status not in _BODILESS:
            self.chunked_encoding = True
            lines.append(b"transfer-encoding: chunked\r\n")
        lines.append(b"\r\n")
        self._head = b"".join(lines)
        if not is_followed:
            get_running_loop().call_soon(self._write, b"")

    def _go_on(self, body: bytes, *, more: bool) -> None:
        if self.scope["method"] == "HEAD":
            self.expected_content_length = 0
            body = b""
        elif self.chunked_encoding:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            if not more:
                body += b"0\r\n\r\n"
        else:
            self.expected_content_length -= len(body)
            if self.expected_content_length < 0:
                raise RuntimeError("Response content longer than Content-Length")
        self._write(body)
        if more:
            return
        if self.expected_content_length:
            raise RuntimeError("Response content shorter than Content-Length")
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _write(self, data: bytes) -> None:
        if self._head:
            data, self._head = self._head + data, b""
        if data and not self.transport.is_closing():
            self.transport.write(data)
