"""Shared conversations: the links of a scope's threads, and what one of them shows."""

import hmac
from collections.abc import Sequence
from typing import Any

from chatdock.clock import from_micros, to_micros
from chatdock.errors import BadRequest, NotFound
from chatdock.storage.sharing import MAX_SHARES
from chatdock.storage.sql.audit import note
from chatdock.storage.sql.road import Plan, Road
from chatdock.storage.sql.rows import missing, within
from chatdock.storage.sql.threads import require_thread
from chatdock.types.actor import Scope
from chatdock.types.audit import AuditEntry
from chatdock.types.share import Share


class SqlShares:
    """`storage.base.Shares`."""

    def __init__(self, road: Road, scope: Scope) -> None:
        self._road = road
        self._scope = scope

    async def add(self, share: Share, data: bytes, audit: AuditEntry | None = None) -> None:
        """One row, under its thread's lock."""
        await self._road.write(lambda: _add(self._scope, share, data, audit))

    async def list(self, thread_id: str) -> list[Share]:
        """A range of the index of a thread's."""
        return await self._road.read(lambda: _list(self._scope, thread_id))

    async def revoke(self, share_id: str, audit: AuditEntry | None = None) -> None:
        """The row goes."""
        await self._road.write(lambda: _revoke(self._scope, share_id, audit))


class SqlShared:
    """`storage.base.Shared`."""

    def __init__(self, road: Road) -> None:
        self._road = road

    async def read(self, digest: str) -> bytes:
        """One row, which may be large."""
        return await self._road.read(lambda: _read(digest), is_small=False)

    async def source(self, digest: str) -> tuple[Scope, str]:
        """One row's columns."""
        return await self._road.read(lambda: _source(digest))


def _add(scope: Scope, share: Share, data: bytes, audit: AuditEntry | None) -> Plan[None]:
    owners = yield "thread.lock", within(scope, thread=share.thread_id)
    if not owners:
        raise missing("thread", share.thread_id)
    project, user, workflow, _ = owners[0]
    others = yield "share.list", within(scope, thread=share.thread_id, limit=MAX_SHARES)
    if len(others) >= MAX_SHARES:
        raise BadRequest(f"A thread has at most {MAX_SHARES} links: revoke one first.", code="too_many_shares")
    yield (
        "share.add",
        {
            "id": share.id,
            "thread_id": share.thread_id,
            "project": project,
            "user_id": user,
            "workflow_id": workflow,
            "digest": share.digest,
            "created_at": to_micros(share.created_at),
            "data": data.decode(),
        },
    )
    yield from note(audit)


def _list(scope: Scope, thread_id: str) -> Plan[list[Share]]:
    rows = yield "share.list", within(scope, thread=thread_id, limit=MAX_SHARES)
    if not rows:
        yield from require_thread(scope, thread_id)
    return [
        Share(id=share_id, thread_id=thread_id, created_at=from_micros(created_at), digest=digest)
        for share_id, created_at, digest in rows
    ]


def _revoke(scope: Scope, share_id: str, audit: AuditEntry | None) -> Plan[None]:
    gone = yield "share.remove", within(scope, share=share_id)
    if not gone:
        raise missing("share", share_id)
    yield from note(audit)


def _read(digest: str) -> Plan[bytes]:
    rows = yield "share.read", {"digest": digest}
    data: str = _match(rows, digest)[0]
    return data.encode()


def _source(digest: str) -> Plan[tuple[Scope, str]]:
    rows = yield "share.source", {"digest": digest}
    project, user, workflow, thread_id = _match(rows, digest)
    return Scope(project=project, user=user, workflow=workflow), thread_id


def _match(rows: Sequence[Any], digest: str) -> Any:
    """The one row without its digest."""
    if not rows or not hmac.compare_digest(rows[0][0].encode(), digest.encode()):
        raise NotFound("No such link.")
    return rows[0][1:]
