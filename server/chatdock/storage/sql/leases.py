"""Who is at work on which run, by the database's own clock."""

from collections.abc import Sequence
from typing import Any

from chatdock import clock
from chatdock.clock import to_micros
from chatdock.errors import Fenced
from chatdock.storage.base import Claimable
from chatdock.storage.sql.road import Plan, Road
from chatdock.storage.sql.runs import LEASE_MICROS, to_run
from chatdock.types.actor import Scope
from chatdock.types.lease import Effect, Held, Hold, NewLease


class SqlLeases:
    """`storage.base.Leases`."""

    def __init__(self, road: Road) -> None:
        self._road = road

    async def beat(self, owner: str, run_ids: Sequence[str]) -> None:
        """One statement for all runs of a process. After a power failure nobody holds anything anyway."""
        await self._road.write(lambda: _beat(owner, run_ids), is_durable=False, is_urgent=True)

    async def held(self, owner: str) -> dict[str, Held]:
        """From the index of running runs."""
        return await self._road.read(lambda: _held(owner), is_small=False, is_urgent=True)

    async def orphans(self, limit: int) -> list[Claimable]:
        """From the index of running runs."""
        return await self._road.read(lambda: _claimable("run.orphans", {"limit": limit}), is_small=False)

    async def stalled(self, limit: int) -> list[tuple[Scope, str]]:
        """From the index of active runs."""
        return await self._road.read(lambda: _stalled(limit), is_small=False)

    async def find(self, run_id: str) -> Claimable | None:
        """One row, if it is running."""
        found = await self._road.read(lambda: _claimable("run.claimable", {"run": run_id}))
        return found[0] if found else None

    async def take(self, run: Claimable, owner: str, *, attempts: int = 0, by_force: bool = False) -> int | None:
        """One conditional update: of many that try, one succeeds."""
        return await self._road.write(lambda: _take(run, owner, attempts, by_force))

    async def line_up(self, run_id: str) -> int | None:
        """One conditional update."""
        return await self._road.write(lambda: _line_up(run_id))

    async def release(self, hold: Hold) -> None:
        """One conditional update."""
        await self._road.write(lambda: _release(hold))

    async def begin_effect(self, hold: Hold, effect: Effect) -> None:
        """Durable before the effect."""
        await self._road.write(lambda: _begin_effect(hold, effect))

    async def end_effect(self, run_id: str, key: str) -> None:
        """Durable: whoever takes over has to know."""
        await self._road.write(lambda: _end_effect(run_id, key))

    async def effects(self, run_id: str) -> list[Effect]:
        """In the order they began."""
        return await self._road.read(lambda: _effects(run_id))


def hold_run(hold: Hold) -> Plan[None]:
    """Makes sure that the run is still the owner's, for as long as the transaction lasts, and renews the lease.

    Raises: Fenced.
    """
    values = {"run": hold.run_id, "epoch": hold.epoch, "shown": hold.shown, "lease": LEASE_MICROS}
    if not (yield "run.hold", values):
        raise Fenced(hold.run_id)


def columns_of_lease(lease: NewLease) -> dict[str, Any]:
    """What a starting run's row says beside the run itself."""
    return {
        "owner": lease.owner,
        "epoch": 1,
        "attempts": 0 if lease.owner is None else 1,
        "shown": False,
        "job": lease.job,
        "lease": LEASE_MICROS,
    }


def _beat(owner: str, run_ids: Sequence[str]) -> Plan[None]:
    yield "run.beat", {"owner": owner, "runs": list(run_ids), "lease": LEASE_MICROS}


def _held(owner: str) -> Plan[dict[str, Held]]:
    rows = yield "run.held", {"owner": owner}
    return {row[0]: Held(epoch=row[1], status=row[2]) for row in rows}


def _claimable(name: str, values: dict[str, Any]) -> Plan[list[Claimable]]:
    rows = yield name, values
    found = []
    for row in rows:
        project, owner, epoch, attempts, shown, job, is_orphan, is_over = row[:8]
        run = to_run(row[8:])
        found.append(
            Claimable(
                scope=Scope(project=project, user=run.user, workflow=run.workflow_id),
                run=run,
                owner=owner,
                epoch=epoch,
                attempts=attempts,
                shown=bool(shown),
                job=job,
                is_orphan=bool(is_orphan),
                is_over=bool(is_over),
            )
        )
    return found


def _stalled(limit: int) -> Plan[list[tuple[Scope, str]]]:
    rows = yield "run.stalled", {"limit": limit}
    found = [(Scope(project=row[0], user=row[1], workflow=row[2]), row[3]) for row in rows]
    return list(dict.fromkeys(found))


def _take(run: Claimable, owner: str, attempts: int, by_force: bool) -> Plan[int | None]:
    values = {
        "run": run.run.id,
        "epoch": run.epoch,
        "owner": owner,
        "attempts": attempts,
        "force": by_force,
        "lease": LEASE_MICROS,
    }
    return run.epoch + 1 if (yield "run.take", values) else None


def _line_up(run_id: str) -> Plan[int | None]:
    if not (yield "run.line_up", {"run": run_id}):
        return None
    ((epoch,),) = yield "run.epoch", {"run": run_id}
    return int(epoch)


def _release(hold: Hold) -> Plan[None]:
    yield "run.release", {"run": hold.run_id, "epoch": hold.epoch}


def _begin_effect(hold: Hold, effect: Effect) -> Plan[None]:
    yield from hold_run(hold)
    call = {"call_id": effect.call_id, "arguments": effect.arguments, "idempotent": effect.is_idempotent}
    started = {"key": effect.key, "tool": effect.tool, "started_at": to_micros(clock.now())}
    yield "effect.begin", {"run": hold.run_id, **started, **call}


def _end_effect(run_id: str, key: str) -> Plan[None]:
    yield "effect.end", {"run": run_id, "key": key, "done_at": to_micros(clock.now())}


def _effects(run_id: str) -> Plan[list[Effect]]:
    rows = yield "effect.list", {"run": run_id}
    return [
        Effect(
            key=row[0],
            tool=row[1],
            call_id=row[2],
            arguments=row[3],
            is_idempotent=bool(row[4]),
            is_done=row[5] is not None,
        )
        for row in sorted(rows, key=lambda row: (row[6], row[0]))
    ]
