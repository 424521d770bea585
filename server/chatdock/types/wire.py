"""The base of every wire type, and the one encoder.

Rules: null fields are omitted, every other default is written. So a field that may be null defaults to None, and a field
that must always be on the wire has no default at all.
Source: the ChatKit protocol's JSON style (compact, raw UTF-8, nulls omitted, instants in UTC with `Z`).
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Wire(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A JSON object that leaves the server: keyword-only, nulls omitted, unknown keys ignored on the way in."""


_encoder = msgspec.json.Encoder(decimal_format="number", uuid_format="canonical")


def encode(value: Any) -> bytes:
    """Compact UTF-8 JSON on one line."""
    return _encoder.encode(value)


def encode_lines(values: Sequence[Any]) -> bytes:
    """Compact JSON, a line each, every line ended by a line break: one call for many values."""
    return _encoder.encode_lines(values)


def decode(data: bytes | str, shape: type[T]) -> T:
    """Parse and validate; raises `msgspec.ValidationError` with the path, or `msgspec.DecodeError`."""
    return msgspec.json.decode(data, type=shape)


def without_nulls(value: Any) -> Any:
    """A free-form tree with every null removed, in maps and in arrays alike, as ChatKit sends widget trees."""
    if isinstance(value, dict):
        return {key: without_nulls(child) for key, child in value.items() if child is not None}
    if isinstance(value, list):
        return [without_nulls(child) for child in value if child is not None]
    return value
