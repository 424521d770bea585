"""Tools that change the world: on record before they begin, and never repeated by whoever takes the run over."""

import asyncio
from typing import Any

import pytest

from chatdock.context import RunContext
from chatdock.errors import UserFacingError
from chatdock.storage.base import Store
from chatdock.types.item import AssistantMessage
from chatdock.types.lease import Effect
from chatdock.types.run import Run
from runs.house import House
from runs.test_engine import answer, events_of
from storage.stores import own_store_url as store_url  # noqa: F401 - a fixture, in place of the shared one


async def ordered(store: Store, run: Run) -> list[Effect]:
    return await store.leases.effects(run.id)


async def until_ordered(store: Store, run: Run, *, is_done: bool) -> None:
    async with asyncio.timeout(10):
        while [each.is_done for each in await ordered(store, run)] != [is_done]:
            await asyncio.sleep(0.01)


async def test_an_effect_is_on_record_while_it_happens_and_done_after_it(store: Store) -> None:
    keys: list[str] = []
    seen: list[list[Effect]] = []

    async def ordering(ctx: RunContext) -> None:
        async with ctx.acting("order", "call_1") as key:
            keys.append(key)
            seen.append(await store.leases.effects(ctx.run_id))
        await ctx.text("Ordered.")

    house = House(store, ordering)
    run = await house.engine.start(house.message())
    await house.watch(run)
    assert seen == [[Effect(key=keys[0], tool="order", call_id="call_1")]]
    assert await ordered(store, run) == [Effect(key=keys[0], tool="order", call_id="call_1", is_done=True)]
    assert keys[0].startswith(run.id) and keys[0].endswith("call_1")


async def test_an_effect_that_failed_is_over(store: Store) -> None:
    async def failing(ctx: RunContext) -> None:
        async with ctx.acting("order", "call_1"):
            raise UserFacingError("Out of stock.")

    house = House(store, failing)
    run = await house.engine.start(house.message())
    await house.watch(run)
    assert [each.is_done for each in await ordered(store, run)] == [True]


@pytest.mark.parametrize("is_done", [False, True])
async def test_a_run_with_an_effect_is_not_begun_again_and_says_so_where_nobody_knows(
    store: Store, is_done: bool
) -> None:
    async def ordering(ctx: RunContext) -> None:
        async with ctx.acting("order", "call_1"):
            if not is_done:
                await asyncio.Event().wait()
        await asyncio.Event().wait()

    crashed = House(store, ordering)
    run = await crashed.engine.start(crashed.message())
    await until_ordered(store, run, is_done=is_done)
    finder = House(store, answer)
    assert await finder.engine.open(is_alone=True) == 1
    ended = await finder.scope.runs.get(run.id)
    assert ended.status == "incomplete" and ended.error is not None
    assert ("Whether it took effect is not known" in ended.error.message) is not is_done
    assert not [i for i in await finder.scope.items.latest(run.thread_id, 9) if isinstance(i, AssistantMessage)]
    for house in (crashed, finder):
        await house.engine.drain(0)


async def test_a_drain_in_the_middle_of_an_effect_says_that_it_may_have_happened(store: Store) -> None:
    async def ordering(ctx: RunContext) -> None:
        async with ctx.acting("order", "call_1"):
            await asyncio.Event().wait()

    house = House(store, ordering)
    run = await house.engine.start(house.message())
    await until_ordered(store, run, is_done=False)
    await house.engine.drain(0)
    last: dict[str, Any] = events_of(await house.watch(run))[-1]
    assert last["reason"] == "server_restarted" and "order" in last["message"]
