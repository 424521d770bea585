"""HTTP/1.1 for long streams: an httpx2 transport that hands over everything a socket has brought in one piece.

    socket -> _Connection.data_received -> Reply (parser, buffer) -> reply.read() -> bytes
                                             |
                  response.extensions["reply"] leads here past httpx2's own layers, which cost more than the parsing

Rules: a body left before its end closes its connection at once; a connection goes back to the pool only when its last
body is complete to the byte; proxies of the environment are not used, its certificates are.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import cast

import httptools
import httpx2

HIGH_WATER_BYTES = 256 * 1024  # what may wait for a slow reader before the socket is left to fill
HEAD_BYTES = 64 * 1024  # a status line and headers; providers send some 2 KiB
REFUSAL_BYTES = 64 * 1024  # of the body of a 4xx or 5xx, which is read whole and only for the log
IDLE_SECONDS = 30.0  # shorter than the idle limits of the usual load balancers (60 s and more)
IDLE_CONNECTIONS = 100  # a server's busy hour leaves no more sockets behind than this
MAX_CONNECTIONS = 4096  # four times the streams one process is made for
LINGER_SECONDS = 1.0  # for the last bytes of a body whose content is complete

_Origin = tuple[str, str, int]


class Template:
    """A request that was sent once, for sending it again with another body.

    Building one through the SDK and httpx2 costs most of a millisecond, and everything but the body is always the same.
    """

    def __init__(self, request: httpx2.Request) -> None:
        self.origin = _origin(request.url)
        self.bare = httpx2.Request(request.method, request.url)  # without headers and body: the key, a conversation
        lines = _head(request).removesuffix(b"\r\n\r\n").split(b"\r\n")
        kept = [line for line in lines if not line.lower().startswith(b"content-length:")]
        self._head = b"\r\n".join(kept) + b"\r\ncontent-length: "

    def message(self, body: bytes) -> bytes:
        """The bytes to send."""
        return b"%b%d\r\n\r\n%b" % (self._head, len(body), body)


class StreamingTransport(httpx2.AsyncBaseTransport):
    """Pooled connections to any number of origins. Not for HEAD or CONNECT requests."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        """Without a context one with the machine's certificates is made when it is first needed (50 ms, in a thread)."""
        self._tls = tls
        self._idle: dict[_Origin, list[_Connection]] = {}
        self._idle_count = 0
        self._open: set[_Connection] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answers as soon as the head is there. Raises: httpx2.TransportError and its kin, by what happened."""
        body = b"".join([chunk async for chunk in request.stream])  # type: ignore[union-attr]  # AsyncClient's always is async
        limits = request.extensions.get("timeout", {})
        patience = limits.get("read") or float("inf")
        return await self._exchange(_origin(request.url), _head(request) + body, patience, limits.get("connect"))

    async def repeat(
        self, template: "Template", body: bytes, *, patience_seconds: float, connect_seconds: float
    ) -> httpx2.Response:
        """The template's request with another body. Raises as `handle_async_request` does."""
        return await self._exchange(template.origin, template.message(body), patience_seconds, connect_seconds)

    async def _exchange(
        self, origin: _Origin, message: bytes, patience: float, connect_seconds: float | None
    ) -> httpx2.Response:
        while True:
            connection = self._pooled(origin)
            pooled = connection is not None
            if connection is None:
                connection = await self._connect(origin, connect_seconds)
            reply = connection.send(message, patience)
            try:
                status, headers = await reply.head()
            except BaseException as error:
                await reply.aclose()
                # A server may drop an idle connection in the very moment it is used again: that is nobody's failure.
                if pooled and not reply.began and isinstance(error, httpx2.NetworkError | httpx2.RemoteProtocolError):
                    continue
                raise
            return httpx2.Response(status, headers=headers, stream=reply, extensions={"reply": reply})

    async def aclose(self) -> None:
        """Ends every connection, the busy ones too."""
        connections = list(self._open)
        for connection in connections:
            connection.abort()
        if connections:
            await asyncio.wait([connection.lost for connection in connections], timeout=LINGER_SECONDS)

    async def _connect(self, origin: _Origin, seconds: float | None) -> "_Connection":
        if len(self._open) >= MAX_CONNECTIONS:
            raise httpx2.PoolTimeout(f"{MAX_CONNECTIONS} connections are open")
        scheme, host, port = origin
        if scheme not in ("http", "https"):
            raise httpx2.UnsupportedProtocol(f"no transport for {scheme!r}")
        if scheme == "https" and self._tls is None:
            self._tls = await asyncio.to_thread(httpx2.create_ssl_context)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                _, connection = await loop.create_connection(
                    lambda: _Connection(self, origin, loop), host, port, ssl=self._tls if scheme == "https" else None
                )
        except TimeoutError as error:
            raise httpx2.ConnectTimeout(f"no connection within {seconds} s") from error
        except OSError as error:
            raise httpx2.ConnectError(str(error)) from error
        return connection

    def _pooled(self, origin: _Origin) -> "_Connection | None":
        idle = self._idle.get(origin)
        if not idle:
            return None
        connection = idle.pop()  # the warmest; the others grow old and go
        self._idle_count -= 1
        connection.leave_pool()
        return connection

    def opened(self, connection: "_Connection") -> None:
        """A connection was made."""
        self._open.add(connection)

    def keep(self, connection: "_Connection") -> bool:
        """A connection is free again; False if there are enough."""
        if self._idle_count >= IDLE_CONNECTIONS:
            return False
        self._idle.setdefault(connection.origin, []).append(connection)
        self._idle_count += 1
        return True

    def forget(self, connection: "_Connection", *, idle: bool) -> None:
        """A connection is gone."""
        self._open.discard(connection)
        if idle:
            self._idle[connection.origin].remove(connection)
            self._idle_count -= 1


