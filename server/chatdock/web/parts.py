"""What handlers work with: one frozen record on `app.parts`, put together by `app` alone."""

from collections.abc import Awaitable, Callable
from typing import cast

import msgspec
from starlette.requests import Request

from chatdock.blobs.base import BlobStore
from chatdock.feed.base import Feed
from chatdock.runs.engine import Engine
from chatdock.runs.responder import Catalog
from chatdock.sessions.keys import KeyRing
from chatdock.sessions.links import FileLinks
from chatdock.sessions.origins import Origins
from chatdock.sessions.registry import SessionRegistry
from chatdock.sessions.secrets import ClientSecrets
from chatdock.storage.base import Store
from chatdock.web.assets import Assets
from chatdock.web.limits import Limits
from chatdock.web.rest.raster import Raster
from chatdock.web.sse import Streams
from chatdock.webhooks.outbox import Outbox
from chatdock.webhooks.registry import WebhookRegistry

Transcribe = Callable[[bytes, str], Awaitable[str]]


class Readiness:
    """Whether this server wants more work: `/readyz` says no once it drains."""

    def __init__(self) -> None:
        self.draining = False


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a door may need. Values come from the settings; the settings themselves stay outside."""

    store: Store
    catalog: Catalog
    blobs: BlobStore
    secrets: ClientSecrets
    links: FileLinks
    keys: KeyRing
    sessions: SessionRegistry
    origins: Origins
    limits: Limits
    engine: Engine
    feed: Feed
    webhooks: WebhookRegistry
    outbox: Outbox
    streams: Streams
    pepper: bytes = b""  # of digests: server keys', and users' in audit entries
    transcribe: Transcribe | None = None  # audio and its media type in, text out; None: dictation is off
    assets: Assets = msgspec.field(default_factory=Assets)
    raster: Raster = msgspec.field(default_factory=Raster)
    readiness: Readiness = msgspec.field(default_factory=Readiness)
    public_url: str = ""
    sharing: bool = False
    max_session_seconds: int = 600
    max_upload_bytes: int = 512 * 1024 * 1024


def base_url_of(request: Request) -> str:
    """What links to files begin with: the configured address, or the one this client reached us at."""
    return parts_of(request).public_url or f"{request.url.scheme}://{request.url.netloc}"


def parts_of(request: Request) -> Parts:
    """The parts of the app that serves this request."""
    return cast(Parts, request.scope["app"].parts)
