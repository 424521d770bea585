"""The one table from errors to responses: `{"error": {"message", "type", "param", "code"}}`.

Rules: the client is told the kind, the operator the detail; no stack, path or class name leaves. A 401 names its scheme,
a 429 says when to come back.
Source: the error object of the openai SDK (chatkit.md 1.6).
"""

import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from chatdock.errors import BadRequest, ChatdockError, RateLimited, Unauthorized, Unavailable
from chatdock.types.wire import encode

CHALLENGE = 'Bearer realm="chatdock"'
MAX_MESSAGE_CHARS = 300  # a validation message may repeat a name the client chose

_PATH = re.compile(r" - at (?:`key` in )?`(?P<path>\$.*)`$")
_LONG_MESSAGE = re.compile(
    r"Expected `str` of length <= (\d+) - at `\$\.params\.input\.(?:content\[\d+\]\.text|quoted_text)`"
)
_MISSING = re.compile(r"Object missing required field `(.+)`")
_TYPES = {
    "str": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "a boolean",
    "object": "an object",
    "array": "an array",
    "null": "null",
}
_TYPE = re.compile(r"`([a-z| ]+)`")


class ErrorBody(msgspec.Struct):
    """What went wrong, in the words of the API."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorObject(msgspec.Struct):
    """Every refusal has this body."""

    error: ErrorBody


def error_response(error: ChatdockError) -> Response:
    """The response for one of our own errors."""
    body = ErrorObject(ErrorBody(error.message, error.type, error.param, error.code))
    return Response(
        encode(body), status_code=error.status, media_type="application/json", headers=_headers(error) or None
    )


def error_bytes(message: str, *, type: str = "invalid_request_error", code: str | None = None) -> bytes:
    """The body alone, for the doors below HTTP frameworks."""
    return encode(ErrorObject(ErrorBody(message, type, None, code)))


def _headers(error: ChatdockError) -> dict[str, str]:
    if isinstance(error, Unauthorized):
        return {"www-authenticate": CHALLENGE}
    if isinstance(error, RateLimited):
        seconds = str(max(1, math.ceil(error.retry_after_seconds)))
        limit = {} if error.limit is None else {"ratelimit-limit": str(error.limit), "ratelimit-remaining": "0"}
        return {"retry-after": seconds, "ratelimit-reset": seconds, **limit}
    if isinstance(error, Unavailable):
        return {"retry-after": str(max(1, math.ceil(error.retry_after_seconds)))}
    if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return {"connection": "close"}  # or the rest of the body would still be read, for nothing
    return {}


def from_validation(error: msgspec.ValidationError) -> BadRequest:
    """A failed validation in readable words: the path becomes `param`, and no value is repeated."""
    text = str(error)
    at = _PATH.search(text)
    path = at["path"].removeprefix("$").removeprefix(".") if at else ""
    problem = text[: at.start()] if at else text
    missing = _MISSING.fullmatch(problem)
    if missing:
        path = f"{path}.{missing[1]}".removeprefix(".")
        return BadRequest(f"Missing required parameter: '{path}'.", code="missing_required_parameter", param=path)
    long = _LONG_MESSAGE.fullmatch(text)
    if long:  # a person wrote it, and reads this
        sentence = f"This message is too long: it may have {int(long[1]):,} characters at most."
        return BadRequest(sentence, code="too_large", param=path)
    where = f"Invalid value for '{path}'" if path else "Invalid body"
    expected = f": {_TYPE.sub(_readable, problem).lower()}" if problem.startswith("Expected ") else ""
    return BadRequest(f"{where}{expected}."[:MAX_MESSAGE_CHARS], code="invalid_value", param=path or None)


def _readable(match: re.Match[str]) -> str:
    names = [_TYPES.get(name.strip(), name.strip()) for name in match[1].split("|")]
    return " or ".join(names)


def as_error(error: Exception) -> ChatdockError | None:
    """One of our errors for anything a handler may raise on purpose; None for a fault of ours."""
    if isinstance(error, ChatdockError):
        return error
    if isinstance(error, msgspec.ValidationError):
        return from_validation(error)
    if isinstance(error, msgspec.DecodeError):
        return BadRequest("The body is not valid JSON.", code="invalid_json")
    return None


async def handle_error(request: Request, error: Exception) -> Response:
    """For Starlette: errors of ours and of msgspec. `request.state.error_code` is for the log."""
    known = as_error(error)
    if known is None:
        raise error
    request.state.error_code = known.code
    return error_response(known)


async def handle_http_exception(request: Request, error: Exception) -> Response:
    """For Starlette's own: unknown paths and methods."""
    if not isinstance(error, HTTPException):
        raise error
    status = error.status_code
    if status == HTTPStatus.NOT_FOUND:
        message, code = "Unknown request URL.", "unknown_url"
    elif status == HTTPStatus.METHOD_NOT_ALLOWED:
        message, code = "Method not allowed.", "method_not_allowed"
    else:
        message, code = f"{HTTPStatus(status).phrase}.", None
    request.state.error_code = code
    kind = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
    headers = dict(error.headers or {})
    return Response(
        error_bytes(message, type=kind, code=code), status_code=status, media_type="application/json", headers=headers
    )


HANDLERS: Mapping[Any, Any] = {  # Any: Starlette's own key and handler types are unions it does not export
    ChatdockError: handle_error,
    msgspec.DecodeError: handle_error,  # ValidationError is a kind of it
    HTTPException: handle_http_exception,
}
