"""Small reads stay on the event loop's thread, and leave it for as long as they would hold it up."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import pytest

from chatdock.errors import BadRequest, ChatdockError, NotFound
from chatdock.storage.sql import sqlite_loop
from chatdock.storage.sql.road import SMALL_ROWS, Plan, Planned
from chatdock.storage.sql.road_sqlite import SqliteRoad
from chatdock.storage.sql.sqlite_loop import REST_SECONDS, SLOW_SECONDS, TURNS, LoopReader, disk_reads
from chatdock.storage.sql.store import SqlStore
from chatdock.types.page import PageQuery
from storage.world import World


class Breakable(SqliteRoad):
    """While it is broken, the connections that never wait find the database locked."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.broken = False
        self.said: list[str] = []  # by connections that never wait

    def connect(self, *, busy_seconds: float | None = None, create: bool = False) -> sqlite3.Connection:
        if self.broken and busy_seconds == 0:
            raise sqlite3.OperationalError("database is locked")
        connection = super().connect(busy_seconds=busy_seconds, create=create)
        if busy_seconds == 0:
            connection.set_trace_callback(self.said.append)
        return connection


@pytest.fixture
async def road(tmp_path: Path) -> AsyncIterator[Breakable]:
    road = Breakable(tmp_path / "chatdock.db")
    await road.migrate()
    await road.open()
    yield road
    await road.close()


@pytest.fixture
def world(road: Breakable) -> World:
    return World(SqlStore(road))


async def waits(read: Coroutine[Any, Any, object]) -> bool:
    """Whether a read has to wait for another thread."""
    task = asyncio.ensure_future(read)
    await asyncio.sleep(0)
    is_waiting = not task.done()
    await task
    return is_waiting


async def test_small_reads_are_answered_at_once_and_large_ones_by_a_thread(world: World) -> None:
    thread = await world.new_thread("a")
    session = world.session()
    await world.store.sessions.add(session)
    scoped = world.scoped
    assert not await waits(world.store.sessions.get(session.id))
    assert not await waits(scoped.threads.get(thread.id))
    assert not await waits(scoped.items.page(thread.id, PageQuery()))
    assert not await waits(scoped.items.latest(thread.id, SMALL_ROWS))
    assert await waits(scoped.items.page(thread.id, PageQuery(limit=SMALL_ROWS + 1)))
    assert await waits(scoped.items.latest(thread.id, SMALL_ROWS + 1))
    assert await waits(scoped.threads.page(PageQuery(limit=9_999)))
    assert await waits(world.store.upkeep.running_runs())


async def test_what_cannot_be_read_at_once_is_read_by_a_thread(world: World, road: Breakable) -> None:
    thread = await world.new_thread("a")
    await road.close()
    road.broken = True
    await road.open()
    for _ in range(3):
        assert await waits(world.scoped.threads.get(thread.id))
        assert await world.texts(thread) == ["a"]


class Disk:
    """Counts its reads, and makes a plan slow, with or without asking the disk."""

    def __init__(self) -> None:
        self.reads = 0

    def slow(self, *, asks_disk: bool) -> Planned[None]:
        def plan() -> Plan[None]:
            time.sleep(2 * SLOW_SECONDS)
            self.reads += asks_disk
            yield "ping", {}

        return plan


def ping() -> Plan[None]:
    yield "ping", {}


async def test_after_a_slow_disk_the_threads_read_for_a_while(road: Breakable) -> None:
    disk = Disk()
    reader = LoopReader(road.new_link(busy_seconds=0), lambda: disk.reads)
    reader.open()
    assert reader.try_read(disk.slow(asks_disk=True)) is not None
    assert reader.try_read(ping) is None
    await asyncio.sleep(REST_SECONDS)
    assert reader.try_read(ping) is not None
    reader.close()


async def test_a_machine_that_is_busy_is_no_slow_disk(road: Breakable) -> None:
    disk = Disk()
    reader = LoopReader(road.new_link(busy_seconds=0), lambda: disk.reads)
    reader.open()
    for _ in range(3):
        assert reader.try_read(disk.slow(asks_disk=False)) is not None
    assert reader.try_read(ping) is not None
    reader.close()


