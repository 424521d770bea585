"""SQLite's own promises: durability, one writer with group commit, readers that never wait, and faults that heal."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from chatdock.errors import ConfigurationError, Unavailable
from chatdock.storage.base import Changes, Store
from chatdock.storage.sql import create_store
from chatdock.storage.sql.road_sqlite import SqliteRoad
from chatdock.storage.sql.store import SqlStore
from storage import raw
from storage.world import World, message


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chatdock.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    store = create_store(f"sqlite:///{path}")
    await store.migrate()
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


COMMIT_AND_DIE = """
import asyncio, os, signal, sys
from chatdock.storage.base import Changes
from chatdock.storage.sql import create_store
from storage.world import World, message

async def main():
    store = create_store(sys.argv[1])
    await store.open()
    world = World(store, sys.argv[2])
    thread = await world.new_thread("first")
    print(thread.id, flush=True)
    for n in range(10_000):
        await world.put(thread, message(thread, str(n)))
        os.write(1, b"%d\\n" % n)
        if n == 25:
            os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_what_was_acknowledged_survives_a_kill_in_the_same_instant(world: World, path: Path) -> None:
    command = [sys.executable, "-c", COMMIT_AND_DIE, f"sqlite:///{path}", world.project]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    died = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, env=environment, check=False
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    thread_id, *acknowledged = died.stdout.split()
    assert len(acknowledged) == 26
    items = await world.scoped.items.latest(thread_id, 100)
    assert len(items) == 27


def test_a_connection_is_durable_and_keeps_its_foreign_keys(path: Path) -> None:
    asyncio.run(create_store(f"sqlite:///{path}").migrate())
    with closing(SqliteRoad(path).connect()) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL: the log is synced at each commit"
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)


