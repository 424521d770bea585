"""The Nth call to the store fails, or is the last thing a process does, for every N: each time the state is sound."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from chatdock.context import RunContext
from chatdock.errors import ChatdockError, ThreadBusy, Unavailable
from chatdock.runs import engine
from chatdock.storage.sql import create_store
from chatdock.storage.sql.road import Planned, Road, T
from chatdock.storage.sql.road_postgres import PostgresRoad
from chatdock.storage.sql.road_sqlite import SqliteRoad
from chatdock.storage.sql.store import SqlStore
from chatdock.types.page import PageQuery
from chatdock.types.run import RUNNING, Run
from chatdock.types.thread import Thread
from runs.house import ACTOR, House

How = Literal["refused", "answer lost", "killed"]
MOST_CALLS = 60  # an answer takes about ten
WAIT_SECONDS = 60.0


class FailingRoad:
    """A road that fails once, at the Nth call counted from `arm`: before it does anything, or after all of it.

    `killed` is after all of it, and then nothing works any more, as for a process that is gone.
    """

    def __init__(self, road: Road) -> None:
        self._road = road
        self._left = 0
        self._how: How = "refused"
        self.failed = False
        self.is_dead = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._road, name)

    def arm(self, number: int, how: How) -> None:
        self._left, self._how, self.failed, self.is_dead = number, how, False, False

    async def read(self, plan: Planned[T], **options: Any) -> T:
        return await self._call(self._road.read, plan, options)

    async def write(self, plan: Planned[T], **options: Any) -> T:
        return await self._call(self._road.write, plan, options)

    async def _call(self, call: Any, plan: Planned[T], options: dict[str, Any]) -> T:
        if self.is_dead:
            raise Unavailable("dead")
        self._left -= 1
        if self._left != 0:
            result: T = await call(plan, **options)
            return result
        self.failed = True
        if self._how != "refused":
            await call(plan, **options)
        self.is_dead = self._how == "killed"
        raise Unavailable("the Nth call")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of this test's own."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/chatdock.db"


@pytest.fixture
async def road(database_url: str, tmp_path: Path) -> AsyncIterator[FailingRoad]:
    """The way to it, which failures come upon."""
    inner: Road = SqliteRoad(tmp_path / "chatdock.db") if "sqlite" in database_url else PostgresRoad(database_url)
    await create_store(database_url).migrate()
    road = FailingRoad(inner)
    await inner.open()
    yield road
    await inner.close()


async def respond(ctx: RunContext) -> None:
    await ctx.hidden("a note on the way")
    await ctx.history()
    await ctx.text("Hello, world.")


async def settled(unless: Callable[[], bool] = lambda: False) -> None:
    """Every run of this process has ended, however."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not unless() and any(task.get_name().startswith("run_") for task in asyncio.all_tasks()):
            await asyncio.sleep(0.002)


async def bury() -> None:
    """The tasks of a process that was killed: they must not linger in this one."""
    while tasks := [task for task in asyncio.all_tasks() if task.get_name().startswith("run_")]:
        for task in tasks:
            task.cancel()
        await asyncio.sleep(0)


async def post(house: House, text: str, key: str, thread: Thread | None) -> Run:
    """What a client does: the same message again until it is told of a run."""
    while True:
        start = house.message(text, thread, client_message_id=key, fingerprint="f")
        try:
            return await house.engine.start(start)
        except Unavailable:
            await asyncio.sleep(0)


