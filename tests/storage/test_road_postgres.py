"""PostgreSQL's own promises: faults are told as such and heal by themselves."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import asyncpg  # type: ignore[import-untyped]  # it ships no types yet
import pytest

from chatdock.errors import ConfigurationError, Unavailable
from chatdock.storage.base import Changes
from chatdock.storage.sql import create_store
from chatdock.storage.sql.road_postgres import PATIENT, POOL
from servers.postgres import Postgres
from servers.processes import free_port
from storage import raw
from storage.world import World, message


@pytest.fixture
async def world(postgres_url: str) -> AsyncIterator[World]:
    store = create_store(postgres_url)
    await store.migrate()
    await store.open()
    yield World(store)
    await store.close()


async def test_a_server_that_goes_away_is_unavailable_and_the_store_heals_when_it_returns(
    world: World, postgres: Postgres
) -> None:
    thread = await world.new_thread("a")
    await asyncio.gather(*(world.put(thread, message(thread, "b")) for _ in range(20)))
    postgres.stop()
    try:
        for attempt in (world.store.ping(), world.texts(thread), world.put(thread, message(thread, "lost"))):
            with pytest.raises(Unavailable):
                await attempt
    finally:
        postgres.start()
    assert len(await world.texts(thread)) == 21
    await world.put(thread, message(thread, "c"))


async def until_it_answers(world: World) -> None:
    for _ in range(20):  # each dead connection is noticed at the latest when it is used
        try:
            return await world.store.ping()
        except Unavailable:
            await asyncio.sleep(0.05)
    pytest.fail("the store did not heal")


async def test_killed_connections_are_unavailable_at_worst_and_soon_replaced(world: World, postgres_url: str) -> None:
    thread = await world.new_thread("a")
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    lost = 0
    for n in range(5):
        await asyncio.gather(*(world.texts(thread) for _ in range(10)))
        await raw.fetch(postgres_url, kill)
        try:
            await world.put(thread, message(thread, str(n)))
        except Unavailable:
            lost += 1
        await until_it_answers(world)
    assert len(await world.texts(thread)) == 6 - lost


async def test_nobody_listening_is_unavailable_and_an_unknown_database_or_user_is_a_setting_to_mend(
    postgres: Postgres,
) -> None:
    nobody = create_store(f"postgresql://chatdock@127.0.0.1:{free_port()}/none")
    for attempt in (nobody.migrate(), nobody.open()):
        with pytest.raises(Unavailable):
            await attempt
    wrong = (
        "postgresql://chatdock@127.0.0.1:port/none",
        postgres.url("none"),
        postgres.url().replace("chatdock@", "other@"),
    )
    for url in wrong:
        for attempt in (create_store(url).migrate(), create_store(url).open()):
            with pytest.raises(ConfigurationError):
                await attempt


async def test_other_spellings_of_the_url_mean_the_same(postgres_url: str) -> None:
    for scheme in ("postgres", "postgresql+asyncpg"):
        store = create_store(postgres_url.replace("postgresql", scheme, 1))
        await store.migrate()
        await store.open()
        await store.ping()
        await store.close()


async def test_more_callers_than_connections_all_get_their_turn(world: World) -> None:
    threads = [await world.new_thread(str(n)) for n in range(5)]
    answers = await asyncio.gather(*(world.texts(threads[n % 5]) for n in range(300)))
    assert answers == [[str(n % 5)] for n in range(300)]


async def test_checkpoints_that_are_held_up_hold_up_nobody_else(world: World, postgres_url: str) -> None:
    threads = [await world.new_thread(str(n)) for n in range(3 * POOL)]
    other = await world.new_thread("other")
    holder = await asyncpg.connect(postgres_url)
    async with holder.transaction():
        await holder.execute("SELECT 1 FROM threads WHERE id = ANY($1) FOR UPDATE", [thread.id for thread in threads])
        saving = [
            asyncio.create_task(
                world.scoped.commit(Changes(thread_id=thread.id, partial_items=[message(thread, "unfinished")]))
            )
            for thread in threads
        ]
        async with asyncio.timeout(60):
            while await holder.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") < PATIENT:
                await asyncio.sleep(0.01)
        for n in range(20):
            await asyncio.gather(world.texts(other), world.put(other, message(other, str(n))))
        assert await world.texts(other) == ["other", *(str(n) for n in range(20))]
    await holder.close()
    for outcome in await asyncio.gather(*saving, return_exceptions=True):
        assert outcome is None or isinstance(outcome, Unavailable), "the last in line may have waited for too long"
    await world.scoped.commit(Changes(thread_id=threads[0].id, partial_items=[message(threads[0], "again")]))


async def test_a_cancelled_commit_leaves_its_connection_clean(world: World) -> None:
    thread = await world.new_thread()
    for n in range(30):
        task = asyncio.create_task(world.put(thread, message(thread, "x"), message(thread, "y")))
        await asyncio.sleep(n * 0.0001)
        task.cancel()
        await asyncio.wait([task])
    stored = await world.texts(thread)
    assert stored.count("x") == stored.count("y")
    await asyncio.gather(*(world.put(thread, message(thread, "z")) for _ in range(30)))
    assert (await world.texts(thread)).count("z") == 30


COMMIT_AND_DIE = """
import asyncio, os, signal, sys
from chatdock.storage.sql import create_store
from storage.world import World, message

async def main():
    store = create_store(sys.argv[1])
    await store.open()
    world = World(store, sys.argv[2])
    thread = await world.new_thread("first")
    print(thread.id, flush=True)
    for n in range(26):
        await world.put(thread, message(thread, str(n)))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_what_was_acknowledged_survives_a_kill_in_the_same_instant(world: World, postgres_url: str) -> None:
    command = [sys.executable, "-c", COMMIT_AND_DIE, postgres_url, world.project]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    died = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, env=environment, check=False
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert len(await world.scoped.items.latest(died.stdout.strip(), 100)) == 27


async def test_commits_of_two_stores_on_one_thread_keep_one_run_and_dense_positions(
    world: World, postgres_url: str
) -> None:
    other = create_store(postgres_url)
    await other.open()
    there = World(other, world.project)
    thread = await world.new_thread()
    outcomes = await asyncio.gather(
        *(
            side.scoped.commit(
                Changes(thread_id=thread.id, start_run=world.run(thread), put_items=[message(thread, "x")])
            )
            for side in [world, there] * 20
        ),
        return_exceptions=True,
    )
    assert outcomes.count(None) == 1
    await asyncio.gather(*(side.put(thread, message(thread, "y")) for side in [world, there] * 20))
    rows = await raw.fetch(postgres_url, "SELECT position FROM items WHERE thread_id = $1 ORDER BY 1", thread.id)
    assert [row[0] for row in rows] == list(range(1, 42))
    await other.close()


async def test_a_heartbeat_stands_in_no_line_behind_what_waits_for_a_connection(
    world: World, postgres_url: str
) -> None:
    thread = await world.new_thread("a")
    connection = await asyncpg.connect(postgres_url)
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE items IN ACCESS EXCLUSIVE MODE")
            texts = [asyncio.create_task(world.texts(thread)) for _ in range(3 * POOL)]
            async with asyncio.timeout(60):
                while await connection.fetchval(waits) < POOL:
                    await asyncio.sleep(0.01)
                await world.store.leases.beat("one", ["run_a"])
                assert await world.store.leases.held("one") == {}
            assert not any(text.done() and not text.exception() for text in texts), "everybody else waits"
    finally:
        await connection.close()
        await asyncio.gather(*texts, return_exceptions=True)
