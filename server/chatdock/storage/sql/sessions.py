"""Sessions by id. The column `status` is the authority; the rest is in `data`."""

from collections.abc import Sequence
from typing import Any

from chatdock.clock import to_micros
from chatdock.storage.sql.audit import note
from chatdock.storage.sql.road import SMALL_ROWS, Plan, Road
from chatdock.storage.sql.rows import missing, to_text
from chatdock.types.audit import AuditEntry
from chatdock.types.session import Session
from chatdock.types.wire import decode


class SqlSessions:
    """`storage.base.Sessions`."""

    def __init__(self, road: Road) -> None:
        self._road = road

    async def add(self, session: Session, audit: AuditEntry | None = None) -> None:
        """One row, which a power failure may take: then its user mints another."""
        await self._road.write(lambda: _add(session, audit), is_durable=False, is_small=True)

    async def get(self, session_id: str) -> Session:
        """One row."""
        return await self._road.read(lambda: _get(session_id))

    async def cancel(self, project: str, session_id: str, audit: AuditEntry | None = None) -> Session:
        """The row as it is afterwards."""
        return await self._road.write(lambda: _cancel(project, session_id, audit))

    async def cancelled(self, session_ids: Sequence[str]) -> list[str]:
        """Those that are not alive, in the order asked."""
        return await self._road.read(lambda: _cancelled(session_ids), is_small=len(session_ids) <= SMALL_ROWS)


def _add(session: Session, audit: AuditEntry | None) -> Plan[None]:
    yield (
        "session.add",
        {
            "id": session.id,
            "project": session.project,
            "user_id": session.user,
            "workflow_id": session.workflow_id,
            "status": session.status,
            "created_at": to_micros(session.created_at),
            "expires_at": to_micros(session.expires_at),
            "data": to_text(session),
            "minted_by": None if audit is None else audit.actor,
            "minted_in": None if audit is None else audit.request_id,
        },
    )


def _get(session_id: str) -> Plan[Session]:
    rows = yield "session.get", {"session": session_id}
    if not rows:
        raise missing("session", session_id)
    return to_session(rows[0])


def _cancel(project: str, session_id: str, audit: AuditEntry | None) -> Plan[Session]:
    rows = yield "session.cancel", {"project": project, "session": session_id}
    if rows:
        yield from note(audit)
        return to_session(rows[0])
    session = yield from _get(session_id)  # cancelled before, or not there for this project
    if session.project != project:
        raise missing("session", session_id)
    return session


def _cancelled(session_ids: Sequence[str]) -> Plan[list[str]]:
    rows = yield "session.alive", {"sessions": list(session_ids)}
    alive = {row[0] for row in rows}
    return [session_id for session_id in session_ids if session_id not in alive]


def remove_sessions(session_ids: list[str]) -> Plan[None]:
    """What tells who minted them stays."""
    yield "minting.keep", {"ids": session_ids}
    yield "session.remove", {"ids": session_ids}


def to_session(row: Sequence[Any]) -> Session:
    """A session from its status and its data."""
    session = decode(row[1], Session)
    session.status = row[0]
    return session
