"""HTTP/1.1 for long streams: an httpx2 transport that hands over everything a socket has brought in one piece.

    socket -> _Connection.data_received -> Reply (parser, buffer) -> reply.read() -> bytes
                                             |
                  response.extensions["reply"] leads here, past the layers of httpx2 above

Rules: a body left before its end closes its connection at once; a connection goes back to the pool only when its last
body is complete to the byte; proxies of the environment are not used, its certificates are.
"""

import asyncio
import ssl
from typing import cast

import httpx2

from chatdock.models.gather import Gather
from chatdock.models.reply import LINGER_SECONDS, Reply

IDLE_SECONDS = 30.0  # shorter than the idle limits of the usual load balancers (60 s and more)
IDLE_CONNECTIONS = 100  # a server's busy hour leaves no more sockets behind than this
MAX_CONNECTIONS = 4096  # four times the streams one process is made for

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
        self._gather: Gather | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answers as soon as the head is there. Raises: httpx2.TransportError and its kin, by what happened."""
        body = b"".join([chunk async for chunk in request.stream])  # type: ignore[union-attr]  # AsyncClient's always is async
        limits = request.extensions.get("timeout", {})
        patience = limits.get("read") or float("inf")
        reply = await self._exchange(_origin(request.url), _head(request) + body, patience, limits.get("connect"))
        return reply.response()

    async def repeat(
        self, template: "Template", body: bytes, *, patience_seconds: float, connect_seconds: float
    ) -> Reply:
        """The template's request with another body. Raises as `handle_async_request` does."""
        return await self._exchange(template.origin, template.message(body), patience_seconds, connect_seconds)

    async def _exchange(self, origin: _Origin, message: bytes, patience: float, connect_seconds: float | None) -> Reply:
        while True:
            connection = self._pooled(origin)
            pooled = connection is not None
            if connection is None:
                connection = await self._connect(origin, connect_seconds)
            reply = connection.send(message, patience)
            try:
                await reply.head()
            except BaseException as error:
                await reply.aclose()
                # A server may drop an idle connection in the very moment it is used again: that is nobody's failure.
                if pooled and not reply.began and isinstance(error, httpx2.NetworkError | httpx2.RemoteProtocolError):
                    continue
                raise
            return reply

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

    def gather(self, loop: asyncio.AbstractEventLoop) -> Gather:
        """The one all readers share."""
        if self._gather is None:
            self._gather = Gather(loop)
        return self._gather

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


class _Connection(asyncio.Protocol):
    """One socket: busy with a reply, or idle in the pool."""

    _socket: asyncio.Transport

    def __init__(self, pool: StreamingTransport, origin: _Origin, loop: asyncio.AbstractEventLoop) -> None:
        self.origin = origin
        self.loop = loop
        self.gather = pool.gather(loop)
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
