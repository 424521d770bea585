"""The envelope of every response: request id, security headers, a JSON 500 for a fault of ours, and one log line.

One plain ASGI layer, as thin as it can be: it looks at the response's start and hands every body message straight on.
Source: trust.md 2.5.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatdock.errors import Unavailable
from chatdock.ids import REQUEST, new_id
from chatdock.web.cycle import LINES, ON_CLOSED
from chatdock.web.errors import error_bytes
from chatdock.web.logs import REQUESTS, RequestLine, log_request
from chatdock.web.lookup import header_of

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store, private"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_SECURED = {name for name, _ in SECURITY_HEADERS}
_LINES = b"".join([b"%b: %b\r\n" % header for header in SECURITY_HEADERS])
MAX_FOREIGN_ID_CHARS = 64  # a client's own request id is logged, cut, and never trusted


logger = logging.getLogger(REQUESTS)


class Envelope:
    """Wraps the app. A header that a response sets itself stays as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._prefix = new_id(REQUEST)  # of this process; then a count: nothing hangs on guessing it
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_at = time.perf_counter()
        self._count += 1
        request_id = f"{self._prefix}{self._count:08x}"
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0
        is_ours = ON_CLOSED in scope

        def send_in_envelope(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message.get("headers", ())
                if is_ours and _SECURED.isdisjoint([name for name, _ in headers]):
                    message[LINES] = b"x-request-id: %b\r\n%b" % (request_id.encode(), _LINES)
                else:
                    message["headers"] = _complete(headers, request_id)
            return send(message)

        try:
            await self._app(scope, receive, send_in_envelope)
        except asyncio.CancelledError:  # the server goes away, and waits for this request no longer
            if not status:
                await _refuse(send_in_envelope)
            raise
        except Exception:  # the server's edge: whatever was not foreseen
            logger.exception("a request failed", extra={"fields": {"request_id": request_id}})
            if status:
                raise  # half a response is out: only a cut connection says so
            await _send_fault(send_in_envelope)
        finally:
            if logger.isEnabledFor(logging.INFO):
                log_request(_line(scope, request_id, status, time.perf_counter() - started_at))


def _complete(headers: Iterable[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    present = dict(headers)
    if _SECURED.isdisjoint(present):
        return [*headers, (b"x-request-id", request_id.encode()), *SECURITY_HEADERS]
    missing = [header for header in SECURITY_HEADERS if header[0] not in present]
    return [*headers, (b"x-request-id", request_id.encode()), *missing]


async def _send_fault(send: Send) -> None:
    body = error_bytes("The server had an error while processing your request.", type="server_error", code="internal")
    await _send(send, 500, body)


async def _refuse(send: Send) -> None:
    body = error_bytes(
        "The server is restarting. Please try again in a moment.", type="server_error", code=Unavailable.code
    )
    await _send(send, Unavailable.status, body, (b"retry-after", b"1"))


async def _send(send: Send, status: int, body: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _line(scope: Scope, request_id: str, status: int, seconds: float) -> RequestLine:
    state = scope["state"]
    route = scope.get("route")
    foreign_id = header_of(scope, b"x-request-id")
    return RequestLine(
        method=scope["method"],
        route=getattr(route, "path", None) or "unknown",
        status=status,
        ms=round(seconds * 1_000, 2),
        request_id=request_id,
        session_id=state.get("session_id"),
        key_id=state.get("key_id"),
        run_id=state.get("run_id"),
        error_code=state.get("error_code"),
        client_request_id=None if foreign_id is None else foreign_id.decode("latin-1")[:MAX_FOREIGN_ID_CHARS],
    )
