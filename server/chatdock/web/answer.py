"""What most doors answer with: one value as JSON."""

from typing import Any

from starlette.responses import Response

from chatdock.types.wire import encode

_CONTENT_TYPE = (b"content-type", b"application/json")


class Json(Response):
    """A 200 with a value's wire JSON; its head is made at once, without what a general response has to look for."""

    def __init__(self, value: Any) -> None:
        self.body = encode(value)
        self.status_code = 200
        self.background = None
        self.raw_headers = [_CONTENT_TYPE, (b"content-length", b"%d" % len(self.body))]
