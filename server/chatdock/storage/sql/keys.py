"""Server keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chatdock.clock import from_micros, to_micros
from chatdock.storage.sql.audit import note
from chatdock.storage.sql.road import Plan, Road
from chatdock.storage.sql.rows import instant_or_none, micros_or_none, missing, to_text
from chatdock.types.audit import AuditEntry
from chatdock.types.key import ServerKey
from chatdock.types.wire import decode


class SqlKeys:
    """`storage.base.Keys`."""

    def __init__(self, road: Road) -> None:
        self._road = road

    async def add(self, key: ServerKey, audit: AuditEntry | None = None) -> None:
        """One row."""
        await self._road.write(lambda: _add(key, audit))

    async def get(self, key_id: str) -> ServerKey:
        """One row."""
        return await self._road.read(lambda: _get(key_id))

    async def list(self) -> list[ServerKey]:
        """All rows: keys are made by hand, there are few."""
        return await self._road.read(_list, is_small=False)

    async def save(self, key: ServerKey, audit: AuditEntry | None = None) -> None:
        """The two instants an operator changes."""
        await self._road.write(lambda: _save(key, audit))

    async def note_use(self, key_id: str, at: datetime, unless_since: datetime) -> None:
        """One column, if it is old."""
        await self._road.write(lambda: _note_use(key_id, at, unless_since), is_durable=False)


def _add(key: ServerKey, audit: AuditEntry | None) -> Plan[None]:
    yield (
        "key.add",
        {
            "id": key.id,
            "project": key.project,
            "name": key.name,
            "digest": key.digest,
            "scopes": to_text(key.scopes),
            "created_at": to_micros(key.created_at),
            "last_used_at": micros_or_none(key.last_used_at),
            **_moments(key),
        },
    )
    yield from note(audit)


def _get(key_id: str) -> Plan[ServerKey]:
    rows = yield "key.get", {"key": key_id}
    if not rows:
        raise missing("key", key_id)
    return _to_key(rows[0])


def _list() -> Plan[list[ServerKey]]:
    rows = yield "key.list", {}
    return [_to_key(row) for row in rows]


def _save(key: ServerKey, audit: AuditEntry | None) -> Plan[None]:
    rows = yield "key.save", {"key": key.id, **_moments(key)}
    if not rows:
        raise missing("key", key.id)
    yield from note(audit)


def _note_use(key_id: str, at: datetime, unless_since: datetime) -> Plan[None]:
    yield "key.use", {"key": key_id, "last_used_at": to_micros(at), "before": to_micros(unless_since)}


def _moments(key: ServerKey) -> dict[str, int | None]:
    return {
        "expires_at": micros_or_none(key.expires_at),
        "revoked_at": micros_or_none(key.revoked_at),
    }


def _to_key(row: Sequence[Any]) -> ServerKey:
    return ServerKey(
        id=row[0],
        project=row[1],
        name=row[2],
        digest=row[3],
        scopes=decode(row[4], list[str]),
        created_at=from_micros(row[5]),
        expires_at=instant_or_none(row[6]),
        last_used_at=instant_or_none(row[7]),
        revoked_at=instant_or_none(row[8]),
    )
