"""Another version of an answer: the model hears its branch alone, and an answer that came to nothing leaves the older one."""

from typing import Any

import pytest

from chatdock.context import NewMessage, RunContext
from chatdock.errors import UserFacingError
from chatdock.runs.engine import Start
from chatdock.storage.base import Store
from chatdock.types.item import AssistantMessage, Item, UserMessage
from chatdock.types.page import PageQuery
from runs.house import ACTOR, House


def words(items: list[Item]) -> list[str]:
    """What was said, in order."""
    return [
        "".join(part.text for part in item.content)
        for item in items
        if isinstance(item, UserMessage | AssistantMessage)
    ]


def again(house: House, start: Start, **fields: Any) -> Start:
    """The same message answered anew, as a version."""
    assert isinstance(start.trigger, NewMessage)
    message = start.trigger.message
    fields = {"fork_after": message.id, **fields}
    return Start(actor=ACTOR, thread=start.thread, trigger=NewMessage(message), events=[], request={}, **fields)


async def test_the_model_hears_the_branch_that_is_read_and_no_other(store: Store) -> None:
    heard: list[list[str]] = []

    async def respond(ctx: RunContext) -> None:
        heard.append(words(await ctx.history()))
        await ctx.text(f"answer {len(heard)}")

    house = House(store, respond)
    first = house.message("one")
    await house.ended(await house.engine.start(first))
    await house.ended(await house.engine.start(house.message("two", first.thread)))
    await house.ended(await house.engine.start(again(house, first)))
    await house.ended(await house.engine.start(house.message("three", first.thread)))
    assert heard == [["one"], ["one", "answer 1", "two"], ["one"], ["one", "answer 3", "three"]]


@pytest.mark.parametrize("way", ["fails", "is silent", "keeps only what is hidden"])
async def test_a_second_answer_with_nothing_to_see_leaves_the_first_to_be_read(store: Store, way: str) -> None:
    runs = 0

    async def respond(ctx: RunContext) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            await ctx.text("first")
        elif way == "keeps only what is hidden":
            await ctx.hidden("a note")
            await ctx.history()
        elif way == "fails":
            raise UserFacingError("No.")

    house = House(store, respond)
    start = house.message("one")
    await house.ended(await house.engine.start(start))
    await house.ended(await house.engine.start(again(house, start)))
    assert runs == 2
    assert words(await house.scope.items.latest(start.thread.id, 10)) == ["one", "first"]
    assert len(await house.scope.items.latest(start.thread.id, 10)) == 2
    assert await house.scope.items.forks(start.thread.id) == []
    page = await house.scope.items.page(start.thread.id, PageQuery())
    assert len(page.data) == 2
