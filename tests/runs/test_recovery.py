"""Runs whose process is gone: begun again where nothing was answered, and otherwise ended with what they have."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from chatdock.context import RunContext
from chatdock.errors import Fenced
from chatdock.eventlog.base import DISTANCE
from chatdock.storage.base import Store
from chatdock.types.item import AssistantMessage, SdkHiddenContext, UserMessage
from chatdock.types.lease import Hold
from chatdock.types.run import Run
from runs.house import ACTOR, House
from runs.test_engine import answer, endless, events_of
from storage.stores import own_store_url as store_url  # noqa: F401 - a fixture, in place of the shared one


async def silent(ctx: RunContext) -> None:
    """A model that thinks and never says a word."""
    await ctx.progress("Thinking …")
    await asyncio.Event().wait()


@pytest.fixture
async def houses(store: Store) -> AsyncIterator[Callable[..., House]]:
    """Engines over one store; they all stop with the test."""
    made: list[House] = []

    def make(*arguments: object, **options: object) -> House:
        made.append(House(store, *arguments, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for house in made:
        await house.engine.drain(0)


async def until_seq(run: Run, seq: int) -> None:
    async with asyncio.timeout(10):
        while run.last_seq < seq:
            await asyncio.sleep(0.005)


async def until_shown(store: Store, run: Run) -> None:
    """A checkpoint was written: the store knows that the answer has begun."""
    async with asyncio.timeout(10):
        while (found := await store.leases.find(run.id)) is None or not found.shown:
            await asyncio.sleep(0.01)


async def test_a_question_nobody_answered_yet_is_answered_once_by_whoever_finds_it(
    store: Store, houses: Callable[..., House]
) -> None:
    crashed = houses(silent)
    run = await crashed.engine.start(crashed.message())
    await until_seq(run, 3)
    finder = houses(answer)
    assert await finder.engine.open(is_alone=True) == 1
    events = events_of(frame for frame in await finder.watch(run) if frame.startswith(b"data"))
    assert [event["type"] for event in events][:3] == ["thread.created", "thread.item.done", "stream_options"]
    assert (await finder.ended(run)).status == "completed"
    items = await finder.scope.items.latest(run.thread_id, 9)
    assert [type(item) for item in items] == [UserMessage, AssistantMessage]


async def test_positions_of_a_lost_tape_mean_nothing_on_the_new_one(store: Store, houses: Callable[..., House]) -> None:
    crashed = houses(silent)
    run = await crashed.engine.start(crashed.message())
    await until_seq(run, 3)
    finder = houses(answer)
    await finder.engine.open(is_alone=True)
    whole = await finder.watch(run)
    assert len([frame for frame in whole if frame.startswith(b":")]) == DISTANCE
    from chatdock.errors import Gone

    with pytest.raises(Gone):
        await finder.tape.read(run.id, 3)
    assert (await finder.tape.read(run.id, DISTANCE)).frames() == whole[DISTANCE:]


async def test_what_was_said_is_kept_and_not_said_again(store: Store, houses: Callable[..., House]) -> None:
    crashed = houses(endless)
    run = await crashed.engine.start(crashed.message())
    await until_shown(store, run)
    finder = houses(answer)
    assert await finder.engine.open(is_alone=True) == 1
    ended = await finder.scope.runs.get(run.id)
    assert ended.status == "incomplete" and ended.error is not None and ended.error.code == "server_restarted"
    assert ended.error.allow_retry
    items = await finder.scope.items.latest(run.thread_id, 9)
    assert [type(item) for item in items] == [UserMessage, AssistantMessage]


async def test_a_question_that_ends_every_process_is_begun_three_times_and_then_given_up(
    store: Store, houses: Callable[..., House]
) -> None:
    run = None
    for number in range(3):
        house = houses(silent)
        if run is None:
            run = await house.engine.start(house.message())
        else:
            assert await house.engine.open(is_alone=True) == 1
        await asyncio.sleep(0.01)
        found = await store.leases.find(run.id)
        assert found is not None and found.attempts == number + 1
    last = houses(silent)
    assert await last.engine.open(is_alone=True) == 1
    assert (await last.scope.runs.get(run.id)).status == "incomplete"


async def test_a_zombie_writes_nothing_and_its_run_ends_here_without_a_word(
    store: Store, houses: Callable[..., House]
) -> None:
    zombie = houses(endless)
    run = await zombie.engine.start(zombie.message())
    await until_shown(store, run)
    finder = houses(answer)
    assert await finder.engine.open(is_alone=True) == 1
    before = await finder.scope.items.latest(run.thread_id, 9)
    await zombie.engine.open(is_alone=False)
    async with asyncio.timeout(10):
        while zombie.engine.live(run.id) is not None:
            await asyncio.sleep(0.01)
    assert await finder.scope.items.latest(run.thread_id, 9) == before
    assert (await finder.scope.runs.get(run.id)).status == "incomplete"


async def test_a_stop_asked_for_elsewhere_stops_the_run_where_it_is(store: Store, houses: Callable[..., House]) -> None:
    here, elsewhere = houses(endless), houses(answer)
    run = await here.engine.start(here.message())
    await here.engine.open(is_alone=False)
    await until_shown(store, run)
    stopped = await elsewhere.engine.cancel(ACTOR.scope, run.id)
    async with asyncio.timeout(10):
        while stopped.status != "cancelled":
            stopped = await elsewhere.scope.runs.get(run.id)
    assert events_of(await here.watch(run))[-1]["type"] == "thread.item.done"
    items = await here.scope.items.latest(run.thread_id, 9)
    assert [type(item) for item in items] == [UserMessage, AssistantMessage, SdkHiddenContext]


async def test_a_stop_for_a_run_that_nobody_owns_ends_it(store: Store, houses: Callable[..., House]) -> None:
    gone, asked = houses(silent), houses(answer)
    run = await gone.engine.start(gone.message())
    await store.leases.release(Hold(run.id, 1))
    assert (await asked.engine.cancel(ACTOR.scope, run.id)).status == "cancelled"


async def test_a_stop_asked_for_before_the_process_died_is_not_forgotten(
    store: Store, houses: Callable[..., House]
) -> None:
    crashed = houses(silent)
    run = await crashed.engine.start(crashed.message())
    await crashed.scope.runs.ask_cancel(run.id)
    finder = houses(answer)
    assert await finder.engine.open(is_alone=True) == 1
    assert (await finder.scope.runs.get(run.id)).status == "cancelled"


async def test_what_waits_for_a_human_is_nobodys_business(store: Store, houses: Callable[..., House]) -> None:
    async def asking(ctx: RunContext) -> None:
        await ctx.client_tool("get_cart", {})

    house = houses(asking)
    run = await house.engine.start(house.message())
    assert (await house.ended(run)).status == "requires_action"
    assert await houses(answer).engine.open(is_alone=True) == 0
    assert (await house.scope.runs.get(run.id)).status == "requires_action"


async def test_a_drain_leaves_what_was_not_answered_to_others(store: Store, houses: Callable[..., House]) -> None:
    leaving = houses(silent)
    run = await leaving.engine.start(leaving.message())
    await until_seq(run, 3)
    await leaving.engine.drain(0)
    found = await store.leases.find(run.id)
    assert found is not None and found.owner is None and found.attempts == 1
    finder = houses(answer)
    assert await finder.engine.recover(found)
    assert (await finder.ended(run)).status == "completed"


async def test_a_run_taken_over_while_it_is_at_work_is_fenced_at_its_next_commit(
    store: Store, houses: Callable[..., House]
) -> None:
    house = houses(endless)
    run = await house.engine.start(house.message())
    await until_seq(run, 7)
    found = await store.leases.find(run.id)
    assert found is not None and await store.leases.take(found, "another", by_force=True) == 2
    active = house.engine._active[run.id]
    with pytest.raises(Fenced):
        await active.writer.finish()
    assert (await house.scope.runs.get(run.id)).status == "in_progress"
