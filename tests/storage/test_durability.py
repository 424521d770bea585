"""Which commits SQLite syncs to the disk: those that must outlive a power failure, and those that share a group with one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatdock import clock
from chatdock.ids import new_id
from chatdock.storage.base import Changes
from chatdock.storage.sql import create_store
from chatdock.storage.sql.commit import is_durable
from chatdock.storage.sql.road import Plan, Planned, T
from chatdock.storage.sql.road_sqlite import SqliteRoad
from chatdock.storage.sql.store import SqlStore
from chatdock.storage.sql.texts import CompiledText, Statement
from chatdock.types.audit import entry
from chatdock.types.key import ServerKey
from chatdock.types.thread import Mark
from storage.world import World, message

NORMAL, FULL = 1, 2  # of `PRAGMA synchronous`: the log is synced now and then, or at every commit


class Recorder(SqliteRoad):
    """A road that remembers which writes asked to be durable."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked: list[bool] = []

    async def write(self, plan: Planned[T], *, is_durable: bool = True, **how: bool) -> T:
        self.asked.append(is_durable)
        return await super().write(plan, is_durable=is_durable, **how)


@pytest.fixture
async def road(tmp_path: Path) -> AsyncIterator[Recorder]:
    road = Recorder(tmp_path / "chatdock.db")
    road.statements["level"] = Statement(CompiledText(sql="SELECT synchronous FROM pragma_synchronous"))
    await road.migrate()
    await road.open()
    yield road
    await road.close()


def level() -> Plan[int]:
    """What is in force inside a transaction, where it can no longer be changed."""
    rows = yield "level", {}
    return int(rows[0][0])


async def test_a_commit_is_synced_if_it_must_be_durable_however_often_that_changes(road: Recorder) -> None:
    for _ in range(3):
        assert await road.write(level, is_durable=False) == NORMAL
        assert await road.write(level, is_durable=False) == NORMAL
        assert await road.write(level) == FULL
        assert await road.write(level) == FULL


async def test_writes_of_one_turn_of_the_loop_are_a_group_and_synced_if_one_of_it_must_be_durable(
    road: Recorder,
) -> None:
    async def levels(*durable: bool) -> list[int]:
        return await asyncio.gather(*(road.write(level, is_durable=one) for one in durable))

    for _ in range(20):
        assert await levels(False, False, True, False) == [FULL] * 4
        assert await levels(False, False, False, False) == [NORMAL] * 4


def a_key() -> ServerKey:
    return ServerKey(id=new_id("key_"), project="p", name="", digest="d", scopes=[], created_at=clock.now())


async def test_what_may_be_lost_in_a_power_failure_is_what_costs_an_attempt_and_no_more(road: Recorder) -> None:
    store = SqlStore(road)
    world = World(store)
    thread = await world.new_thread("a")
    run, session, file, key = world.run(thread), world.session(), world.file(), a_key()
    unfinished = message(thread, "b")

    def commit(**changes: Any) -> Callable[[], Awaitable[object]]:
        return lambda: world.scoped.commit(Changes(thread_id=thread.id, **changes))

    writes: list[tuple[bool, Callable[[], Awaitable[object]]]] = [
        (False, lambda: store.sessions.add(session)),
        (False, commit(partial_items=[unfinished])),
        (False, lambda: store.upkeep.finish_partial_items(thread.id)),
        (True, commit(put_items=[unfinished])),
        (True, commit(start_run=run)),
        (True, commit(save_run=msgspec.structs.replace(run, status="completed"))),
        (True, lambda: store.sessions.cancel(world.project, session.id)),
        (True, lambda: store.keys.add(key)),
        (True, lambda: store.keys.save(key)),
        (False, lambda: store.keys.note_use(key.id, clock.now(), clock.now())),
        (True, lambda: store.audit.add(entry("p", "command", "key.create", key.id))),
        (True, lambda: world.scoped.files.add(file)),
        (True, lambda: world.scoped.files.save(file)),
        (True, lambda: world.scoped.files.delete(file.id)),
        (True, lambda: store.upkeep.secrets("name", b"value")),
        (True, lambda: world.scoped.threads.delete(thread.id)),
    ]
    road.asked.clear()
    for _, write in writes:
        await write()
    assert road.asked == [expected for expected, _ in writes]


FIELDS = [field.name for field in msgspec.structs.fields(Changes)]


@pytest.mark.parametrize("field", [name for name in FIELDS if name not in ("thread_id", "partial_items", "hold")])
async def test_partial_items_beside_anything_else_are_durable(field: str) -> None:
    world = World(create_store("sqlite:///:memory:"))
    changes = Changes(thread_id="cthr_1", partial_items=[message(world.thread(), "a")])
    assert not is_durable(changes)
    setattr(changes, field, Mark(pinned=True) if field == "mark" else ["something"])
    assert is_durable(changes)
