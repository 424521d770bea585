"""When two messages meet: runs that wait their turn, and runs that stop the one before."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from chatdock.clock import now
from chatdock.context import NewMessage, RunContext
from chatdock.errors import NotFound, ThreadBusy
from chatdock.storage.base import Store
from chatdock.storage.sql import create_store
from chatdock.types.content import Freeform, output_text
from chatdock.types.event import ItemAdded, ItemUpdated, PartAdded, text_delta
from chatdock.types.item import AssistantMessage, UserMessage
from chatdock.types.page import PageQuery
from chatdock.types.run import Run
from runs.house import ACTOR, House
from runs.test_recovery import until_shown


def asked(ctx: RunContext) -> str:
    assert isinstance(ctx.trigger, NewMessage)
    return " ".join(part.text for part in ctx.trigger.message.content)


def text_of(item: Any) -> str:
    return " ".join(part.text for part in item.content)


class Scene:
    """A responder that answers once it is let: `go` holds the questions that may be answered."""

    def __init__(self) -> None:
        self.begun: dict[str, asyncio.Event] = {}
        self.go: dict[str, asyncio.Event] = {}
        self.histories: dict[str, list[str]] = {}

    def event(self, events: dict[str, asyncio.Event], question: str) -> asyncio.Event:
        return events.setdefault(question, asyncio.Event())

    async def respond(self, ctx: RunContext) -> None:
        question = asked(ctx)
        history = await ctx.history()
        self.histories[question] = [
            text_of(item) for item in history if isinstance(item, UserMessage | AssistantMessage)
        ]
        item = AssistantMessage(id=ctx.item_id(), thread_id=ctx.thread.id, created_at=now(), content=[])
        part = PartAdded(content_index=0, content=output_text(""))
        await ctx.emit(ItemAdded(item=item), ItemUpdated(item_id=item.id, update=part))
        await ctx.emit(text_delta(item.id, f"{question}: begun"))
        self.event(self.begun, question).set()
        await self.event(self.go, question).wait()
        await ctx.emit(text_delta(item.id, ", done"))

    async def began(self, question: str) -> None:
        async with asyncio.timeout(10):
            await self.event(self.begun, question).wait()

    def let(self, *questions: str) -> None:
        for question in questions:
            self.event(self.go, question).set()


async def texts(house: House, run: Run) -> list[str]:
    page = await house.scope.items.page(run.thread_id, PageQuery(limit=100, order="asc"))
    shown = [json.loads(bytes(raw)) for raw in page.data]
    return [" ".join(part["text"] for part in item["content"]) for item in shown if "content" in item]


async def two(house: House, scene: Scene) -> tuple[Run, Run]:
    """One is at work, and two was sent behind it."""
    start = house.message("one")
    first = await house.engine.start(start)
    await scene.began("one")
    return first, await house.engine.start(house.message("two", start.thread, can_resume=True))


async def test_a_message_that_meets_an_answer_waits_its_turn(store: Store) -> None:
    scene = Scene()
    house = House(store, scene.respond, concurrent_input="enqueue")
    first, second = await two(house, scene)
    assert (await house.scope.runs.get(second.id)).status == "queued"
    assert [json.loads(frame[6:])["type"] for frame in (await house.tape.read(second.id, 0)).frames()] == [
        "thread.item.done"
    ]
    assert await texts(house, first) == ["one", "two"], "it is stored, and shown"
    scene.let("one", "two")
    assert (await house.ended(first)).status == "completed"
    done = await house.ended(second)
    assert done.status == "completed" and done.started_at is not None and done.started_at > done.created_at
    assert await texts(house, first) == ["one", "one: begun, done", "two", "two: begun, done"]
    assert scene.histories == {"one": ["one"], "two": ["one", "one: begun, done", "two"]}
    tape = await house.tape.read(second.id, 0)
    assert done.last_seq == tape.count and tape.ended


async def test_a_queue_keeps_the_order_in_which_its_messages_came(store: Store) -> None:
    scene = Scene()
    house = House(store, scene.respond, concurrent_input="enqueue")
    start = house.message("0")
    runs = [await house.engine.start(start)]
    await scene.began("0")
    for n in range(1, 5):
        runs.append(await house.engine.start(house.message(str(n), start.thread)))
    scene.let(*map(str, range(5)))
    for run in runs:
        assert (await house.ended(run)).status == "completed"
    assert await texts(house, runs[0]) == [text for n in range(5) for text in (str(n), f"{n}: begun, done")]


async def test_interrupting_keeps_what_was_said_and_answers_the_new_message(store: Store) -> None:
    scene = Scene()
    house = House(store, scene.respond, concurrent_input="interrupt")
    scene.let("two")
    first, second = await two(house, scene)
    assert (await house.ended(first)).status == "cancelled"
    assert (await house.ended(second)).status == "completed"
    assert await texts(house, first) == ["one", "one: begun", "two", "two: begun, done"]


async def test_only_the_last_of_many_interruptions_is_answered(store: Store) -> None:
    scene = Scene()
    house = House(store, scene.respond, concurrent_input="interrupt")
    start = house.message("0")
    runs = [await house.engine.start(start)]
    await scene.began("0")
    runs += await asyncio.gather(*(house.engine.start(house.message(str(n), start.thread)) for n in range(1, 5)))
    scene.let(*map(str, range(1, 5)))
    ended = [await house.ended(run) for run in runs]
    last = max(ended[1:], key=lambda run: (run.created_at, run.id))
    assert last.status == "completed"
    assert all(run.status in ("cancelled", "completed") for run in ended)
    assert ended[0].status == "cancelled"
    assert sorted(text for text in await texts(house, runs[0]) if text.isdigit()) == list("01234"), "none is lost"


@pytest.mark.parametrize("mode", ["reject", "enqueue", "interrupt"])
async def test_two_at_the_same_instant_never_leave_two_runs_at_work(store: Store, mode: str) -> None:
    scene = Scene()
    house = House(store, scene.respond, concurrent_input=mode)
    scene.let("start")
    start = house.message("start")
    await house.ended(await house.engine.start(start))
    for _ in range(10):
        scene.go.pop("left", None)
        scene.go.pop("right", None)
        begun = await asyncio.gather(
            *(house.engine.start(house.message(text, start.thread)) for text in ("left", "right")),
            return_exceptions=True,
        )
        refused = [result for result in begun if isinstance(result, ThreadBusy)]
        runs = [result for result in begun if isinstance(result, Run)]
        assert (len(refused), len(runs)) == ((1, 1) if mode == "reject" else (0, 2))
        scene.let("left", "right")
        ended = [await house.ended(run) for run in runs]
        assert sum(run.status == "completed" for run in ended) >= 1
        if mode == "enqueue":
            assert [run.status for run in ended] == ["completed", "completed"]
        active = await house.scope.runs.page(start.thread.id, ("queued", "in_progress", "cancelling"), PageQuery())
        assert active.data == []


@pytest.fixture(params=["sqlite", "postgresql"])
def lone_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that no other test has left runs in: recovery looks at all of them."""
    return f"sqlite:///{tmp_path}/chatdock.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def lone_store(lone_url: str) -> AsyncIterator[Store]:
    """Open, and closed afterwards."""
    store = create_store(lone_url)
    await store.migrate()
    await store.open()
    yield store
    await store.close()