def test_reads_of_the_disk_are_counted() -> None:
    first = disk_reads()
    assert disk_reads() >= first >= 0


async def test_refusals_are_the_same_on_the_loop(world: World) -> None:
    with pytest.raises(NotFound):
        await world.scoped.threads.get("cthr_unknown")
    with pytest.raises(BadRequest, match="valid Unicode"):
        await world.scoped.threads.get("\ud800")
    thread = await world.new_thread("a")
    assert not await waits(world.scoped.threads.get(thread.id)), "a text nobody can hold is no fault of the database"


async def test_another_loop_reads_through_the_threads(world: World) -> None:
    thread = await world.new_thread("a")

    def elsewhere() -> bool:
        return asyncio.run(waits(world.scoped.threads.get(thread.id)))

    assert await asyncio.to_thread(elsewhere)


async def test_sessions_of_one_turn_are_written_on_the_loop_and_seen_by_every_connection(
    world: World, road: Breakable
) -> None:
    sessions = [world.session() for _ in range(3)]
    adding = asyncio.gather(*(world.store.sessions.add(each) for each in sessions))
    for _ in range(5):  # the tasks, the commit at the end of their turn, the wake-ups
        await asyncio.sleep(0)
    assert adding.done()
    link = road.new_link()
    assert {row[0] for row in link.connected().execute("SELECT id FROM sessions")} >= {each.id for each in sessions}
    link.drop()


async def test_sessions_of_successive_turns_share_a_transaction(
    world: World, road: Breakable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_loop, "GATHER_SECONDS", 60.0)  # a busy machine's turns are long
    adding = []
    for _ in range(5):
        adding.append(asyncio.ensure_future(world.store.sessions.add(world.session())))
        await asyncio.sleep(0)
    await asyncio.gather(*adding)
    assert road.said.count("COMMIT") == 1
    await world.store.sessions.add(world.session())
    assert road.said.count("COMMIT") == 2


async def test_a_session_is_stored_however_many_every_turn_brings(world: World) -> None:
    first = asyncio.ensure_future(world.store.sessions.add(world.session()))
    more = []
    while not first.done():
        more.append(asyncio.ensure_future(world.store.sessions.add(world.session())))
        await asyncio.sleep(0)
    assert not more[-1].done()
    await asyncio.gather(*more)


async def test_what_waits_when_the_database_is_closed_is_written_by_the_writer(world: World, road: Breakable) -> None:
    session = world.session()
    adding = asyncio.ensure_future(world.store.sessions.add(session))
    await asyncio.sleep(0)
    await road.close()
    await adding
    assert "COMMIT" not in road.said
    await road.open()
    assert (await world.store.sessions.get(session.id)).id == session.id


async def test_one_bad_write_of_a_turn_takes_no_other_with_it(world: World) -> None:
    sessions = [world.session() for _ in range(3)]
    await world.store.sessions.add(sessions[1])
    results = await asyncio.gather(*(world.store.sessions.add(each) for each in sessions), return_exceptions=True)
    assert [isinstance(result, ChatdockError) for result in results] == [False, True, False]
    for each in sessions:
        assert (await world.store.sessions.get(each.id)).id == each.id


async def test_while_another_process_writes_the_writer_waits_and_the_loop_does_not(
    world: World, road: Breakable
) -> None:
    other = road.new_link()
    other.begin(is_durable=False)
    session = world.session()
    adding = asyncio.ensure_future(world.store.sessions.add(session))
    await asyncio.sleep(0.1)
    assert not adding.done()
    other.roll_back()
    other.drop()
    await adding
    assert (await world.store.sessions.get(session.id)).id == session.id


async def test_the_log_of_what_the_loop_writes_does_not_grow_for_ever(world: World, tmp_path: Path) -> None:
    sizes = []
    for _ in range(6):
        for _ in range(TURNS):
            await world.store.sessions.add(world.session())
        sizes.append((tmp_path / "chatdock.db-wal").stat().st_size)
    assert sizes[-1] <= 2 * sizes[2]
