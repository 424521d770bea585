"""Every store keeps these promises about who owns a run: `storage.base.Leases`, and `hold` in a commit."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chatdock import clock
from chatdock.errors import Fenced
from chatdock.ids import new_id
from chatdock.storage.base import Changes, Claimable
from chatdock.types.lease import Effect, Hold, NewLease
from chatdock.types.run import Run
from chatdock.types.thread import Thread
from storage import raw
from storage.world import World, message

# Nobody else reaches a database in memory.
FROM_OUTSIDE = pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)


async def begun(world: World, owner: str | None = "one", **fields: Any) -> tuple[Thread, Run]:
    """A run at work, or one that waits for somebody."""
    thread = await world.new_thread("Hello")
    run = world.run(thread, **{"status": "in_progress", **fields})
    await world.scoped.commit(Changes(thread_id=thread.id, start_run=run, start_as=NewLease(owner, '{"a":1}')))
    return thread, run


async def found(world: World, run: Run) -> Claimable:
    claimable = await world.store.leases.find(run.id)
    assert claimable is not None
    return claimable


async def lapse(store_url: str, run: Run) -> None:
    """As if its owner had said nothing for longer than a lease."""
    await raw.fetch(store_url, "UPDATE runs SET lease_until = 1 WHERE id = $1", run.id)


async def test_a_run_begins_with_its_owner_a_lease_and_its_job(world: World) -> None:
    _, run = await begun(world)
    claimable = await found(world, run)
    assert (claimable.owner, claimable.epoch, claimable.attempts, claimable.job) == ("one", 1, 1, '{"a":1}')
    assert (claimable.is_orphan, claimable.is_over, claimable.shown) == (False, False, False)
    assert claimable.scope == world.scope and claimable.run == run
    assert (await world.store.leases.held("one"))[run.id].epoch == 1


async def test_nobody_takes_a_run_whose_owner_was_heard_of(world: World) -> None:
    _, run = await begun(world)
    assert await world.store.leases.take(await found(world, run), "two") is None
    assert run.id in await world.store.leases.held("one")


@FROM_OUTSIDE
async def test_of_many_that_find_an_orphan_one_takes_it(world: World, store_url: str) -> None:
    _, run = await begun(world)
    await lapse(store_url, run)
    orphan = await found(world, run)
    assert orphan.is_orphan
    assert run.id in [each.run.id for each in await world.store.leases.orphans(1_000)]
    takers = [world.store.leases.take(orphan, f"taker-{n}", attempts=1) for n in range(10)]
    assert sorted(epoch for epoch in await asyncio.gather(*takers) if epoch is not None) == [2]
    taken = await found(world, run)
    assert (taken.epoch, taken.attempts, taken.is_orphan) == (2, 2, False)
    assert (taken.owner or "").startswith("taker-")


@FROM_OUTSIDE
async def test_a_heartbeat_brings_back_what_nobody_took_and_nothing_else(world: World, store_url: str) -> None:
    _, kept = await begun(world)
    _, lost = await begun(world)
    for run in (kept, lost):
        await lapse(store_url, run)
    assert await world.store.leases.take(await found(world, lost), "two") == 2
    await lapse(store_url, lost)
    await world.store.leases.beat("one", [kept.id, lost.id])
    assert not (await found(world, kept)).is_orphan
    assert (await found(world, lost)).is_orphan, "it is another's"


async def test_a_run_without_an_owner_is_taken_at_once_and_is_then_at_work(world: World) -> None:
    _, run = await begun(world, owner=None)
    waiting = await found(world, run)
    assert (waiting.owner, waiting.attempts, waiting.run.status, waiting.is_orphan) == (None, 0, "in_progress", False)
    assert await world.store.leases.take(waiting, "one", attempts=1) == 2
    assert (await world.scoped.runs.get(run.id)).status == "in_progress"


async def test_a_run_that_was_left_is_an_orphan_without_an_owner(world: World) -> None:
    _, run = await begun(world)
    await world.store.leases.release(Hold(run.id, 2))
    assert (await found(world, run)).owner == "one", "in an epoch of its own only"
    await world.store.leases.release(Hold(run.id, 1))
    await asyncio.sleep(0.002)
    left = await found(world, run)
    assert (left.owner, left.is_orphan) == (None, True)


async def test_a_run_past_its_time_is_an_orphan_whoever_looks_after_it(world: World) -> None:
    _, run = await begun(world, expires_at=clock.from_micros(clock.to_micros(clock.now()) - 60_000_000))
    over = await found(world, run)
    assert over.is_over and over.is_orphan
    assert await world.store.leases.take(over, "two") == 2


async def test_an_ended_run_is_nobodys(world: World) -> None:
    thread, run = await begun(world)
    before = await found(world, run)
    ended = msgspec.structs.replace(run, status="completed")
    await world.scoped.commit(Changes(thread_id=thread.id, save_run=ended, hold=Hold(run.id, 1)))
    assert await world.store.leases.find(run.id) is None
    assert await world.store.leases.take(before, "two", by_force=True) is None
    assert run.id not in await world.store.leases.held("one")


COMMITS: dict[str, Callable[[Thread, Run], dict[str, Any]]] = {
    "items": lambda thread, run: {"put_items": [message(thread, "late")]},
    "a checkpoint": lambda thread, run: {"partial_items": [message(thread, "late")]},
    "the end": lambda thread, run: {
        "put_items": [message(thread, "late")],
        "save_run": msgspec.structs.replace(run, status="completed"),
    },
    "nothing": lambda thread, run: {},
}


@pytest.mark.parametrize("what", COMMITS)
async def test_whoever_lost_a_run_writes_nothing_more(world: World, what: str) -> None:
    thread, run = await begun(world)
    assert await world.store.leases.take(await found(world, run), "two", by_force=True) == 2
    with pytest.raises(Fenced):
        await world.scoped.commit(
            Changes(thread_id=thread.id, hold=Hold(run.id, 1, shown=True), **COMMITS[what](thread, run))
        )
    assert await world.texts(thread) == ["Hello"]
    assert not (await found(world, run)).shown
    await world.scoped.commit(Changes(thread_id=thread.id, hold=Hold(run.id, 2), put_items=[message(thread, "Yes")]))
    assert await world.texts(thread) == ["Hello", "Yes"]


async def test_an_owner_whose_run_was_ended_by_another_cannot_end_it_again(world: World) -> None:
    thread, run = await begun(world)
    assert await world.store.leases.take(await found(world, run), "two", by_force=True) == 2
    theirs = msgspec.structs.replace(run, status="incomplete")
    await world.scoped.commit(Changes(thread_id=thread.id, save_run=theirs, hold=Hold(run.id, 2)))
    ours = msgspec.structs.replace(run, status="completed")
    with pytest.raises(Fenced):
        await world.scoped.commit(Changes(thread_id=thread.id, save_run=ours, hold=Hold(run.id, 1)))
    assert (await world.scoped.runs.get(run.id)).status == "incomplete"


async def test_what_was_shown_is_remembered(world: World) -> None:
    thread, run = await begun(world)
    for shown in (False, True, False):
        await world.scoped.commit(Changes(thread_id=thread.id, hold=Hold(run.id, 1, shown=shown)))
    assert (await found(world, run)).shown


async def test_a_stop_is_asked_for_in_the_scope_of_the_run_only(world: World) -> None:
    _, run = await begun(world)
    await world.beside(user="eve").scoped.runs.ask_cancel(run.id)
    assert (await world.store.leases.held("one"))[run.id].status == "in_progress"
    await world.whole_project.runs.ask_cancel(run.id)
    assert (await world.store.leases.held("one"))[run.id].status == "cancelling"


async def test_an_effect_is_on_record_from_before_it_begins_and_is_the_owners_alone(world: World) -> None:
    _, run = await begun(world)
    leases = world.store.leases
    pay = Effect(key="k", tool="pay", call_id="c", arguments='{"euros": 5}', is_idempotent=True)
    mail = Effect(key="l", tool="mail", call_id="d")
    await leases.begin_effect(Hold(run.id, 1), pay)
    await leases.begin_effect(Hold(run.id, 1), pay)
    await leases.begin_effect(Hold(run.id, 1), mail)
    assert await leases.effects(run.id) == [pay, mail]
    await leases.end_effect(run.id, "k")
    assert (await leases.effects(run.id))[0].is_done
    with pytest.raises(Fenced):
        await leases.begin_effect(Hold(run.id, 2), msgspec.structs.replace(pay, key=new_id("k")))
