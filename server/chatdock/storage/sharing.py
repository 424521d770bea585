"""The part of the seam for links to conversations; `base` has the rules."""

from typing import Protocol

from chatdock.types.actor import Scope
from chatdock.types.audit import AuditEntry
from chatdock.types.share import Share

MAX_SHARES = 20  # links a thread has at a time; who wants another revokes one


class Shares(Protocol):
    """The links to a scope's threads. They go with their thread, whatever removes it."""

    async def add(self, share: Share, data: bytes, audit: AuditEntry | None = None) -> None:
        """`data` is what the link shows, JSON. Raises: NotFound (the thread); BadRequest beyond `MAX_SHARES`."""

    async def list(self, thread_id: str) -> list[Share]:
        """Those that lead somewhere, oldest first. Raises: NotFound (the thread)."""

    async def revoke(self, share_id: str, audit: AuditEntry | None = None) -> None:
        """The link and what it showed are gone. Raises: NotFound."""


class Shared(Protocol):
    """What links show, for whoever has one."""

    async def read(self, digest: str) -> bytes:
        """The data of the share with that digest. Raises: NotFound."""

    async def source(self, digest: str) -> tuple[Scope, str]:
        """Whose thread that share shows, and the thread's id. Raises: NotFound."""