async def items_of(house: House, text: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """Threads in which somebody said this, with all their items."""
    found = []
    query: PageQuery | None = PageQuery(limit=100, order="asc")
    while query is not None:
        page = await house.scope.threads.page(query)
        for thread in page.data:
            rows = await house.store.records.items(ACTOR.scope, thread.id, 0, 1000)
            items = [msgspec.json.decode(bytes(raw)) for _, raw in rows]
            if any(text in str(item["content"]) for item in items if item["type"] == "user_message"):
                found.append((thread.id, items))
        query = msgspec.structs.replace(query, after=page.after) if page.has_more else None
    return found


async def check(house: House, text: str, key: str, *, answered: bool) -> None:
    """One message, one run in one final state, and no more than one answer."""
    threads = await items_of(house, text)
    assert len(threads) == 1, f"the message is in {len(threads)} threads"
    thread_id, items = threads[0]
    said = [item for item in items if item["type"] == "user_message" and text in str(item["content"])]
    assert len(said) == 1
    behind = items[items.index(said[0]) + 1 :]
    answers = [item for item in behind if item["type"] == "assistant_message"]
    assert len(answers) == 1 if answered else len(answers) <= 1
    assert all(item["content"][0]["text"] == "Hello, world." for item in answers)
    runs = (await house.scope.runs.page(thread_id, None, PageQuery(limit=100))).data
    mine = [run for run in runs if run.client_message_id == key]
    assert len(mine) == 1
    assert mine[0].status not in (*RUNNING, "requires_action")
    assert (mine[0].status == "completed") <= bool(answers)
    if answered:
        assert mine[0].status == "completed"


async def before(house: House, is_new: bool) -> Thread | None:
    """An earlier exchange, for messages that join a thread."""
    if is_new:
        return None
    run = await house.engine.start(house.message("earlier"))
    await settled()
    return await house.scope.threads.get(run.thread_id)


@pytest.mark.parametrize("is_new", [True, False], ids=["new thread", "old thread"])
async def test_a_call_that_fails_at_any_point_costs_a_retry_at_most(road: FailingRoad, is_new: bool) -> None:
    failures = 0
    for number in itertools.count(1):
        assert number < MOST_CALLS
        road.arm(0, "refused")
        house = House(SqlStore(road), respond)  # type: ignore[arg-type]
        thread = await before(house, is_new)
        text, key = f"message {number} of {is_new}", f"key-{number}-{is_new}"
        road.arm(number, "refused")
        run = await post(house, text, key, thread)
        await settled()
        failed = road.failed
        road.arm(0, "refused")
        assert (await post(house, text, key, thread)).id == run.id
        frames = await house.watch(run)
        assert frames, "whoever watches is told how it ended"
        failures += failed
        failed_answer = (await house.scope.runs.get(run.id)).status == "failed"
        await check(house, text, key, answered=not failed_answer)
        if failed_answer:
            assert b'"type":"error"' in frames[-1] and b'"allow_retry":true' in frames[-1]
        if not failed:
            break
    assert failures >= 3, "there were calls to fail"


@pytest.mark.parametrize("is_new", [True, False], ids=["new thread", "old thread"])
async def test_a_call_that_is_committed_and_whose_answer_is_lost_costs_a_moment_and_no_second_answer(
    road: FailingRoad, is_new: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client is told to try again, and the process finds out by itself that it owns a run nobody is at work on."""
    monkeypatch.setattr(engine, "TAPED_SECONDS", WAIT_SECONDS)
    failures = 0
    for number in itertools.count(1):
        assert number < MOST_CALLS
        road.arm(0, "answer lost")
        house = House(SqlStore(road), respond)  # type: ignore[arg-type]
        thread = await before(house, is_new)
        text, key = f"message {number} of {is_new}", f"key-{number}-{is_new}"
        road.arm(number, "answer lost")
        run = await post(house, text, key, thread)
        await settled()  # what looks after runs begins later: it asks whenever it likes
        failed = road.failed
        road.arm(0, "answer lost")
        await house.engine.open(is_alone=False)
        await house.engine.taped(ACTOR.scope, run)
        async with asyncio.timeout(WAIT_SECONDS):
            await house.watch(run)
        ended = await house.scope.runs.get(run.id)
        assert (await post(house, text, key, thread)).id == run.id
        failures += failed
        await check(house, text, key, answered=ended.status == "completed")
        if ended.status == "failed":
            frames = await house.watch(run)
            assert b'"type":"error"' in frames[-1] and b'"allow_retry":true' in frames[-1]
        else:
            assert ended.status == "completed"
        await house.engine.drain(0)
        if not failed:
            break
    assert failures >= 3, "there were calls to fail"


@pytest.mark.parametrize("is_new", [True, False], ids=["new thread", "old thread"])
async def test_a_process_that_dies_after_any_call_leaves_one_message_and_no_second_answer(
    road: FailingRoad, is_new: bool
) -> None:
    deaths = 0
    for number in itertools.count(1):
        assert number < MOST_CALLS
        road.arm(0, "killed")
        first = House(SqlStore(road), respond)  # type: ignore[arg-type]
        thread = await before(first, is_new)
        text, key = f"message {number} of {is_new}", f"key-{number}-{is_new}"
        road.arm(number, "killed")
        try:
            await first.engine.start(first.message(text, thread, client_message_id=key, fingerprint="f"))
            await settled(unless=lambda: road.is_dead)
        except ChatdockError:
            assert road.is_dead
        await bury()
        died = road.failed
        deaths += died
        road.arm(0, "killed")
        second = House(SqlStore(road), respond)  # type: ignore[arg-type]
        assert len(await items_of(second, text)) <= 1, "once, or not at all"
        await second.engine.open(is_alone=True)
        await settled()
        try:
            await post(second, text, key, thread)
        except ThreadBusy:
            pytest.fail("nothing is at work on a thread whose process died")
        await settled()
        await check(second, text, key, answered=not died)
        if not died:
            break
    assert deaths >= 3


async def test_a_run_is_not_shown_as_ended_before_its_end_is_stored(road: FailingRoad) -> None:
    async def respond_and_lose_the_store(ctx: RunContext) -> None:
        await ctx.text("Hello, world.")
        await ctx.history()
        road.arm(1, "refused")

    house = House(SqlStore(road), respond_and_lose_the_store)  # type: ignore[arg-type]
    run = await house.engine.start(house.message("Hello"))
    while any(task.get_name().startswith("run_") for task in asyncio.all_tasks()):
        live = house.engine.live(run.id)
        assert live is None or live.status in RUNNING
        await asyncio.sleep(0.01)
    assert road.failed
    assert (await house.scope.runs.get(run.id)).status == "completed"
