"""Audit entries: rows that are added and read, never changed."""

from collections.abc import Sequence
from typing import Any

from chatdock.clock import from_micros, to_micros
from chatdock.storage.sql.road import Plan, Road
from chatdock.types.audit import AuditEntry

BEHIND_ALL = "~"  # behind every id: they are letters, digits and underscores


class SqlAudit:
    """`storage.base.Audit`."""

    def __init__(self, road: Road) -> None:
        self._road = road

    async def add(self, entry: AuditEntry) -> None:
        """One row."""
        await self._road.write(lambda: note(entry))

    async def latest(
        self, limit: int, *, project: str | None = None, subject: str | None = None, before_id: str | None = None
    ) -> list[AuditEntry]:
        """A walk along the primary key from its end."""
        values = {"project": project, "name": subject, "high_id": before_id or BEHIND_ALL, "limit": limit}
        return await self._road.read(lambda: _latest(values), is_small=False)


def note(entry: AuditEntry | None) -> Plan[None]:
    """Part of every plan that takes an entry."""
    if entry is not None:
        yield "audit.add", values_of(entry)


def values_of(entry: AuditEntry) -> dict[str, Any]:
    """An entry as its statement takes it."""
    return {
        "id": entry.id,
        "project": entry.project,
        "created_at": to_micros(entry.created_at),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "request_id": entry.request_id,
    }


def _latest(values: dict[str, Any]) -> Plan[list[AuditEntry]]:
    rows = yield "audit.latest", values
    return [_to_entry(row) for row in rows]


def _to_entry(row: Sequence[Any]) -> AuditEntry:
    return AuditEntry(
        id=row[0],
        project=row[1],
        created_at=from_micros(row[2]),
        actor=row[3],
        action=row[4],
        subject=row[5],
        request_id=row[6],
    )
