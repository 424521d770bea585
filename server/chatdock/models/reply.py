"""One HTTP response while it arrives: parsed as bytes come, read in whatever pieces the reader has time for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import httptools
import httpx2

from chatdock.models.gather import Gather

HIGH_WATER_BYTES = 256 * 1024  # what may wait for a slow reader before the socket is left to fill
HEAD_BYTES = 64 * 1024  # a status line and headers; providers send some 2 KiB
REFUSAL_BYTES = 64 * 1024  # of the body of a 4xx or 5xx, which is read whole and only for the log
LINGER_SECONDS = 1.0  # for the last bytes of a body whose content is complete


class Line(Protocol):
    """What a reply needs of the connection it comes by."""

    loop: asyncio.AbstractEventLoop
    reusable: bool
    gather: Gather

    def pause(self) -> None:
        """No more bytes for now."""

    def resume(self) -> None:
        """More bytes, please."""

    def release(self) -> None:
        """The reply is complete."""

    def abort(self) -> None:
        """Ends the connection at once."""


class Reply(httpx2.AsyncByteStream):
    """One response while it arrives. `patience_seconds` is how long a read may wait; it may be changed between reads."""

    def __init__(self, connection: Line, patience_seconds: float) -> None:
        self.patience_seconds = patience_seconds
        self.began = False
        self.may_gather = False  # set once the first words are out
        self.pass_on: Callable[[bytes], bool] | None = None  # takes what comes while a read waits; False ends that read
        self._held = False
        self._connection = connection
        self._loop = connection.loop
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_bytes = 0
        self.status = 0
        self._framed = False  # the end is announced by a length or a last chunk, not by the end of the connection
        self._chunks: list[bytes] = []
        self._buffered = 0
        self._complete = False
        self._passed = False
        self._error: httpx2.TransportError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    # ---- for the reader ----

    async def head(self) -> None:
        """Returns once status and headers are there."""
        while not self.status:
            if self._error is not None:
                raise self._error
            await self._wait()

    def header(self, name: bytes) -> str:
        """A header's value in lower case, without parameters; empty where there is none."""
        for found, value in self._headers:
            if found.lower() == name:
                return value.partition(b";")[0].strip().lower().decode("latin-1")
        return ""

    def response(self) -> httpx2.Response:
        """The same as httpx2 has it, which costs as much to make as everything else about a response."""
        return httpx2.Response(self.status, headers=self._headers, stream=self, extensions={"reply": self})

    async def read(self) -> bytes | None:
        """All that has arrived and was not read; waits while that is nothing. Empty at the end of the body, None where
        `pass_on` has taken what came and ended the read.

        Raises: httpx2.ReadTimeout, ReadError (reset), RemoteProtocolError (cut, or not HTTP); after what had arrived.
        """
        while not self._chunks:
            if self._error is not None:
                raise self._error
            if self._complete:
                return b""
            self._passed = False
            await self._wait()
            if self._passed:
                return None
        return self._take()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = REFUSAL_BYTES if self.status >= 400 else None
        while chunk := await self.read():
            if left is not None:
                chunk = chunk[:left]
                left -= len(chunk)
            yield chunk
            if left == 0:
                return

    async def aclose(self) -> None:
        """Leaves the body; the connection ends now unless the body is complete."""
        self._stop_timer()
        if not self._complete:
            self._complete = True
            self._connection.abort()

    def linger(self) -> None:
        """Leaves a body whose content is complete: its connection is kept if the last bytes come within a second."""
        self._stop_timer()
        if not self._complete:
            self._timer = self._loop.call_later(LINGER_SECONDS, self._connection.abort)

    # ---- for the connection ----

    def feed(self, data: bytes) -> None:
        """Bytes from the socket."""
        self.began = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._complete:
                self.fail(httpx2.RemoteProtocolError(f"not HTTP: {error}"))
                self._connection.abort()
                return
            self._connection.reusable = False  # something followed the end of the message
        if self._complete:
            self._stop_timer()
            self._connection.release()
        elif self._buffered > HIGH_WATER_BYTES:
            self._connection.pause()
        elif not self.status and self._head_bytes + len(data) > HEAD_BYTES:
            self.fail(httpx2.RemoteProtocolError(f"a head of more than {HEAD_BYTES} bytes"))
            self._connection.abort()
            return
        if self._waiter is None or (self._held and not self._complete):
            return
        if self.may_gather and not self._complete and self._connection.gather.take(self._let_go):
            self._held = True
        else:
            self._hand_over()

    def end(self, error: Exception | None) -> None:
        """The connection is gone, by a reset when there is an error."""
        self._stop_timer()
        if self._complete:
            return
        if error is not None:
            self.fail(httpx2.ReadError(str(error) or type(error).__name__))
        elif self.status and not self._framed:
            self._complete = True
            self._wake()
        else:
            self.fail(httpx2.RemoteProtocolError("the connection ended before the response did"))

    def fail(self, error: httpx2.TransportError) -> None:
        """Ends the body with an error, after what has arrived."""
        self._error = self._error or error
        self._wake()

    # ---- called by the parser ----

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value)
        self._headers.append((name, value))
        lower = name.lower()
        if lower == b"content-length" or (lower == b"transfer-encoding" and value.lower().endswith(b"chunked")):
            self._framed = True

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # 100 Continue and its like come before the response
            self._headers = []
        else:
            self.status = status

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)
        self._buffered += len(body)

    def on_message_complete(self) -> None:
        if self.status:
            self._complete = True
            self._connection.reusable = self._parser.should_keep_alive()

    # ---- waiting ----

    async def _wait(self) -> None:
        # One timer runs through the whole body and looks, when it fires, how long the present read has waited: a timer
        # per read would cost as much as the read.
        deadline = self._loop.time() + self.patience_seconds
        if self._timer is not None and self._timer.when() > deadline:
            self._stop_timer()
        self._deadline = deadline
        if self._timer is None and self.patience_seconds != float("inf"):
            self._timer = self._loop.call_at(deadline, self._look)
        waiter = self._waiter = self._loop.create_future()
        try:
            await waiter
        finally:
            self._waiter = None

    def _look(self) -> None:
        self._timer = None
        if self._waiter is None:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._look)
            return
        self.fail(httpx2.ReadTimeout(f"nothing came for {self.patience_seconds:g} s"))
        self._connection.abort()

    def _let_go(self) -> None:
        self._held = False
        self._hand_over()

    def _hand_over(self) -> None:
        """To `pass_on`, if somebody waits; else, and where that leaves something to do, the waiting read ends."""
        waiter = self._waiter
        if (
            self.pass_on is not None
            and self._chunks
            and waiter is not None
            and not waiter.done()
            and not self._complete
        ):
            self._deadline = self._loop.time() + self.patience_seconds
            if self.pass_on(self._take()):
                return
            self._passed = True
        self._wake()

    def _take(self) -> bytes:
        """All that has arrived; whoever takes it makes room for more."""
        chunks, self._chunks = self._chunks, []
        # A complete reply's connection is another's by now.
        if self._buffered > HIGH_WATER_BYTES and not self._complete:
            self._connection.resume()
        self._buffered = 0
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
