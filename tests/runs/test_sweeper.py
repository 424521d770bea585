"""The sweeper: what is over its time goes, what is not stays, and whoever chats never waits."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chatdock import clock
from chatdock.blobs.disk import DiskBlobs
from chatdock.errors import NotFound
from chatdock.ids import BLOB, new_id
from chatdock.runs import sweeper as sweeper_module
from chatdock.runs.responder import Catalog, Definition
from chatdock.runs.sweeper import Keep, Sweeper, Swept
from chatdock.storage.base import Changes, Store
from chatdock.types.attachment import StoredFile
from chatdock.types.thread import Thread
from runs.house import House, Responder
from storage.world import World, message


async def nothing(ctx: Any) -> None:
    pass


@pytest.fixture
def blobs(tmp_path: Path) -> DiskBlobs:
    return DiskBlobs(tmp_path / "files")


@pytest.fixture
async def world(store: Store) -> World:
    """Alone in a database of its own kind: the sweeper sweeps all of it."""
    return World(store, workflow=new_id("wf_"))


def sweeper(world: World, blobs: DiskBlobs, keep: Keep, **definition: Any) -> Sweeper:
    engine = House(world.store, nothing).engine
    catalog = Catalog([Definition(id=world.workflow, version="1", name="", responder=Responder(nothing), **definition)])
    return Sweeper(world.store, blobs, engine, catalog, keep, every_seconds=0.01)


async def sweep(world: World, blobs: DiskBlobs, keep: Keep | None = None, **definition: Any) -> Swept:
    """A round, once nobody else is at it: other tests share the database."""
    one = sweeper(world, blobs, keep or Keep(), **definition)
    one._lease_seconds = 0.001
    async with asyncio.timeout(120):
        while (swept := await one.sweep()) is None:
            await asyncio.sleep(0.05)
    return swept


async def thread_of_age(world: World, days: float, *texts: str) -> Thread:
    then = clock.now() - timedelta(days=days)
    thread = world.thread(created_at=then)
    items = [message(thread, text, created_at=then) for text in texts or ("hello",)]
    await world.scoped.commit(Changes(thread_id=thread.id, create_thread=thread, put_items=items))
    return thread


async def file_of_age(world: World, blobs: DiskBlobs, days: float, thread: Thread | None = None) -> StoredFile:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"content"

    file = world.file(created_at=clock.now() - timedelta(days=days), preview_blob_id=new_id(BLOB))
    for blob_id in file.blob_ids:
        await blobs.put(blob_id, chunks(), 100)
    await world.scoped.files.add(file)
    if thread is not None:
        await world.scoped.commit(Changes(thread_id=thread.id, attach_files=[file.id]))
    return file


async def is_there(world: World, thread: Thread) -> bool:
    try:
        await world.scoped.threads.get(thread.id)
    except NotFound:
        return False
    return True


async def has_bytes(blobs: DiskBlobs, file: StoredFile) -> list[bool]:
    found = []
    for blob_id in file.blob_ids:
        try:
            found.append(await blobs.get(blob_id) == b"content")
        except NotFound:
            found.append(False)
    return found


async def test_without_a_time_to_live_nothing_is_ever_removed(world: World, blobs: DiskBlobs) -> None:
    thread = await thread_of_age(world, 9_000)
    file = await file_of_age(world, blobs, 9_000, thread)
    await sweep(world, blobs)
    assert await is_there(world, thread)
    assert await has_bytes(blobs, file) == [True, True]


async def test_a_workflow_says_how_long_its_threads_live_after_their_last_message(
    world: World, blobs: DiskBlobs
) -> None:
    old, long, used, young = [await thread_of_age(world, days) for days in (31, 31, 31, 29)]
    await world.put(long, *(message(long, f"m{n}", created_at=clock.now() - timedelta(days=31)) for n in range(450)))
    await world.put(used, message(used, "still here"))
    elsewhere = world.beside(workflow=world.workflow + "x")
    foreign = await thread_of_age(elsewhere, 31)
    file = await file_of_age(world, blobs, 31, old)
    await sweep(world, blobs, keep_threads_days=30.0)
    assert [await is_there(world, each) for each in (old, long, used, young)] == [False, False, True, True]
    assert await is_there(elsewhere, foreign), "another workflow keeps its own"
    assert await has_bytes(blobs, file) == [False, False]


async def test_the_setting_counts_where_the_workflow_says_nothing(world: World, blobs: DiskBlobs) -> None:
    old = await thread_of_age(world, 8_000)
    keep = Keep(threads_days=7_000)
    await sweep(world, blobs, keep, keep_threads_days=float("inf"))
    assert await is_there(world, old), "a workflow may keep for ever what others do not"
    await sweep(world, blobs, keep)
    assert not await is_there(world, old)


async def test_files_go_before_their_thread_does(world: World, blobs: DiskBlobs) -> None:
    thread = await thread_of_age(world, 20)
    old, young = [await file_of_age(world, blobs, days, thread) for days in (8, 6)]
    await sweep(world, blobs, keep_threads_days=30.0, keep_files_days=7.0)
    assert await is_there(world, thread)
    assert await has_bytes(blobs, old) == [False, False]
    assert await has_bytes(blobs, young) == [True, True]
    with pytest.raises(NotFound):
        await world.scoped.files.get(old.id)


async def test_uploads_that_nobody_sends_go_after_a_day(world: World, blobs: DiskBlobs) -> None:
    old, young = [await file_of_age(world, blobs, days) for days in (1.1, 0.9)]
    await sweep(world, blobs)
    assert await has_bytes(blobs, old) == [False, False]
    assert await has_bytes(blobs, young) == [True, True]


async def test_bytes_that_a_crash_left_behind_their_row_are_found(
    world: World, blobs: DiskBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await thread_of_age(world, 1)
    file = await file_of_age(world, blobs, 1, thread)
    await world.scoped.threads.delete(thread.id)  # and here the process was killed
    await sweep(world, blobs)
    assert await has_bytes(blobs, file) == [True, True], "they are as young as an upload that is under way"
    monkeypatch.setattr(sweeper_module, "UPLOAD_HOURS", -1.0)
    swept = await sweep(world, blobs)
    assert swept.blobs >= 2
    assert await has_bytes(blobs, file) == [False, False]
    assert not set(file.blob_ids) & set(
        await world.store.retention.doomed_blobs(clock.now() + timedelta(hours=1), 100_000)
    )


async def test_bytes_of_an_upload_whose_process_died_before_the_row_had_them_are_found(
    world: World, blobs: DiskBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, kept = await file_of_age(world, blobs, 0.1), await file_of_age(world, blobs, 0.1)
    await world.store.retention.doom([*lost.blob_ids, *kept.blob_ids])
    await world.scoped.files.save(kept)  # and there the process of the other was killed
    monkeypatch.setattr(sweeper_module, "UPLOAD_HOURS", -1.0)
    await sweep(world, blobs)
    assert await has_bytes(blobs, lost) == [False, False]
    assert await has_bytes(blobs, kept) == [True, True]


async def test_sessions_go_two_days_after_their_end(world: World, blobs: DiskBlobs) -> None:
    old, young = [world.session(expires_at=clock.now() - timedelta(days=days)) for days in (2.1, 1.9)]
    for session in (old, young):
        await world.store.sessions.add(session)
    await sweep(world, blobs)
    left = await world.store.records.sessions(world.project, world.user)
    assert [session.id for session in left] == [young.id]


async def test_of_many_replicas_one_sweeps(world: World, blobs: DiskBlobs) -> None:
    rivals = [sweeper(world, blobs, Keep()) for _ in range(4)]
    for rival in rivals:
        rival._lease_seconds = 2.0
    async with asyncio.timeout(120):
        while True:
            done = await asyncio.gather(*(rival.sweep() for rival in rivals))
            if any(done):
                break
            await asyncio.sleep(0.05)
    assert sum(swept is not None for swept in done) == 1


async def test_a_message_is_taken_while_a_long_thread_is_swept(world: World, blobs: DiskBlobs) -> None:
    long, live = await thread_of_age(world, 31), await thread_of_age(world, 31)
    await world.put(long, *(message(long, "x" * 500, created_at=long.created_at) for _ in range(3_000)))
    await world.put(live, message(live, "here"))
    task = asyncio.create_task(sweep(world, blobs, keep_threads_days=30.0))
    said = 0
    while not task.done():
        await world.put(live, message(live, f"m{said}"))
        said += 1
    await task
    assert not await is_there(world, long)
    assert said >= 5, "the sweep let others in between its pieces"
    assert len(await world.store.records.items(world.scope, live.id, 0, 1_000_000)) == said + 2
