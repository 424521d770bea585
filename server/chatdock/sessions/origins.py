"""Which web origins may chat: an exact allowlist of (scheme, host, port), with `*` only as a whole left label.

Rules: `null` never counts; a page of this very server always does. The check keeps other sites out; a script outside a
browser can send any `Origin` it likes.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from chatdock.errors import ConfigurationError

MAX_ORIGIN_CHARS = 300  # a host name has at most 253

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]{{2,45}}\])"
_ORIGIN = re.compile(rf"(https?)://({_HOST})(?::([1-9][0-9]{{0,4}}))?", re.ASCII)
_PATTERN = re.compile(rf"(https?)://\*\.({_LABEL}(?:\.{_LABEL})+)(?::([1-9][0-9]{{0,4}}))?", re.ASCII)
_AUTHORITY = re.compile(rf"({_HOST})(?::([1-9][0-9]{{0,4}}))?", re.ASCII)


class Origin(NamedTuple):
    """Scheme, host in lower case, port."""

    scheme: str
    host: str
    port: int


def parse_origin(text: str) -> Origin | None:
    """The origin in a header's value, or None for anything that is not exactly one."""
    match = _ORIGIN.fullmatch(text.lower()) if len(text) <= MAX_ORIGIN_CHARS and text.isascii() else None
    return _origin(match[1], match[2], match[3]) if match else None


def _origin(scheme: str, host: str, port: str | None) -> Origin | None:
    number = int(port) if port else _DEFAULT_PORTS[scheme]
    return Origin(scheme, host, number) if number < 65_536 else None


class Origins:
    """An allowlist. `allow_any` lets the single entry `*` in, for development only.

    Raises: ConfigurationError naming the entry that is no origin.
    """

    def __init__(self, entries: Iterable[str] = (), *, allow_any: bool = False) -> None:
        self._any = False
        self._exact: set[Origin] = set()
        self._parents: set[Origin] = set()
        for entry in entries:
            if entry == "*" and allow_any:
                self._any = True
            else:
                self._add(entry)

    def _add(self, entry: str) -> None:
        if entry == "*":
            raise ConfigurationError("CHATDOCK_ALLOWED_ORIGINS must name its origins: * would let every site in.")
        text = entry.lower().removesuffix("/")
        pattern = _PATTERN.fullmatch(text)
        origin = _origin(pattern[1], pattern[2], pattern[3]) if pattern else parse_origin(text)
        if origin is None:
            raise ConfigurationError(
                f"CHATDOCK_ALLOWED_ORIGINS: {entry[:100]!r} is not an origin such as https://app.example.com"
                " or https://*.example.com."
            )
        (self._parents if pattern else self._exact).add(origin)

    def __contains__(self, text: object) -> bool:
        """Whether a header's value names an origin on the list."""
        origin = parse_origin(text) if isinstance(text, str) else None
        if origin is None:
            return False
        parent = origin._replace(host=origin.host.partition(".")[2])
        return self._any or origin in self._exact or parent in self._parents

    def sources(self) -> list[str]:
        """The list as a content security policy writes it, in a fixed order."""
        exact = [_source(origin, origin.host) for origin in sorted(self._exact)]
        parents = [_source(origin, f"*.{origin.host}") for origin in sorted(self._parents)]
        return ["http:", "https:"] if self._any else exact + parents

    def allows(self, text: str, host: str, scheme: str, only: tuple[str, ...] = ()) -> bool:
        """Whether a request with this `Origin`, sent to this `Host`, may pass. `only` narrows the list further."""
        if same_origin(text, host, scheme):
            return True
        return text in self and (not only or parse_origin(text) in {parse_origin(entry) for entry in only})


def _source(origin: Origin, host: str) -> str:
    port = "" if origin.port == _DEFAULT_PORTS[origin.scheme] else f":{origin.port}"
    return f"{origin.scheme}://{host}{port}"


def same_origin(text: str, host: str, scheme: str) -> bool:
    """Whether an `Origin` is this server as the request's `Host` names it.

    A request that came as https has an https page behind it; behind a proxy that ends TLS it comes as http with either.
    """
    origin = parse_origin(text)
    authority = _AUTHORITY.fullmatch(host.lower()) if len(host) <= MAX_ORIGIN_CHARS and host.isascii() else None
    if origin is None or authority is None or (scheme == "https" and origin.scheme != "https"):
        return False
    return origin == _origin(origin.scheme, authority[1], authority[2])