async def test_commits_that_queue_up_share_a_transaction(world: World, path: Path) -> None:
    log = path.with_name("chatdock.db-wal")
    thread = await world.new_thread()

    async def growth(at_once: int) -> int:
        before = log.stat().st_size
        for _ in range(60 // at_once):
            await asyncio.gather(*(world.put(thread, message(thread, "x")) for _ in range(at_once)))
        return log.stat().st_size - before

    alone = await growth(1)
    together = await growth(60)
    assert together < alone / 4, "sixty commits in few transactions write each page once, not sixty times"
    assert len(await world.texts(thread)) == 120


async def test_readers_go_on_while_another_process_holds_the_write_lock_and_writers_wait_for_it(
    world: World, path: Path
) -> None:
    thread = await world.new_thread("a")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(world.put(thread, message(thread, "b")))
        for _ in range(20):
            assert await world.texts(thread) == ["a"]
        await asyncio.sleep(0.1)
        assert not writing.done()
        other.execute("COMMIT")
    await writing
    assert await world.texts(thread) == ["a", "b"]


async def test_a_lock_that_is_held_too_long_is_unavailable_and_the_next_commit_works(path: Path) -> None:
    store = SqlStore(SqliteRoad(path, busy_seconds=0.1))
    await store.migrate()
    await store.open()
    world = World(store)
    thread = await world.new_thread("a")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        outcomes = await asyncio.gather(
            *(world.put(thread, message(thread, "lost")) for _ in range(5)), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [Unavailable] * 5
        assert await world.texts(thread) == ["a"]
    await world.put(thread, message(thread, "b"))
    assert await world.texts(thread) == ["a", "b"]
    await store.close()


FILL = """
import asyncio, resource, signal, sys
from chatdock.errors import Unavailable
from chatdock.storage.sql import create_store
from storage.world import World, message

async def main():
    store = create_store(sys.argv[1])
    await store.open()
    world = World(store, sys.argv[2])
    thread = await world.new_thread("first")
    print(thread.id)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
    acknowledged = 1
    try:
        while True:
            await world.put(thread, message(thread, "x" * 100_000))
            acknowledged += 1
    except Unavailable:
        pass
    assert len(await world.texts(thread)) == acknowledged, "what was acknowledged can be read while the disk is full"
    try:
        await world.put(thread, message(thread, "x" * 3_000_000))
    except Unavailable:
        pass
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await world.put(thread, message(thread, "last"))
    print(acknowledged + 1)
    await store.close()

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that write() fails, as on a full disk
asyncio.run(main())
"""


async def test_a_full_disk_is_unavailable_loses_nothing_acknowledged_and_heals(world: World, path: Path) -> None:
    command = [sys.executable, "-c", FILL, f"sqlite:///{path}", world.project]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, env=environment, check=False
    )
    assert ended.returncode == 0, ended.stderr
    thread_id, acknowledged = ended.stdout.split()
    items = await world.scoped.items.latest(thread_id, 1000)
    assert len(items) == int(acknowledged)
    assert await raw.fetch(f"sqlite:///{path}", "PRAGMA integrity_check") == [("ok",)]


async def test_one_store_serves_several_event_loops(world: World) -> None:
    thread = await world.new_thread()

    async def many(name: str) -> None:
        await asyncio.gather(*(world.put(thread, message(thread, f"{name}{n}")) for n in range(20)))
        assert len(await world.texts(thread)) >= 20

    await asyncio.gather(many("a"), *(asyncio.to_thread(asyncio.run, many(name)) for name in "bc"))
    assert sorted(await world.texts(thread)) == sorted(f"{name}{n}" for name in "abc" for n in range(20))


async def test_a_reader_that_went_away_leaves_the_others_answers_alone(world: World) -> None:
    thread = await world.new_thread("a")
    for _ in range(50):
        left = asyncio.create_task(world.texts(thread))
        stays = asyncio.create_task(world.texts(thread))
        await asyncio.sleep(0)
        left.cancel()
        assert await stays == ["a"]


@pytest.fixture
def garbage(path: Path) -> Path:
    path.write_bytes(b"not a database, but long enough to have a header of its own: " * 20)
    return path


async def test_a_file_that_is_no_database_says_so_at_the_start(garbage: Path) -> None:
    store = create_store(f"sqlite:///{garbage}")
    for attempt in (store.migrate(), store.open()):
        with pytest.raises(ConfigurationError, match="not a database"):
            await attempt


async def test_a_path_that_cannot_be_a_file_says_so_at_the_start(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}", "sqlite:////proc/none/chatdock.db"):
        with pytest.raises(ConfigurationError, match="cannot be opened"):
            await create_store(url).migrate()


async def test_missing_folders_are_made_and_odd_names_are_names(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a b#c%20?d" / "chatdock.db"
    store = SqlStore(SqliteRoad(path))
    await store.migrate()
    await store.open()
    await World(store).new_thread("a")
    await store.close()
    assert path.exists()


def test_closing_leaves_one_file_with_everything_in_it(path: Path) -> None:
    async def write() -> None:
        store = create_store(f"sqlite:///{path}")
        await store.migrate()
        await store.open()
        await World(store).new_thread("a")
        await store.close()

    asyncio.run(write())
    assert [file.name for file in path.parent.iterdir()] == ["chatdock.db"]
    assert len(asyncio.run(raw.fetch(f"sqlite:///{path}", "SELECT id FROM items"))) == 1


async def test_a_busy_writer_does_not_hold_up_a_page(world: World) -> None:
    """Reads have their own threads: while thousands of commits queue, a page comes in the midst of them."""
    thread = await world.new_thread("a")
    other = await world.new_thread()
    writes = [
        asyncio.create_task(world.scoped.commit(Changes(thread_id=other.id, put_items=[message(other, "x")])))
        for _ in range(2_000)
    ]
    await asyncio.sleep(0)
    began = time.perf_counter()
    assert await world.texts(thread) == ["a"]
    took = time.perf_counter() - began
    assert not all(write.done() for write in writes), f"the page waited for every commit: {took} s"
    await asyncio.gather(*writes)
