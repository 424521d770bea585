"""Every store keeps these promises about its upkeep and its own life: `storage.base.Upkeep` and `Store`."""

import asyncio
import os
from datetime import timedelta

import pytest

from chatdock.errors import NotFound, Unavailable
from chatdock.ids import new_id
from chatdock.storage.base import Changes, Store
from chatdock.storage.sql import create_store
from chatdock.types.run import ACTIVE
from chatdock.types.thread import Thread
from storage.world import World, later


async def test_running_runs_come_with_the_scope_of_their_owner_and_ended_ones_do_not(world: World) -> None:
    running = {}
    for user in ("user-1", "user-2"):
        owner = world.beside(user=user)
        for status in (*ACTIVE, "completed", "failed"):
            thread = await owner.new_thread()
            run = owner.run(thread, status=status)
            await owner.scoped.commit(Changes(thread_id=thread.id, start_run=run))
            if status in ("queued", "in_progress", "cancelling"):
                running[run.id] = (owner.scope, run)
    found = [(scope, run) for scope, run in await world.store.upkeep.running_runs() if scope.project == world.project]
    assert {run.id: (scope, run) for scope, run in found} == running
    assert len(found) == 6


async def test_a_run_left_by_a_crash_is_ended_through_the_scope_it_comes_with(world: World) -> None:
    thread = await world.new_thread()
    await world.scoped.commit(Changes(thread_id=thread.id, start_run=world.run(thread, status="in_progress")))
    for scope, run in await world.store.upkeep.running_runs():
        if scope.project == world.project:
            run.status = "failed"
            await world.store.scoped(scope).commit(Changes(thread_id=run.thread_id, save_run=run))
    assert not [scope for scope, _ in await world.store.upkeep.running_runs() if scope.project == world.project]


async def test_stale_files_are_the_unattached_ones_from_before_that_instant_oldest_first(world: World) -> None:
    long_ago = later() - timedelta(days=9_000)
    loose = [await world.new_file(created_at=long_ago + timedelta(seconds=n)) for n in (2, 0, 1)]
    attached = await world.new_file(created_at=long_ago)
    thread = await world.new_thread()
    await world.scoped.commit(Changes(thread_id=thread.id, attach_files=[attached.id]))
    await world.new_file(created_at=long_ago + timedelta(seconds=3))
    before = long_ago + timedelta(seconds=3)
    stale = [found for found in await world.store.upkeep.stale_files(before, 1000) if found[0] == world.scope]
    assert stale == [(world.scope, loose[1]), (world.scope, loose[2]), (world.scope, loose[0])]
    assert len(await world.store.upkeep.stale_files(before, 2)) == 2
    for scope, file in stale:
        await world.store.scoped(scope).files.delete(file.id)


async def test_a_secret_is_whatever_came_first_whoever_asks(world: World) -> None:
    name = new_id("name_")
    fresh = [os.urandom(32) for _ in range(20)]
    kept = await asyncio.gather(*(world.store.upkeep.secrets(name, value) for value in fresh))
    assert len(set(kept)) == 1
    assert kept[0] in fresh
    assert await world.store.upkeep.secrets(name, b"too late") == kept[0]
    assert await world.store.upkeep.secrets(name + "x", b"\0\xff") == b"\0\xff"


async def test_finishing_partial_items_of_a_thread_is_safe_to_repeat(world: World) -> None:
    thread = await world.new_thread("a")
    await world.store.upkeep.finish_partial_items(thread.id)
    await world.store.upkeep.finish_partial_items("cthr_unknown")
    assert await world.texts(thread) == ["a"]


async def test_a_store_answers_while_it_is_open_and_is_unavailable_otherwise(store_url: str) -> None:
    store = create_store(store_url)
    with pytest.raises(Unavailable):
        await store.ping()
    await store.migrate()
    await store.open()
    await store.ping()
    await store.close()
    with pytest.raises(Unavailable):
        await store.ping()
    with pytest.raises(Unavailable):
        await World(store).new_thread()
    await store.close()


async def test_migrating_again_changes_nothing(world: World) -> None:
    thread = await world.new_thread("a")
    await world.store.migrate()
    assert await world.texts(thread) == ["a"]


async def test_commits_in_flight_finish_before_the_store_closes(store_url: str) -> None:
    store = create_store(store_url)
    await store.migrate()
    await store.open()
    world = World(store)
    threads: list[Thread] = [world.thread() for _ in range(30)]
    commits = [
        asyncio.create_task(world.scoped.commit(Changes(thread_id=thread.id, create_thread=thread)))
        for thread in threads
    ]
    await asyncio.sleep(0)
    await store.close()
    outcomes = await asyncio.gather(*commits, return_exceptions=True)
    assert all(outcome is None or isinstance(outcome, Unavailable) for outcome in outcomes)
    assert None in outcomes
    if store_url == "sqlite:///:memory:":
        return  # with the last connection the database is gone
    again = create_store(store_url)
    await again.open()
    for thread, outcome in zip(threads, outcomes, strict=True):
        if outcome is None:
            assert await again.scoped(world.scope).threads.get(thread.id) == thread
    await again.close()


async def test_two_stores_over_one_database_see_each_others_rows(store: Store, store_url: str) -> None:
    if store_url == "sqlite:///:memory:":
        return  # each has a database of its own
    other = create_store(store_url)
    await other.open()
    here, there = World(store), World(other)
    thread = await here.new_thread("a")
    assert await World(other, here.project).texts(thread) == ["a"]
    elsewhere = await there.new_thread("b")
    with pytest.raises(NotFound):
        await here.scoped.threads.get(elsewhere.id)
    await other.close()
