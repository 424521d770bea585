"""What most doors answer with: one value as JSON."""

from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from chatdock.types.wire import encode
from chatdock.web.cycle import ON_CLOSED, WHOLE

_CONTENT_TYPE = (b"content-type", b"application/json")


class Json(Response):
    """A 200 with a value's wire JSON; its head is made at once, without what a general response has to look for."""

    def __init__(self, value: Any) -> None:
        self.body = encode(value)
        self.status_code = 200
        self.background = None
        self.raw_headers = [_CONTENT_TYPE, (b"content-length", b"%d" % len(self.body))]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """In one message where the server is ours, which is half the work of two."""
        start: Message = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        if ON_CLOSED in scope:
            start[WHOLE] = self.body
            await send(start)
        else:
            await send(start)
            await send({"type": "http.response.body", "body": self.body})
