"""Everything of one user, read a page at a time."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from msgspec import Raw

from chatdock.storage.base import Feedback
from chatdock.storage.sql.files import to_file
from chatdock.storage.sql.road import Plan, Road
from chatdock.storage.sql.rows import within
from chatdock.storage.sql.sessions import remove_sessions, to_session
from chatdock.types.actor import Scope
from chatdock.types.attachment import StoredFile
from chatdock.types.session import Session

R = TypeVar("R")

PAGE = 500  # rows a query


class SqlRecords:
    """`storage.base.Records`."""

    def __init__(self, road: Road) -> None:
        self._road = road

    async def sessions(self, project: str, user: str) -> list[Session]:
        """A walk over every session there is: old ones are removed, so there are few."""
        return await self._every("session.of_user", project, user, to_session, lambda session: session.id)

    async def remove_sessions(self, session_ids: Sequence[str]) -> None:
        """By id."""
        for begin in range(0, len(session_ids), PAGE):
            part = list(session_ids[begin : begin + PAGE])
            await self._road.write(partial(remove_sessions, part))

    async def items(self, scope: Scope, thread_id: str, after: int, limit: int) -> list[tuple[int, Raw]]:
        """A range of the thread's index."""
        return await self._road.read(lambda: _items(scope, thread_id, after, limit), is_small=False)

    async def feedback(self, scope: Scope, thread_id: str) -> list[Feedback]:
        """All of a thread's."""
        return await self._road.read(lambda: _feedback(scope, thread_id), is_small=False)

    async def files(self, project: str, user: str) -> list[tuple[Scope, StoredFile]]:
        """A walk over every file there is."""

        def owned(row: Sequence[Any]) -> tuple[Scope, StoredFile]:
            return Scope(project=project, user=user, workflow=row[0]), to_file(row[1:])

        return await self._every("file.of_user", project, user, owned, lambda owned: owned[1].id)

    async def _every(
        self, name: str, project: str, user: str, make: Callable[[Sequence[Any]], R], id_of: Callable[[R], str]
    ) -> list[R]:
        found: list[R] = []
        while True:
            values = {"project": project, "user": user, "low_id": id_of(found[-1]) if found else "", "limit": PAGE}
            rows = await self._road.read(lambda values=values: _rows(name, values), is_small=False)  # type: ignore[misc]
            found += [make(row) for row in rows]
            if len(rows) < PAGE:
                return found


def _rows(name: str, values: dict[str, Any]) -> Plan[Sequence[Sequence[Any]]]:
    return (yield name, values)


def _items(scope: Scope, thread_id: str, after: int, limit: int) -> Plan[list[tuple[int, Raw]]]:
    rows = yield "item.every", within(scope, thread=thread_id, low=after, limit=limit)
    return [(row[0], Raw(row[1])) for row in rows]


def _feedback(scope: Scope, thread_id: str) -> Plan[list[Feedback]]:
    rows = yield "feedback.every", within(scope, thread=thread_id)
    return [Feedback(row[0], row[1]) for row in rows]
