"""What most doors answer with: one value as JSON."""

from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chatdock.types.wire import encode
from chatdock.web.cycle import FOLLOWED

_CONTENT_TYPE = (b"content-type", b"application/json")


class Json(Response):
    """A 200 with a value's wire JSON; its head is made at once, without what a general response has to look for."""

    def __init__(self, value: Any) -> None:
        self.body = encode(value)
        self.status_code = 200
        self.background = None
        self.raw_headers = [_CONTENT_TYPE, (b"content-length", b"%d" % len(self.body))]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Says of the head that the body follows, so that both leave in one write at once."""
        headers = self.raw_headers
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers, FOLLOWED: True})
        await send({"type": "http.response.body", "body": self.body})
