"""A model is asked while the message is being stored; until it is, nobody sees anything and nothing is done."""

import asyncio
import logging
from typing import Any

import pytest

from chatdock.context import RunContext
from chatdock.errors import Gone, ModelError, NotFound, Unavailable
from chatdock.models.base import Finished, Text, ToolCall
from chatdock.storage.base import Changes, Store
from chatdock.storage.sql.store import SqlScoped
from chatdock.tools.function import tool
from runs.house import House, Responder, memory_store
from runs.test_engine import answer, events_of
from stage import Script, agent

store = memory_store

DONE = Finished("stop")
SAID = [Text("Hi "), Text("there."), DONE]


class Disk:
    """What every first commit of a run waits for; it may fail then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.turns = asyncio.Event()
        self.waiting = 0
        self.error: Exception | None = None
        commit = SqlScoped.commit

        async def slow(scoped: SqlScoped, changes: Changes) -> None:
            if changes.start_run is not None:
                self.waiting += 1
                await self.turns.wait()
                if self.error is not None:
                    raise self.error
            await commit(scoped, changes)

        monkeypatch.setattr(SqlScoped, "commit", slow)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


async def until(holds: Any) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.001)


async def rest() -> None:
    """Long enough for whatever could happen to happen."""
    for _ in range(50):
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)


def asking(respond: Any) -> Responder:
    """A responder that says of itself that it only asks at first."""
    responder = Responder(respond)
    responder.asks_first = True  # type: ignore[attr-defined]
    return responder


async def test_a_model_is_asked_while_the_message_is_stored_and_its_answer_waits(store: Store, disk: Disk) -> None:
    model = Script([[*SAID]])
    house = House(store, answer, responder=agent(model))
    start = house.message("Hello?")
    starting = asyncio.create_task(house.engine.start(start))
    await until(lambda: model.requests)
    await rest()
    assert disk.waiting == 1 and not starting.done()
    with pytest.raises(NotFound):
        await house.scope.threads.get(start.thread.id)
    disk.turns.set()
    run = await starting
    events = events_of(await house.watch(run))
    assert [event["type"] for event in events[:2]] == ["thread.created", "thread.item.done"]
    assert events[-1]["item"]["content"][0]["text"] == "Hi there."
    assert (await house.ended(run)).status == "completed"
    assert len(model.requests) == 1


async def test_no_door_of_a_context_opens_before_the_store_has_the_run(store: Store, disk: Disk) -> None:
    passed: list[str] = []
    run_id = ""

    async def respond(ctx: RunContext) -> None:
        nonlocal run_id
        run_id = ctx.run_id
        grown = ctx.grow("cti_any", ["text"])
        passed.append(f"grown {grown}")
        acted = asyncio.create_task(act(ctx))
        await ctx.progress("Looking ...")
        passed.append("emitted")
        await acted
        await ctx.text("Done.")

    async def act(ctx: RunContext) -> None:
        async with ctx.acting("order", "call_1"):
            passed.append("acted")

    house = House(store, answer, responder=asking(respond))
    starting = asyncio.create_task(house.engine.start(house.message()))
    await until(lambda: passed)
    await rest()
    assert passed == ["grown False"]
    with pytest.raises(Gone):
        await house.tape.read(run_id, 0)
    assert house.engine.live(run_id) is None
    disk.turns.set()
    assert (await house.ended(await starting)).status == "completed"
    assert sorted(passed[1:]) == ["acted", "emitted"]


async def test_no_tool_is_called_for_a_message_that_is_not_stored(store: Store, disk: Disk) -> None:
    called: list[str] = []

    @tool
    async def look(sku: str) -> str:
        """Looks something up.

        Args:
            sku: Its number.
        """
        called.append(sku)
        return "there"

    model = Script([[ToolCall("call_1", "look", '{"sku":"A-1"}'), Finished("tool_calls")]], [[*SAID]])
    house = House(store, answer, responder=agent(model, look))
    starting = asyncio.create_task(house.engine.start(house.message()))
    await until(lambda: model.requests)
    await rest()
    assert called == []
    disk.turns.set()
    assert (await house.ended(await starting)).status == "completed"
    assert called == ["A-1"]


async def test_a_message_that_cannot_be_stored_takes_its_question_back(
    store: Store, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    disk.error = Unavailable("The database cannot be reached right now.")
    model = Script([60.0, [*SAID]])
    house = House(store, answer, responder=agent(model))
    start = house.message()
    tasks = asyncio.all_tasks()
    with caplog.at_level(logging.WARNING):
        starting = asyncio.create_task(house.engine.start(start))
        await until(lambda: model.requests)
        disk.turns.set()
        with pytest.raises(Unavailable):
            await starting
        await until(lambda: model.closed_streams)
        await rest()
    assert not caplog.records
    assert asyncio.all_tasks() == tasks  # nothing is left behind
    with pytest.raises(NotFound):
        await house.scope.threads.get(start.thread.id)


async def test_a_model_that_fails_before_the_message_is_stored_fails_the_stored_run(store: Store, disk: Disk) -> None:
    model = Script([ModelError("no", code="model_rejected", allow_retry=True)])
    house = House(store, answer, responder=agent(model))
    starting = asyncio.create_task(house.engine.start(house.message()))
    await until(lambda: model.requests)
    await rest()
    assert not starting.done()
    disk.turns.set()
    run = await starting
    events = events_of(await house.watch(run))
    assert events[-1]["type"] == "error"
    assert (await house.ended(run)).status == "failed"


async def test_time_that_is_up_before_the_message_is_stored_ends_the_stored_run(store: Store, disk: Disk) -> None:
    model = Script([60.0, [*SAID]])
    house = House(store, answer, responder=agent(model), timeout_seconds=0.05)
    starting = asyncio.create_task(house.engine.start(house.message()))
    await until(lambda: model.closed_streams)
    await rest()
    disk.turns.set()
    assert (await house.ended(await starting)).status == "expired"


async def test_a_message_that_is_sent_again_at_once_asks_once(store: Store, disk: Disk) -> None:
    model = Script(*[[[*SAID]] for _ in range(20)])
    house = House(store, answer, responder=agent(model))
    sent = [house.message(client_message_id="m1", fingerprint="f") for _ in range(20)]
    starting = [asyncio.create_task(house.engine.start(start)) for start in sent]
    await until(lambda: disk.waiting == len(sent))
    await rest()
    disk.turns.set()
    runs = await asyncio.gather(*starting)
    assert len({run.id for run in runs}) == 1
    assert (await house.ended(runs[0])).status == "completed"
    assert len(model.requests) == 1


async def test_what_may_do_more_than_ask_begins_behind_the_commit(store: Store, disk: Disk) -> None:
    """A responder of the customer's own, and a message in a thread that others may write to."""
    begun: list[str] = []

    async def respond(ctx: RunContext) -> None:
        begun.append(ctx.run_id)
        await ctx.text("Hi.")

    house = House(store, respond)
    starting = asyncio.create_task(house.engine.start(house.message()))
    await until(lambda: disk.waiting)
    await rest()
    assert not begun
    disk.turns.set()
    run = await starting
    await house.ended(run)
    assert begun == [run.id]

    disk.turns.clear()
    model = Script([[*SAID]])
    later = House(store, answer, responder=agent(model))
    starting = asyncio.create_task(
        later.engine.start(later.message(thread=await house.scope.threads.get(run.thread_id)))
    )
    await until(lambda: disk.waiting == 2)
    await rest()
    assert not model.requests
    disk.turns.set()
    assert (await later.ended(await starting)).status == "completed"


async def test_a_drain_waits_for_a_run_that_was_asked_ahead(store: Store, disk: Disk) -> None:
    model = Script([[*SAID]])
    house = House(store, answer, responder=agent(model))
    starting = asyncio.create_task(house.engine.start(house.message()))
    await until(lambda: model.requests)
    draining = asyncio.create_task(house.engine.drain(5.0))
    await rest()
    assert not draining.done()
    disk.turns.set()
    run = await starting
    await draining
    assert (await house.scope.runs.get(run.id)).status == "completed"