async def test_a_queued_run_survives_a_crash_and_its_viewers_find_it(lone_store: Store) -> None:
    store, scene = lone_store, Scene()
    before = House(store, scene.respond, concurrent_input="enqueue")
    first, second = await two(before, scene)
    third = await before.engine.start(before.message("three", await before.scope.threads.get(first.thread_id)))
    scene.let("two", "three")
    await until_shown(store, first)
    await before.engine._queue.close()  # a dead process takes nothing up: this one must not either

    after = House(store, scene.respond, concurrent_input="enqueue")  # nothing of the first one's memory
    assert await after.engine.open(is_alone=True) == 1
    assert (await after.scope.runs.get(first.id)).status == "incomplete"
    for run, question in ((second, "two"), (third, "three")):
        seen = [json.loads(frame[6:]) for frame in await after.watch(run, after=1)]
        assert seen[-1]["type"] == "thread.item.done" and text_of_wire(seen[-1]["item"]) == f"{question}: begun, done"
        assert (await after.scope.runs.get(run.id)).status == "completed"
    assert scene.histories["three"][-3:] == ["two", "two: begun, done", "three"]
    await before.engine.drain(0)
    await after.engine.drain(0)


def text_of_wire(item: dict[str, Any]) -> str:
    return " ".join(part["text"] for part in item["content"])


async def test_a_queued_run_whose_workflow_is_gone_fails_and_holds_up_nobody(lone_store: Store) -> None:
    scene = Scene()
    before = House(lone_store, scene.respond, concurrent_input="enqueue")
    first, second = await two(before, scene)
    await before.engine.drain(0)
    after = House(lone_store, scene.respond, concurrent_input="enqueue", workflow="wf_other")
    await after.engine.open(is_alone=True)
    async with asyncio.timeout(10):
        while (await after.scope.runs.get(second.id)).status != "failed":
            await asyncio.sleep(0.01)
    assert await texts(after, first) == ["one", "one: begun", "two"], "what was said stays"
    await after.engine.drain(0)


