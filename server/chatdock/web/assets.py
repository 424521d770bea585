"""The built widget, from memory: `/widget/<file>` for a while, `/widget/<version>/<file>` for ever.

Rules: any site may load it (`*`, CORP cross-origin), because it holds nothing but code; a name that carries a hash or a
version never changes its bytes and is cached for a year; twins compressed at build time go to whoever accepts them.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from chatdock.errors import NotFound

WIDGET = Path(__file__).with_name("static") / "widget"
MISSING = "The widget is not built. Run `make widget` (it needs Node 20 or newer), then reload.\n"
SHORT = "public, max-age=300, stale-while-revalidate=86400"  # five minutes: how long an upgrade may take to arrive
IMMUTABLE = "public, max-age=31536000, immutable"

_HASHED = re.compile(r".+-[A-Z0-9]{5,8}\.[a-z0-9.]+")
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))  # in order of preference


class BuiltFile(msgspec.Struct):
    """A file of the build: its SRI hash, and its size raw and compressed."""

    sri: str
    bytes: int
    gzip_bytes: int


class Manifest(msgspec.Struct):
    """What the build wrote down about itself."""

    version: str
    files: dict[str, BuiltFile]


class _Variant(msgspec.Struct, frozen=True):
    body: bytes
    etag: str
    encoding: str | None


class Assets:
    """The files of one build; looks again when the build has changed."""

    def __init__(self, directory: Path = WIDGET) -> None:
        self._directory = directory
        self._stamp: int | None = None
        self._manifest: Manifest | None = None
        self._variants: dict[str, list[_Variant]] = {}

    def manifest(self) -> Manifest | None:
        """The build's manifest, or None when nothing is built."""
        path = self._directory / "manifest.json"
        try:
            stamp = path.stat().st_mtime_ns
            if stamp != self._stamp:
                self._load(path.read_bytes())
                self._stamp = stamp
        except FileNotFoundError:  # never built, or being built this moment
            self._stamp, self._manifest = None, None
        return self._manifest

    def _load(self, raw: bytes) -> None:
        manifest = msgspec.json.decode(raw, type=Manifest)
        self._variants = {name: self._read(name) for name in manifest.files}
        self._variants["manifest.json"] = [_variant(raw, None)]
        self._manifest = manifest

    def _read(self, name: str) -> list[_Variant]:
        variants = []
        for encoding, suffix in _ENCODINGS:
            twin = self._directory / (name + suffix)
            if twin.exists():
                variants.append(_variant(twin.read_bytes(), encoding))
        return [*variants, _variant((self._directory / name).read_bytes(), None)]

    def response(self, path: str, accept_encoding: str, if_none_match: str) -> Response:
        """The file at `<file>` or `<version>/<file>`. Raises: NotFound."""
        manifest = self.manifest()
        if manifest is None:
            return PlainTextResponse(MISSING, status_code=503, headers={"retry-after": "5", **_OPEN})
        version, slash, name = path.rpartition("/")
        if name not in self._variants or (slash and version != manifest.version):
            raise NotFound("No such file.")
        chosen = next(each for each in self._variants[name] if _accepts(accept_encoding, each.encoding))
        headers = {
            **_OPEN,
            "etag": chosen.etag,
            "vary": "Accept-Encoding",
            "cache-control": IMMUTABLE if slash or _HASHED.fullmatch(name) else SHORT,
        }
        if chosen.encoding:
            headers["content-encoding"] = chosen.encoding
        if chosen.etag in if_none_match or if_none_match.strip() == "*":
            return Response(status_code=304, headers=headers)
        headers["content-type"] = _TYPES.get(Path(name).suffix, "application/octet-stream")
        return Response(chosen.body, headers=headers)


_OPEN = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}


async def widget_file(request: Request) -> Response:
    """`GET /widget/{path}`."""
    parts: Any = request.scope["app"].parts  # Parts, which imports this module
    assets: Assets = parts.assets
    await parts.limits.wasted(request)
    accept = request.headers.get("accept-encoding", "")
    return assets.response(request.path_params["path"], accept, request.headers.get("if-none-match", ""))


def _variant(body: bytes, encoding: str | None) -> _Variant:
    return _Variant(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', encoding)


def _accepts(header: str, encoding: str | None) -> bool:
    """Whether an encoding may be sent; the raw file always may."""
    if encoding is None:
        return True
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == encoding:
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
