"""Audit entries: rows that are added and read, never changed."""

from collections.abc import Sequence
from typing import Any

from chatdock.clock import from_micros, to_micros
from chatdock.ids import AUDIT, SESSION
from chatdock.storage.sql.road import Plan, Road
from chatdock.types.audit import AuditEntry, minting

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
        """A walk along the primary key from its end, and one along that of the sessions, whose rows hold their own."""
        values = {"project": project, "name": subject, "high_id": before_id or BEHIND_ALL, "limit": limit}
        return await self._road.read(lambda: _latest(values), is_small=False)


def note(entry: AuditEntry | None) -> Plan[None]:
    """Part of every plan that takes an entry."""
    if entry is None:
        return
    yield (
        "audit.add",
        {
            "id": entry.id,
            "project": entry.project,
            "created_at": to_micros(entry.created_at),
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "request_id": entry.request_id,
        },
    )


def _latest(values: dict[str, Any]) -> Plan[list[AuditEntry]]:
    found: dict[str, AuditEntry] = {}
    if values["name"] is None or values["name"].startswith(SESSION):
        # First: what moves from there to `audit` meanwhile is found twice, not never.
        minted = yield "minting.latest", {**values, "high_id": values["high_id"].replace(AUDIT, SESSION)}
        found = {entry.id: entry for entry in map(_to_minting, minted)}
    rows = yield "audit.latest", values
    found |= {row[0]: _to_entry(row) for row in rows}
    return sorted(found.values(), key=lambda entry: entry.id, reverse=True)[: values["limit"]]


def _to_minting(row: Sequence[Any]) -> AuditEntry:
    return minting(row[0], row[1], from_micros(row[2]), row[3], row[4])


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
