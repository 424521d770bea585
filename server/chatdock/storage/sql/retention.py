"""What may not be kept any longer: small walks along an index, small transactions."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chatdock.clock import from_micros, to_micros
from chatdock.ids import BLOB, first_id
from chatdock.storage.base import Deleted, Listener, Old
from chatdock.storage.sql.files import doom, lock_file
from chatdock.storage.sql.road import NEVER, Plan, Road
from chatdock.storage.sql.rows import missing, within
from chatdock.storage.sql.sessions import remove_sessions
from chatdock.storage.sql.threads import remove_whole
from chatdock.types.actor import Scope
from chatdock.types.attachment import StoredFile
from chatdock.types.wire import decode

Cursor = tuple[datetime, str]


class SqlRetention:
    """`storage.base.Retention`."""

    def __init__(self, road: Road, told: Listener) -> None:
        self._road = road
        self._told = told

    async def lease(self, name: str, owner: str, seconds: float) -> bool:
        """One row a name."""
        return await self._road.write(lambda: _lease(name, owner, seconds), is_durable=False)

    async def places(self) -> list[tuple[str, str]]:
        """From one to the next along the index: as many steps as there are places, however many threads."""
        return await self._road.read(_places, is_small=False)

    async def idle_threads(
        self, project: str, workflow: str, before: datetime, after: Cursor | None, limit: int
    ) -> Old:
        """A range of the index by workflow; the newest item of each is one more step."""
        return await self._road.read(lambda: _idle_threads(project, workflow, before, after, limit), is_small=False)

    async def remove_thread(
        self, scope: Scope, thread_id: str, idle_since: datetime | None, limit: int
    ) -> Deleted | None:
        """The oldest items, or all of it."""
        deleted = await self._road.write(lambda: _remove_thread(scope, thread_id, idle_since, limit))
        if deleted is not None:
            self._told(deleted.owner, deleted)
        return deleted

    async def old_files(
        self, project: str, workflow: str, before: datetime, limit: int
    ) -> list[tuple[Scope, StoredFile]]:
        """A range of their index by age."""
        return await self._road.read(lambda: _old_files(project, workflow, before, limit), is_small=False)

    async def remove_file(self, scope: Scope, file_id: str) -> StoredFile:
        """One row."""
        return await self._road.write(lambda: _remove_file(scope, file_id))

    async def remove_expired_sessions(self, before: datetime, limit: int) -> int:
        """From the oldest on: ids sort by time, and what lives longer than others is stepped over."""
        return await self._remove_oldest("session", before, limit)

    async def remove_audit(self, before: datetime, limit: int) -> int:
        """From the oldest on."""
        removed = await self._remove_oldest("audit", before, limit)
        return removed + await self._remove_oldest("minting", before, limit - removed)

    async def _remove_oldest(self, noun: str, before: datetime, limit: int) -> int:
        found: list[str] = []
        low_id: str | None = ""
        while low_id is not None and len(found) < limit:
            ids, low_id = await self._road.read(_oldest_step(noun, before, low_id, limit), is_small=False)
            found += ids
        if found:
            remove = remove_sessions if noun == "session" else partial(_remove_by_id, f"{noun}.remove")
            await self._road.write(lambda: remove(found[:limit]))
        return len(found[:limit])

    async def doom(self, blob_ids: Sequence[str]) -> None:
        """Durable on return: the bytes come after it."""
        await self._road.write(lambda: _doom(blob_ids))

    async def doomed_blobs(self, before: datetime, limit: int) -> list[str]:
        """A range of the list, which their ids sort by time."""
        return await self._road.read(lambda: _doomed(before, limit), is_small=False)

    async def blobs_gone(self, blob_ids: Sequence[str]) -> None:
        """Nothing is lost if a power failure brings them back to the list."""
        if blob_ids:
            await self._road.write(lambda: _remove_by_id("blob.gone", list(blob_ids)), is_durable=False)

    async def scrub(self) -> None:
        """The road knows its files."""
        await self._road.scrub()


def _lease(name: str, owner: str, seconds: float) -> Plan[bool]:
    return bool((yield "lease.take", {"name": name, "owner": owner, "micros": int(seconds * 1e6)}))


def _places() -> Plan[list[tuple[str, str]]]:
    found: list[tuple[str, str]] = []
    place = ("", "")
    while True:
        rows = yield "place.next", {"project": place[0], "workflow": place[1], "limit": 1}
        if not rows:
            return found
        place = (rows[0][0], rows[0][1])
        found.append(place)


def _idle_threads(project: str, workflow: str, before: datetime, after: Cursor | None, limit: int) -> Plan[Old]:
    end = to_micros(before)
    rows = yield (
        "thread.old",
        {
            "project": project,
            "workflow": workflow,
            "low": NEVER if after is None else to_micros(after[0]),
            "low_id": "" if after is None else after[1],
            "high": end,
            "high_id": "",
            "limit": limit,
        },
    )
    idle = [
        (Scope(project=project, user=user, workflow=workflow), thread_id)
        for thread_id, user, _, last in rows
        if last is None or last < end
    ]
    more = (from_micros(rows[-1][2]), rows[-1][0]) if len(rows) == limit else None
    return Old(idle, more)


def _remove_thread(scope: Scope, thread_id: str, idle_since: datetime | None, limit: int) -> Plan[Deleted | None]:
    rows = yield "thread.lock", within(scope, thread=thread_id)
    if not rows:
        raise missing("thread", thread_id)
    if idle_since is not None:
        newest = yield "thread.newest_item", {"thread": thread_id}
        running = yield "run.running", {"thread": thread_id}
        if running or (newest and newest[0][0] >= to_micros(idle_since)):
            raise missing("idle thread", thread_id)
    behind = yield "item.nth", {"thread": thread_id, "limit": limit}
    if behind:
        yield "item.remove_before", {"thread": thread_id, "high": behind[0][0]}
        return None
    project, user, workflow, _ = rows[0]
    return (yield from remove_whole(thread_id, Scope(project=project, user=user, workflow=workflow)))


def _old_files(project: str, workflow: str, before: datetime, limit: int) -> Plan[list[tuple[Scope, StoredFile]]]:
    rows = yield (
        "file.old",
        {"project": project, "workflow": workflow, "before": to_micros(before), "limit": limit},
    )
    return [(Scope(project=project, user=row[0], workflow=workflow), decode(row[2], StoredFile)) for row in rows]


def _remove_file(scope: Scope, file_id: str) -> Plan[StoredFile]:
    stored = yield from lock_file(scope, file_id)
    yield "file.remove", {"file": file_id}
    yield from doom(stored)
    return stored


def _oldest_step(noun: str, before: datetime, low_id: str, limit: int):  # type: ignore[no-untyped-def]
    def plan() -> Plan[tuple[list[str], str | None]]:
        """Those of one page that are old, and where the next page begins, if any of it was."""
        rows = yield f"{noun}.oldest", {"low_id": low_id, "limit": limit}
        old = [row[0] for row in rows if row[1] < to_micros(before)]
        return old, rows[-1][0] if old and len(rows) == limit else None

    return plan


def _remove_by_id(name: str, ids: list[str]) -> Plan[None]:
    yield name, {"ids": ids}


def _doom(blob_ids: Sequence[str]) -> Plan[None]:
    for blob_id in blob_ids:
        yield "blob.doom", {"name": blob_id}


def _doomed(before: datetime, limit: int) -> Plan[list[str]]:
    rows = yield "blob.doomed", {"low_id": "", "high_id": first_id(BLOB, before), "limit": limit}
    return [row[0] for row in rows]
