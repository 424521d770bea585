"""Request bodies: read with a cap, refused where two parsers could disagree about them, decoded once into a type.

What is refused besides bad JSON: more than 32 levels, duplicate keys, NUL, lone surrogates, NaN and Infinity, integers no
JavaScript number holds exactly, a byte order mark. Each check is linear in the body, and the depth is known before
anything recurses.
Source: trust.md D3.
"""

import functools
import gc
import json
import re
from typing import Any, NoReturn, TypeVar, overload

import msgspec
from starlette.requests import ClientDisconnect, Request

from chatdock.errors import BadRequest, TooLarge, UnsupportedMedia
from chatdock.web.lookup import header_of, text_of

JSON = "application/json"
MAX_BODY_BYTES = 1024 * 1024
LARGE_BYTES = 32 * 1024
MAX_DEPTH = 32
MAX_EXACT_INTEGER = 2**53

T = TypeVar("T")

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_ONE_BRACKET = bytes.maketrans(b"{}", b"[]")
_TOO_DEEP = b"[" * (MAX_DEPTH + 1)
# Every digit a nought, every opening bracket the same, the rest blank.
_ROUGHLY = bytes(48 if 48 <= byte < 58 else 91 if byte in b"[{" else 32 for byte in range(256))
_LONG_NUMBER = b"0" * 16  # 2**53 has 16 digits
# Escapes one after the other, so that a backslash that is itself escaped begins none.
_CLEAN_ESCAPES = re.compile(
    rb"(?:[^\\]++|\\[^u]|\\u(?!0000|[dD][89a-fA-F])[0-9a-fA-F]{4}"
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*+",
    re.DOTALL,
)


@overload
async def read_json(request: Request, shape: type[T], limit_bytes: int = MAX_BODY_BYTES) -> T: ...
@overload
async def read_json(request: Request, shape: Any, limit_bytes: int = MAX_BODY_BYTES) -> Any: ...
async def read_json(request: Request, shape: Any, limit_bytes: int = MAX_BODY_BYTES) -> Any:
    """The body as `shape`, a type or a union of structs.

    Raises: UnsupportedMedia, TooLarge, BadRequest; msgspec.ValidationError, which `web.errors` translates.
    """
    content_type = text_of(request.scope, b"content-type")
    if content_type != JSON:
        content_type = content_type.partition(";")[0].strip().lower()
    if content_type != JSON:  # a cross-site form cannot send it without asking first
        raise UnsupportedMedia("The body must be application/json.")
    return parse_json(await read_body(request, limit_bytes), shape)


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The whole body, counted as it comes. Raises: TooLarge; ClientDisconnect."""
    declared = header_of(request.scope, b"content-length") or b"0"
    if len(declared) > 15 or int(declared) > limit_bytes:  # digits only: the HTTP parser saw to that
        raise _too_large(limit_bytes)
    message = await request.receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > limit_bytes:
            raise _too_large(limit_bytes)
        return body
    parts, size = [], 0
    while message["type"] == "http.request":
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit_bytes:
            raise _too_large(limit_bytes)
        if not message.get("more_body"):
            return b"".join(parts)
        message = await request.receive()
    raise ClientDisconnect


def parse_json(body: bytes, shape: Any) -> Any:
    """Bytes into a type, refusing what the module's docstring lists. Raises: BadRequest; msgspec.ValidationError."""
    if len(body) < LARGE_BYTES or not gc.isenabled():
        check_json(body)
        return _decoder(shape).decode(body)
    gc.disable()  # a megabyte of `[],` is 300,000 new objects, and collecting in between took 0.4 s
    try:
        check_json(body)
        return _decoder(shape).decode(body)
    finally:
        gc.enable()


@functools.lru_cache(maxsize=256)  # shapes are types of this program
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


def check_json(body: bytes) -> None:
    """Raises: BadRequest, code `invalid_json`."""
    roughly = body.translate(_ROUGHLY)
    if roughly.count(b"[") > MAX_DEPTH:
        _check_depth(body)
    has_long_number = _LONG_NUMBER in roughly  # a tenth of what a pattern takes
    if b"\\u" in body and not _CLEAN_ESCAPES.fullmatch(body):
        raise _bad("NUL and lone surrogates are not allowed in strings.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise _bad("The body is not UTF-8.") from None
    if text.startswith("\ufeff"):
        raise _bad("The body begins with a byte order mark.")
    if not has_long_number and is_plain(body):
        return
    try:
        (_check_numbers if has_long_number else _CHECK).decode(text)
    except ValueError as error:
        raise _bad(error.args[0] if isinstance(error, _Refused) else "The body is not valid JSON.") from None


def is_plain(body: bytes) -> bool:
    """Whether it is JSON for sure, every key once and no escape: ten times cheaper to see than to parse.

    Numbers may be any. Decoding into dictionaries drops a key that comes twice, so what is written back has fewer quotation marks.
    """
    if b"\\" in body:
        return False
    try:
        return _write(_read(body)).count(b'"') == body.count(b'"')
    except msgspec.DecodeError:
        return False


class _Refused(ValueError):
    pass


def _check_depth(body: bytes) -> None:
    brackets = _STRING.sub(b"", body).translate(_ONE_BRACKET, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):  # each round takes the innermost level away, at the speed of memchr
        if not brackets:
            return
        if _TOO_DEEP in brackets:  # says so at once for what would otherwise take every round
            break
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        raise _bad(f"The body is nested deeper than {MAX_DEPTH} levels, or its brackets do not match.")


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) > 1 and len({key for key, _ in pairs}) != len(pairs):
        raise _Refused("A key appears twice in an object.")


def _constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not JSON.")


def _exact(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_EXACT_INTEGER:
        raise _Refused("An integer is beyond 2**53.")
    return 0


_read, _write = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode
_CHECK = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant)
_check_numbers = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant, parse_int=_exact)


def _bad(message: str) -> BadRequest:
    return BadRequest(message, code="invalid_json")


def _too_large(limit_bytes: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit_bytes} bytes.")
