"""Runs that pass from process to process, on a tape in Redis that remembers who had it: each has an epoch of its own."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from chatdock.context import RunContext
from chatdock.errors import Unavailable
from chatdock.eventlog.redis import RedisEventLog
from chatdock.runs import engine
from chatdock.runs.job import job_of
from chatdock.storage.base import Changes, Store
from chatdock.storage.sql import create_store
from chatdock.types.lease import NewLease
from chatdock.types.run import Run
from runs.house import ACTOR, House
from runs.test_queue import Scene, texts
from runs.test_recovery import silent, until_seq

WAIT_SECONDS = 60.0
MakeHouse = Callable[..., House]


async def answer(ctx: RunContext) -> None:
    await ctx.text("Here I am.")


@pytest.fixture
async def lone_store(tmp_path: Path) -> AsyncIterator[Store]:
    """Open, and closed afterwards."""
    store = create_store(f"sqlite:///{tmp_path}/chatdock.db")
    await store.migrate()
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def make_house(lone_store: Store, redis_url: str) -> AsyncIterator[MakeHouse]:
    """Processes that share a store and a Redis."""
    prefix = secrets.token_hex(4)
    async with contextlib.AsyncExitStack() as stack:

        def make(*arguments: object, **options: object) -> House:
            tape = RedisEventLog(redis_url, prefix=prefix)
            house = House(lone_store, *arguments, tape=tape, **options)  # type: ignore[arg-type]
            stack.push_async_callback(tape.close)
            stack.push_async_callback(house.engine.drain, 0)
            return house

        yield make


async def die(house: House) -> None:
    """As far as others can tell: what was shown is in Redis, and nothing is written or taken up any more."""
    for active in list(house.engine._active.values()):
        await house.tape.flush(active.run.id)
        if active.task is not None:
            active.stop_reason = "left"
            active.task.cancel()
            await asyncio.wait([active.task])
    await house.engine._queue.close()
    await house.tape.close()


async def test_a_run_whose_every_process_dies_is_answered_by_the_third(
    make_house: MakeHouse, lone_store: Store
) -> None:
    first = make_house(silent)
    run = await first.engine.start(first.message())
    await until_seq(run, 3)
    await die(first)
    for epoch in (2, 3):
        house = make_house(silent if epoch == 2 else answer)
        assert await house.engine.open(is_alone=True) == 1
        found = await lone_store.leases.find(run.id)
        if epoch == 2:
            assert found is not None and found.epoch == epoch
            await house.tape.flush(run.id)
            await die(house)
    async with asyncio.timeout(WAIT_SECONDS):
        assert (await house.watch(run))[-1].startswith(b"data: ")
    ended = await house.scope.runs.get(run.id)
    assert ended.status == "completed"
    assert await texts(house, ended) == ["Hello", "Here I am."]


async def test_a_queued_run_waits_through_one_restart_after_the_other(make_house: MakeHouse, lone_store: Store) -> None:
    scene = Scene()
    house = make_house(scene.respond, concurrent_input="enqueue")
    start = house.message("one")
    first = await house.engine.start(start)
    await scene.began("one")
    second = await house.engine.start(house.message("two", start.thread, can_resume=True))
    await house.tape.flush(second.id)
    for _ in range(3):
        await die(house)
        house = make_house(scene.respond, concurrent_input="enqueue")
        # Only the queue is taken up again: what is at work holds it up.
        await house.engine._queue.recover([(ACTOR.scope, await house.scope.runs.get(second.id))])
        assert (await house.tape.read(second.id, 0)).count >= 1, "its viewers find it here"
        assert (await house.scope.runs.get(second.id)).status == "queued"
    scene.let("two")
    found = await lone_store.leases.find(first.id)
    assert found is not None and await house.engine._take_back(found)
    async with asyncio.timeout(WAIT_SECONDS):
        while (ended := await house.scope.runs.get(second.id)).status in ("queued", "in_progress"):
            await asyncio.sleep(0.01)
    assert ended.status == "completed"
    assert (await texts(house, second))[-2:] == ["two", "two: begun, done"]


async def committed_and_no_more(house: House) -> Run:
    """A run whose process died between its commit and its first frame."""
    start = house.message()
    run = house.engine._new_run(start, house.engine._catalog.current(ACTOR.workflow, ACTOR.workflow_version))
    changes = start.changes(run)
    changes.start_as = NewLease("a process that died", job_of(start).text())
    await house.scope.commit(changes)
    return run


async def test_whoever_watches_a_run_that_has_no_tape_yet_waits_for_it_and_is_not_sent_away(
    make_house: MakeHouse, lone_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, elsewhere = make_house(answer), make_house(answer)
    run = await committed_and_no_more(house)
    monkeypatch.setattr(engine, "TAPED_SECONDS", 0.2)
    with pytest.raises(Unavailable) as refused:
        await elsewhere.engine.taped(ACTOR.scope, run)
    assert refused.value.retry_after_seconds
    await elsewhere.engine.taped(ACTOR.scope, run, 7)  # what was seen is lost: reading says so

    monkeypatch.setattr(engine, "TAPED_SECONDS", WAIT_SECONDS)
    waiting = asyncio.create_task(elsewhere.engine.taped(ACTOR.scope, run))
    found = await lone_store.leases.find(run.id)
    assert found is not None and await house.engine._take_back(found)
    await asyncio.wait_for(waiting, WAIT_SECONDS)
    async with asyncio.timeout(WAIT_SECONDS):
        assert b"Here I am." in b"".join(await elsewhere.watch(run))


async def test_a_run_that_ends_while_somebody_waits_for_its_tape_keeps_nobody_waiting(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house(answer)
    run = await committed_and_no_more(house)
    monkeypatch.setattr(engine, "TAPED_SECONDS", WAIT_SECONDS * 10)
    waiting = asyncio.create_task(house.engine.taped(ACTOR.scope, run))
    found = await house.store.leases.find(run.id)
    assert found is not None
    assert await house.store.leases.take(found, "another", by_force=True) == 2
    ended = await house.scope.runs.get(run.id)
    ended.status = "failed"
    await house.scope.commit(Changes(thread_id=run.thread_id, save_run=ended))
    await asyncio.wait_for(waiting, WAIT_SECONDS)