async def test_a_drain_leaves_what_is_queued_for_the_next_start(lone_store: Store) -> None:
    store, scene = lone_store, Scene()
    before = House(store, scene.respond, concurrent_input="enqueue")
    first, second = await two(before, scene)
    await before.engine.drain(0)
    assert (await before.scope.runs.get(first.id)).status == "incomplete"
    assert (await before.scope.runs.get(second.id)).status == "queued"
    after = House(store, scene.respond, concurrent_input="enqueue")
    scene.let("two")
    await after.engine.open(is_alone=True)
    assert (await after.ended(second)).status == "completed"
    await after.engine.drain(0)


async def test_stopping_a_queued_run_takes_its_message_back(store: Store) -> None:
    scene = Scene()
    house = House(store, scene.respond, concurrent_input="enqueue")
    first, second = await two(house, scene)
    stopped = await house.engine.cancel(ACTOR.scope, second.id)
    assert stopped.status == "cancelled"
    frames = [json.loads(frame[6:]) for frame in await house.watch(second)]
    assert [frame["type"] for frame in frames] == ["thread.item.done", "thread.item.removed"]
    assert (await house.engine.cancel(ACTOR.scope, second.id)).status == "cancelled"
    scene.let("one")
    assert (await house.ended(first)).status == "completed"
    assert await texts(house, first) == ["one", "one: begun, done"]


async def test_a_repeated_message_finds_the_run_it_queued(store: Store) -> None:
    scene = Scene()
    house = House(store, scene.respond, concurrent_input="enqueue")
    start = house.message("one")
    first = await house.engine.start(start)
    await scene.began("one")
    begun = await asyncio.gather(
        *(
            house.engine.start(house.message("two", start.thread, client_message_id="c-2", fingerprint="f"))
            for _ in range(5)
        )
    )
    assert len({run.id for run in begun}) == 1
    scene.let("one", "two")
    await house.ended(first)
    assert (await house.ended(begun[0])).status == "completed"
    assert (await texts(house, first)).count("two") == 1


async def test_a_plain_client_that_left_the_queue_gets_its_grace_when_the_turn_comes(store: Store) -> None:
    scene = Scene()
    house = House(store, scene.respond, concurrent_input="enqueue", grace_seconds=0.0)
    start = house.message("one")
    first = await house.engine.start(start)
    await scene.began("one")
    left = await house.engine.start(house.message("two", start.thread))
    stayed = await house.engine.start(house.message("three", start.thread))
    with house.engine.viewer(left.id):
        pass
    with house.engine.viewer(stayed.id):
        scene.let("one", "three")
        assert (await house.ended(first)).status == "completed"
        assert (await house.ended(left)).status == "cancelled", "nobody watches, and nobody can come back"
        assert (await house.ended(stayed)).status == "completed"


async def test_a_deleted_thread_takes_its_queue_along(store: Store) -> None:
    scene = Scene()
    house = House(store, scene.respond, concurrent_input="enqueue")
    first, second = await two(house, scene)
    await house.engine.stop_thread(first.thread_id)
    for run_id in (await house.scope.threads.delete(first.thread_id)).run_ids:
        await house.engine.forget(run_id)
    with pytest.raises(NotFound):
        await house.scope.runs.get(second.id)
    await house.engine.drain(1)


async def test_a_form_holds_the_queue_until_it_is_answered_or_passed_over(store: Store) -> None:
    scene = Scene()

    async def respond(ctx: RunContext) -> None:
        if isinstance(ctx.trigger, NewMessage) and asked(ctx) == "one":
            scene.event(scene.begun, "one").set()
            await scene.event(scene.go, "one").wait()
            await ctx.ask([Freeform(id="q", question="Which?")])
        else:
            await ctx.text("Fine.")

    house = House(store, respond, concurrent_input="enqueue")
    first, second = await two(house, scene)
    scene.let("one")
    assert (await house.ended(first)).status == "requires_action"
    third = await house.engine.start(house.message("three", await house.scope.threads.get(first.thread_id)))
    assert (await house.ended(second)).status == "completed"
    assert (await house.ended(third)).status == "completed"
    assert (await house.scope.runs.get(first.id)).status == "cancelled"
