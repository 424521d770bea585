"""A request's headers by name, put in order once a request: Starlette's way walks through all of them for each look.

Names are in lower case, as ASGI has them. A header that comes twice counts as its first; who must know asks `all_of`.
"""

from starlette.types import Scope

FOUND = "chatdock.headers"  # in the scope


def header_of(scope: Scope, name: bytes) -> bytes | None:
    """The header's value, None where there is none."""
    return headers_of(scope).get(name)


def text_of(scope: Scope, name: bytes, default: str = "") -> str:
    """The same as text."""
    value = headers_of(scope).get(name)
    return default if value is None else value.decode("latin-1")


def all_of(scope: Scope, name: bytes) -> list[bytes]:
    """Every value of a header that should come once."""
    found = headers_of(scope)
    if len(found) != len(scope["headers"]):
        return [value for each, value in scope["headers"] if each == name]
    value = found.get(name)
    return [] if value is None else [value]


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """All of them by name."""
    found: dict[bytes, bytes] | None = scope.get(FOUND)
    if found is None:
        found = scope[FOUND] = by_name(scope["headers"])
    return found


def by_name(headers: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The first of each name."""
    return dict(reversed(headers))