class Reply(httpx2.AsyncByteStream):
    """One response while it arrives. `patience_seconds` is how long a read may wait; it may be changed between reads."""

    def __init__(self, connection: "_Connection", patience_seconds: float) -> None:
        self.patience_seconds = patience_seconds
        self.began = False
        self._connection = connection
        self._loop = connection.loop
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_bytes = 0
        self._status = 0
        self._framed = False  # the end is announced by a length or a last chunk, not by the end of the connection
        self._chunks: list[bytes] = []
        self._buffered = 0
        self._complete = False
        self._error: httpx2.TransportError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    # ---- for the reader ----

    async def head(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Status and headers, once they are there."""
        while not self._status:
            if self._error is not None:
                raise self._error
            await self._wait()
        return self._status, self._headers

    async def read(self) -> bytes:
        """All that has arrived and was not read; waits while that is nothing. Empty at the end of the body.

        Raises: httpx2.ReadTimeout, ReadError (reset), RemoteProtocolError (cut, or not HTTP); after what had arrived.
        """
        while not self._chunks:
            if self._error is not None:
                raise self._error
            if self._complete:
                return b""
            await self._wait()
        chunks = self._chunks
        self._chunks = []
        if (
            self._buffered > HIGH_WATER_BYTES and not self._complete
        ):  # a complete reply's connection is another's by now
            self._connection.resume()
        self._buffered = 0
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = REFUSAL_BYTES if self._status >= 400 else None
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
        elif not self._status and self._head_bytes + len(data) > HEAD_BYTES:
            self.fail(httpx2.RemoteProtocolError(f"a head of more than {HEAD_BYTES} bytes"))
            self._connection.abort()
            return
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    def end(self, error: Exception | None) -> None:
        """The connection is gone, by a reset when there is an error."""
        self._stop_timer()
        if self._complete:
            return
        if error is not None:
            self.fail(httpx2.ReadError(str(error) or type(error).__name__))
        elif self._status and not self._framed:
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
            self._status = status

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)
        self._buffered += len(body)

    def on_message_complete(self) -> None:
        if self._status:
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

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Connection(asyncio.Protocol):
    """One socket: busy with a reply, or idle in the pool."""

    _socket: asyncio.Transport

    def __init__(self, pool: StreamingTransport, origin: _Origin, loop: asyncio.AbstractEventLoop) -> None:
        self.origin = origin
        self.loop = loop
        self.reusable = False
        self.lost: asyncio.Future[None] = loop.create_future()
        self._pool = pool
        self._reply: Reply | None = None
        self._paused = False
        self._idle: asyncio.TimerHandle | None = None

    def send(self, message: bytes, patience_seconds: float) -> Reply:
        reply = self._reply = Reply(self, patience_seconds)
        self.reusable = False
        self._socket.write(message)
        return reply

    def release(self) -> None:
        """The reply is complete."""
        self._reply = None
        self.resume()
        if self.reusable and not self._socket.is_closing() and self._pool.keep(self):
            self._idle = self.loop.call_later(IDLE_SECONDS, self.abort)
        else:
            self.abort()

    def leave_pool(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def abort(self) -> None:
        self._socket.abort()
        if self._idle is not None:  # at once, so that nobody takes it between now and connection_lost
            self.leave_pool()
            self._pool.forget(self, idle=True)

    def pause(self) -> None:
        if not self._paused:
            self._paused = True
            self._socket.pause_reading()

    def resume(self) -> None:
        if self._paused:
            self._paused = False
            if not self._socket.is_closing():
                self._socket.resume_reading()

    # ---- called by the event loop ----

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self._pool.opened(self)

    def data_received(self, data: bytes) -> None:
        if self._reply is not None:
            self._reply.feed(data)
        else:
            self.abort()  # bytes nobody asked for

    def connection_lost(self, error: Exception | None) -> None:
        if self._reply is not None:
            self._reply.end(error)
            self._reply = None
        self._pool.forget(self, idle=self._idle is not None)
        self.leave_pool()
        if not self.lost.done():
            self.lost.set_result(None)


def _origin(url: httpx2.URL) -> _Origin:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _head(request: httpx2.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    if any(b"\n" in line or b"\r" in line or b"\0" in line for line in lines):
        raise httpx2.LocalProtocolError("a header holds a line break; is there one in the API key?")
    return b"\r\n".join([*lines, b"", b""])
