"""An agent's tools that change the world: repeated under one key where that is safe, and never where it is not."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chatdock.context import RunContext
from chatdock.errors import ConfigurationError
from chatdock.models.base import Finished, ModelEvent, Text, ToolCall, ToolResultTurn
from chatdock.storage.base import Store
from chatdock.tools.function import FunctionTool, tool
from chatdock.types.item import AssistantMessage, Item, SdkHiddenContext, WorkflowItem
from chatdock.types.run import Run
from runs.house import House
from runs.test_engine import answer
from stage import Script, Stage, agent
from storage.stores import own_store_url as store_url  # noqa: F401 - a fixture, in place of the shared one

CALLS, DONE = Finished("tool_calls"), Finished("stop")
ORDER = ToolCall("call_1", "order", '{"sku":"A-1"}')


class Shop:
    """What the tool orders from: it knows an order by its key. `cut` stops whoever orders in the middle, once."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.ordering = asyncio.Event()
        self.cut = True

    def tool(self, effects: Any) -> FunctionTool:
        @tool(effects=effects)
        async def order(ctx: RunContext, sku: str) -> str:
            """Orders something.

            Args:
                sku: Its number.
            """
            self.keys.append(ctx.idempotency_key)
            if self.cut:
                self.cut = False
                self.ordering.set()
                await asyncio.Event().wait()
            return f"ordered {sku}"

        return order


def house(store: Store, shop: Shop, effects: Any, *turns: Sequence[list[ModelEvent] | Exception | float]) -> House:
    return House(store, answer, responder=agent(Script(*turns), shop.tool(effects)))


async def cut_short(
    store: Store, shop: Shop, effects: Any, before: Sequence[list[ModelEvent]] = ()
) -> tuple[House, Run]:
    """A house that stands still in the middle of an order, and the run."""
    crashed = house(store, shop, effects, [*before, [ORDER, CALLS]])
    run = await crashed.engine.start(crashed.message())
    async with asyncio.timeout(30):
        await shop.ordering.wait()
    return crashed, run


def of(items: Sequence[Item], kind: type[Any]) -> list[Any]:
    return [item for item in items if isinstance(item, kind)]


def texts(items: Sequence[Item]) -> list[str]:
    return ["".join(part.text for part in item.content) for item in of(items, AssistantMessage)]


@pytest.mark.parametrize("before", [[], [[Text("One moment.")]]])
async def test_an_order_that_may_be_repeated_is_and_the_answer_goes_on(store: Store, before: Any) -> None:
    shop = Shop()
    crashed, run = await cut_short(store, shop, "idempotent", before)
    model = Script([[Text("It is ordered."), DONE]])
    finder = House(store, answer, responder=agent(model, shop.tool("idempotent")))
    assert await finder.engine.open(is_alone=True) == 1
    ended = await finder.ended(run)
    assert ended.status == "completed" and len(shop.keys) == 2 and len(set(shop.keys)) == 1
    items = await finder.scope.items.latest(run.thread_id, 20)
    assert texts(items) == [*(["One moment."] if before else []), "It is ordered."]
    [steps] = of(items, WorkflowItem)
    assert "ordered A-1" in str(steps)
    [asked] = model.requests
    assert [turn.output for turn in asked.turns if isinstance(turn, ToolResultTurn)] == ["ordered A-1"]
    assert [each.is_done for each in await store.leases.effects(run.id)] == [True]
    for each in (crashed, finder):
        await each.engine.drain(0)


async def test_an_order_that_may_not_be_repeated_is_not_and_the_model_knows_in_the_next_turn(store: Store) -> None:
    shop = Shop()
    crashed, run = await cut_short(store, shop, "once")
    model = Script([[Text("I do not know whether it is."), DONE]])
    finder = House(store, answer, responder=agent(model, shop.tool("once")))
    assert await finder.engine.open(is_alone=True) == 1
    ended = await finder.scope.runs.get(run.id)
    assert ended.status == "incomplete" and ended.error is not None
    assert "order" in ended.error.message and "not known" in ended.error.message
    assert len(shop.keys) == 1
    [note] = of(await finder.scope.items.latest(run.thread_id, 20), SdkHiddenContext)
    assert "A-1" in note.content and "not known" in note.content
    thread = await finder.scope.threads.get(run.thread_id)
    again = await finder.ended(await finder.engine.start(finder.message("And?", thread)))
    assert again.status == "completed" and "not known" in str(model.requests[0].turns)
    for each in (crashed, finder):
        await each.engine.drain(0)


@pytest.mark.parametrize("effects", ["idempotent", "once"])
async def test_a_drain_in_the_middle_leaves_the_order_to_others_only_if_it_may_be_repeated(
    store: Store, effects: str
) -> None:
    shop = Shop()
    leaving, run = await cut_short(store, shop, effects)
    await leaving.engine.drain(0)
    heir = house(store, shop, effects, [[Text("Done."), DONE]])
    await heir.engine.open(is_alone=True)
    ended = await heir.ended(run) if effects == "idempotent" else await heir.scope.runs.get(run.id)
    assert ended.status == ("completed" if effects == "idempotent" else "incomplete")
    assert len(shop.keys) == (2 if effects == "idempotent" else 1) and len(set(shop.keys)) == 1
    await heir.engine.drain(0)


async def test_an_order_that_kills_every_process_is_given_up_and_said(store: Store) -> None:
    shop = Shop()
    crashed, run = await cut_short(store, shop, "idempotent")
    houses = [crashed]
    for _ in range(4):
        shop.cut = True
        shop.ordering.clear()
        heir = house(store, shop, "idempotent", [[Text("Done."), DONE]])
        houses.append(heir)
        await heir.engine.open(is_alone=True)
        if heir.engine.live(run.id) is None:
            break
        async with asyncio.timeout(30):
            await shop.ordering.wait()
    ended = await crashed.scope.runs.get(run.id)
    assert ended.status == "incomplete" and ended.error is not None and "not known" in ended.error.message
    assert len(shop.keys) == 3 and len(set(shop.keys)) == 1
    for each in houses:
        await each.engine.drain(0)


@pytest.mark.parametrize("effects", ["once", "idempotent"])
@pytest.mark.parametrize("how", ["raises", "stalls"])
async def test_a_model_is_never_asked_to_repeat_an_order_that_failed(how: str, effects: Any) -> None:
    @tool(effects=effects, timeout_seconds=0.05)
    async def order() -> str:
        """Orders."""
        if how == "raises":
            raise RuntimeError("no answer")
        await asyncio.Event().wait()
        return ""

    model = Script([[ToolCall("c1", "order", "{}"), CALLS]], [[Text("Hm."), DONE]])
    await agent(model, order).respond(Stage().say("Order"))
    [told] = [turn.output for turn in model.requests[1].turns if isinstance(turn, ToolResultTurn)]
    assert "not known" in told and "try again" not in told


def test_effects_are_once_or_idempotent() -> None:
    make: Callable[..., Any] = tool
    for effects, expected in ((False, (False, False)), (True, (True, False)), ("once", (True, False))):
        made = make(effects=effects)(answerless)
        assert (made.has_effects, made.is_idempotent) == expected
    assert make(effects="idempotent")(answerless).is_idempotent
    with pytest.raises(ConfigurationError):
        make(effects="twice")


async def answerless() -> str:
    """Does nothing."""
    return ""
