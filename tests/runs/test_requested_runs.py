"""Runs that a backend asks for: they wait their turn, and outlive their process, as answers to messages do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from chatdock.clock import now
from chatdock.context import NewMessage, RunContext, RunRequested
from chatdock.ids import ITEM, new_id
from chatdock.runs.job import OPTIONS
from chatdock.runs.start import Start
from chatdock.storage.base import Store
from chatdock.types.item import AssistantMessage, HiddenContext, UserMessage
from chatdock.types.run import RUN_REQUEST
from chatdock.types.thread import Thread
from runs.house import ACTOR, House
from storage.stores import own_store_url as store_url  # noqa: F401 - a fixture, in place of the shared one


def request(thread: Thread, given: Any) -> Start:
    """What the door makes of a body with this input."""
    item = HiddenContext(id=new_id(ITEM), thread_id=thread.id, created_at=now(), content=given)
    return Start(
        actor=ACTOR,
        thread=thread,
        trigger=RunRequested(item),
        events=[OPTIONS],
        request={"type": RUN_REQUEST, "metadata": {}},
        put_items=[item],
        can_resume=True,
    )


async def answer_input(ctx: RunContext) -> None:
    """Says what was given along."""
    assert isinstance(ctx.trigger, RunRequested)
    await ctx.text(f"It was {ctx.trigger.input['parcel']}")


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


async def test_one_that_its_process_left_unanswered_is_answered_once_by_whoever_finds_it(
    store: Store, houses: Callable[..., House]
) -> None:
    thinking = asyncio.Event()

    async def silent(ctx: RunContext) -> None:
        if isinstance(ctx.trigger, NewMessage):
            return
        thinking.set()
        await asyncio.Event().wait()

    crashed = houses(silent)
    first = await crashed.engine.start(crashed.message())
    await crashed.ended(first)
    thread = await crashed.scope.threads.get(first.thread_id)
    run = await crashed.engine.start(request(thread, {"parcel": 7}))
    async with asyncio.timeout(10):
        await thinking.wait()
    finder = houses(answer_input)
    assert await finder.engine.open(is_alone=True) == 1
    assert (await finder.ended(run)).status == "completed"
    items = await finder.scope.items.latest(thread.id, 9)
    assert [type(item) for item in items] == [UserMessage, HiddenContext, AssistantMessage]
    assert isinstance(items[-1], AssistantMessage) and items[-1].content[0].text == "It was 7"


async def test_one_that_meets_an_answer_waits_its_turn_and_can_be_withdrawn(houses: Callable[..., House]) -> None:
    go = asyncio.Event()

    async def respond(ctx: RunContext) -> None:
        if isinstance(ctx.trigger, NewMessage):
            await go.wait()
            await ctx.text("Hello")
        else:
            await answer_input(ctx)

    house = houses(respond, concurrent_input="enqueue")
    first = await house.engine.start(house.message())
    thread = await house.scope.threads.get(first.thread_id)
    waiting = await house.engine.start(request(thread, {"parcel": 8}))
    withdrawn = await house.engine.start(request(thread, {"parcel": 9}))
    assert (waiting.status, withdrawn.status) == ("queued", "queued")
    await house.engine.cancel(ACTOR.scope, withdrawn.id)
    go.set()
    assert (await house.ended(waiting)).status == "completed"
    assert (await house.scope.runs.get(withdrawn.id)).status == "cancelled"
    items = await house.scope.items.latest(thread.id, 9)
    assert [type(item) for item in items] == [UserMessage, AssistantMessage, HiddenContext, AssistantMessage]
    assert isinstance(items[-1], AssistantMessage) and items[-1].content[0].text == "It was 8"
