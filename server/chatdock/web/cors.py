"""CORS for the doors a browser may use: allowlisted origins are echoed, nobody else learns anything.

Rules: no cookies and no credentials mode, so never `Access-Control-Allow-Credentials`; `Vary: Origin` whether or not there
was one, so that a cache never serves one site's answer to another; server-key doors are not on the list at all. The
widget's files carry their own `*` (`web.assets`).
Source: trust.md A14; chatkit.md 2.1.
"""

import re
from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatdock.web.lookup import all_of, header_of, text_of
from chatdock.web.parts import Parts

ALLOWED_HEADERS = (
    "accept",
    "accept-language",
    "authorization",
    "chatkit-device-id",
    "chatkit-frame-instance-id",
    "content-type",
    "last-event-id",
    "openai-beta",
    "openai-sentinel-token",
    "x-chatdock-client",
    "x-chatdock-upload-token",
)
EXPOSED_HEADERS = (
    "x-chatdock-run-id",
    "x-request-id",
    "retry-after",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
)
MAX_AGE_SECONDS = 600  # Chromium keeps a preflight at most two hours, but a list that was cut should bite soon

CLIENT_PATHS = re.compile(
    r"/chatkit"
    r"|/v1/chatkit/(?:config|conversation|events|search|history|files(?:/.*)?|runs/[^/]+(?:/(?:events|cancel))?|shares/[^/]+"
    r"|threads/[^/]+/(?:runs|branches|marks|shares))",
)

_METHODS = b"GET, POST, PUT, DELETE, OPTIONS"
_VARY = (b"vary", b"Origin")
_EXPOSE = (b"access-control-expose-headers", ", ".join(EXPOSED_HEADERS).encode())
_PREFLIGHT = (
    (b"access-control-allow-methods", _METHODS),
    (b"access-control-allow-headers", ", ".join(ALLOWED_HEADERS).encode()),
    (b"access-control-max-age", str(MAX_AGE_SECONDS).encode()),
)


class Cors:
    """Wraps the app; touches only paths that match `CLIENT_PATHS`. The list is the one in the app's parts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """ASGI's. No coroutine of its own where there is nothing to do."""
        if scope["type"] != "http" or not CLIENT_PATHS.fullmatch(scope["path"]):
            return self._app(scope, receive, send)
        return self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin, is_preflight = _allowed_origin(scope)
        headers = [_VARY] if origin is None else [_VARY, (b"access-control-allow-origin", origin)]
        if is_preflight:
            await _answer_preflight(headers, allowed=origin is not None, send=send)
            return
        if origin is not None:
            headers.append(_EXPOSE)

        def send_with_headers(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *headers]
            return send(message)

        await self._app(scope, receive, send_with_headers)


def _allowed_origin(scope: Scope) -> tuple[bytes | None, bool]:
    asks_method = scope["method"] == "OPTIONS" and header_of(scope, b"access-control-request-method") is not None
    origins = all_of(scope, b"origin")
    if len(origins) != 1:
        return None, asks_method
    parts: Parts = scope["app"].parts
    allowed = parts.origins.allows(origins[0].decode("latin-1"), text_of(scope, b"host"), scope["scheme"])
    return (origins[0] if allowed else None), asks_method


async def _answer_preflight(headers: list[tuple[bytes, bytes]], *, allowed: bool, send: Send) -> None:
    """An empty answer; for a foreign origin without permissions, which a browser takes as a refusal."""
    if allowed:
        headers = [*headers, *_PREFLIGHT]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
