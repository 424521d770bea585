"""What the server does for nobody in particular: no scope limits these plans."""

from datetime import datetime

from chatdock.clock import to_micros
from chatdock.storage.sql.road import Plan, Road
from chatdock.storage.sql.runs import to_run
from chatdock.storage.sql.search import index_thread
from chatdock.types.actor import Scope
from chatdock.types.attachment import StoredFile
from chatdock.types.run import Run
from chatdock.types.wire import decode


class SqlUpkeep:
    """`storage.base.Upkeep`."""

    def __init__(self, road: Road) -> None:
        self._road = road

    async def running_runs(self) -> list[tuple[Scope, Run]]:
        """From the index of running runs."""
        return await self._road.read(_running_runs, is_small=False)

    async def finish_partial_items(self, thread_id: str) -> None:
        """One update; the end of the run that follows makes it durable."""
        await self._road.write(lambda: _finish_partial_items(thread_id), is_durable=False)

    async def index_threads(self, limit: int) -> int:
        """A transaction a thread, so that others get their turn."""
        left = await self._road.read(lambda: _unindexed(limit), is_small=False)
        for thread_id in left:
            await self._road.write(lambda thread_id=thread_id: index_thread(thread_id), is_durable=False)  # type: ignore[misc]
        return len(left)

    async def stale_files(self, before: datetime, limit: int) -> list[tuple[Scope, StoredFile]]:
        """Oldest first, from the index of loose files."""
        return await self._road.read(lambda: _stale_files(before, limit), is_small=False)

    async def secrets(self, name: str, fresh: bytes) -> bytes:
        """Whoever comes first is kept; everybody gets that one."""
        return await self._road.write(lambda: _secret(name, fresh))


def _running_runs() -> Plan[list[tuple[Scope, Run]]]:
    rows = yield "run.every_running", {}
    found = []
    for row in rows:
        run = to_run(row[1:])
        found.append((Scope(project=row[0], user=run.user, workflow=run.workflow_id), run))
    return found


def _finish_partial_items(thread_id: str) -> Plan[None]:
    yield "item.finish", {"thread": thread_id}
    yield "search.note", {"thread": thread_id}


def _unindexed(limit: int) -> Plan[list[str]]:
    rows = yield "search.todo", {"limit": limit}
    return [row[0] for row in rows]


def _stale_files(before: datetime, limit: int) -> Plan[list[tuple[Scope, StoredFile]]]:
    rows = yield "file.stale", {"before": to_micros(before), "limit": limit}
    return [
        (Scope(project=project, user=user, workflow=workflow), decode(data, StoredFile))
        for project, user, workflow, data in rows
    ]


def _secret(name: str, fresh: bytes) -> Plan[bytes]:
    yield "secret.keep", {"name": name, "value": fresh}
    rows = yield "secret.get", {"name": name}
    return bytes(rows[0][0])
