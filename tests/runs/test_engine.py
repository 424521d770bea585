"""Runs through the engine, against a real store and a real tape."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from chatdock.clock import now
from chatdock.context import RunContext
from chatdock.errors import Incomplete, ModelError, ThreadBusy, Unavailable, Unprocessable, UserFacingError
from chatdock.runs.context import Context
from chatdock.storage.base import Changes, Scoped, Store
from chatdock.types.content import output_text
from chatdock.types.event import ItemAdded, ItemDone, ItemUpdated, PartAdded, text_delta
from chatdock.types.item import (
    AssistantMessage,
    ClientToolCall,
    HiddenContext,
    SdkHiddenContext,
    UserMessage,
    WorkflowItem,
)
from chatdock.types.page import PageQuery
from chatdock.types.task import Workflow, custom_task
from chatdock.types.thread import Locked
from runs.house import ACTOR, House, memory_store

store = memory_store


def events_of(frames: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(frame.removeprefix(b"data: ").removesuffix(b"\n\n")) for frame in frames]


async def stream_words(ctx: RunContext, words: int, *, then_wait: bool = False) -> AssistantMessage:
    item = AssistantMessage(id=ctx.item_id(), thread_id=ctx.thread.id, created_at=now(), content=[])
    await ctx.emit(
        ItemAdded(item=item), ItemUpdated(item_id=item.id, update=PartAdded(content_index=0, content=output_text("")))
    )
    for n in range(words):
        await ctx.emit(text_delta(item.id, f"word{n} "))
        await asyncio.sleep(0)
    if then_wait:
        await asyncio.Event().wait()
    return item


async def short_words(ctx: RunContext) -> None:
    item = await stream_words(ctx, 50)
    text = "".join(f"word{n} " for n in range(50))
    await ctx.emit(ItemDone(item=msgspec.structs.replace(item, content=[output_text(text)])))


async def answer(ctx: RunContext) -> None:
    await ctx.text("Hi there.")


async def endless(ctx: RunContext) -> None:
    await stream_words(ctx, 5, then_wait=True)


async def test_a_message_is_answered_stored_and_taped(store: Store) -> None:
    house = House(store, answer)
    run = await house.engine.start(house.message())
    events = events_of(await house.watch(run))
    kinds = [event["type"] for event in events]
    assert kinds[:2] == ["thread.created", "thread.item.done"]
    assert kinds[-1] == "thread.item.done" and events[-1]["item"]["content"][0]["text"] == "Hi there."
    stored = await house.ended(run)
    assert (stored.status, stored.last_seq) == ("completed", len(events))
    items = await house.scope.items.latest(run.thread_id, 10)
    assert [type(item) for item in items] == [UserMessage, AssistantMessage]


async def test_the_message_is_in_the_store_before_its_first_event(store: Store) -> None:
    house = House(store, answer)
    start = house.message()
    run = await house.engine.start(start)
    assert (await house.scope.items.latest(run.thread_id, 5))[0].id == start.put_items[0].id


async def test_a_done_item_is_in_the_store_before_its_event_is_on_the_tape(store: Store) -> None:
    house: House

    async def respond(ctx: RunContext) -> None:
        await ctx.text("One.")

    house = House(store, respond)
    run = await house.engine.start(house.message())
    async for frames in _slices(house, run.id):
        for event in events_of(frames):
            if event["type"] == "thread.item.done":
                assert (await house.scope.items.get(run.thread_id, event["item"]["id"])).id == event["item"]["id"]


async def _slices(house: House, run_id: str) -> AsyncIterator[list[bytes]]:
    from chatdock.eventlog.base import tail

    async for part in tail(house.tape, run_id, 0):
        if part is not None:
            yield part.frames()


async def test_hidden_items_are_stored_and_never_taped(store: Store) -> None:
    async def respond(ctx: RunContext) -> None:
        await ctx.hidden({"secret": "plan"})
        await ctx.text("Done.")

    house = House(store, respond)
    run = await house.engine.start(house.message())
    frames = await house.watch(run)
    assert b"plan" not in b"".join(frames)
    assert [type(i) for i in await house.scope.items.latest(run.thread_id, 9)] == [
        UserMessage,
        HiddenContext,
        AssistantMessage,
    ]
    page = await house.scope.items.page(run.thread_id, PageQuery(order="asc"))
    assert len(page.data) == 2


async def test_a_second_message_while_a_run_is_active_is_refused_and_leaves_nothing(store: Store) -> None:
    house = House(store, endless)
    first = house.message()
    run = await house.engine.start(first)
    with pytest.raises(ThreadBusy) as refused:
        await house.engine.start(house.message("Again", thread=first.thread))
    assert refused.value.status == 400 and run.id in refused.value.message
    await house.engine.cancel(ACTOR.scope, run.id)
    assert len([i for i in await house.scope.items.latest(run.thread_id, 9) if isinstance(i, UserMessage)]) == 1


async def test_cancel_keeps_the_partial_answer_under_its_id_and_notes_it_for_the_model(store: Store) -> None:
    house = House(store, endless)
    run = await house.engine.start(house.message())
    await _until(lambda: run.last_seq >= 7)
    cancelled = await house.engine.cancel(ACTOR.scope, run.id)
    assert cancelled.status == "cancelled"
    events = events_of(await house.watch(run))
    added = next(event["item"]["id"] for event in events if event["type"] == "thread.item.added")
    assert events[-1]["type"] == "thread.item.done" and events[-1]["item"]["id"] == added
    items = await house.scope.items.latest(run.thread_id, 9)
    assert isinstance(items[1], AssistantMessage) and items[1].content[0].text == "word0 word1 word2 word3 word4 "
    assert isinstance(items[2], SdkHiddenContext)
    assert (await house.engine.cancel(ACTOR.scope, run.id)).status == "cancelled", "cancel is idempotent"


async def test_a_thread_takes_the_next_message_after_a_cancel(store: Store) -> None:
    house = House(store, endless)
    start = house.message()
    run = await house.engine.start(start)
    await house.engine.cancel(ACTOR.scope, run.id)
    second = await house.engine.start(house.message("Next", thread=start.thread))
    await house.engine.cancel(ACTOR.scope, second.id)
    assert (await house.ended(second)).status == "cancelled"


@pytest.mark.parametrize(
    ("error", "status", "code", "message", "allow_retry"),
    [
        (ValueError("boom at /etc/secret"), "failed", "stream.error", None, True),
        (UserFacingError("Out of stock."), "failed", "custom", "Out of stock.", False),
        (
            ModelError("key sk-123 refused", code="model_rejected", allow_retry=False),
            "failed",
            "model_rejected",
            "*",
            False,
        ),
        (ModelError("cut", code="model_cut", allow_retry=True), "failed", "model_cut", "*", True),
        (Incomplete("The answer was too long."), "incomplete", "incomplete", "The answer was too long.", True),
        (Unavailable("down"), "failed", "unavailable", "*", True),
    ],
)
async def test_whatever_a_responder_raises_ends_the_run_with_one_error_event(
    store: Store, error: Exception, status: str, code: str, message: str | None, allow_retry: bool
) -> None:
    async def respond(ctx: RunContext) -> None:
        await stream_words(ctx, 3)
        raise error

    house = House(store, respond)
    run = await house.engine.start(house.message())
    frames = await house.watch(run)
    last = events_of(frames)[-1]
    assert (last["type"], last.get("reason", last["code"]), last["allow_retry"]) == ("error", code, allow_retry)
    assert last["code"] in ("custom", "stream.error"), "what a stock client knows"
    assert message == "*" or last.get("message") == message
    assert b"secret" not in b"".join(frames) and b"sk-123" not in b"".join(frames)
    assert (await house.ended(run)).status == status
    kept = (await house.scope.items.latest(run.thread_id, 9))[1]
    assert isinstance(kept, AssistantMessage) and kept.content[0].text == "word0 word1 word2 "


async def test_an_answer_with_nothing_in_it_is_taken_back_when_its_run_fails(store: Store) -> None:
    async def respond(ctx: RunContext) -> None:
        await stream_words(ctx, 0)
        raise RuntimeError

    house = House(store, respond)
    run = await house.engine.start(house.message())
    kinds = [event["type"] for event in events_of(await house.watch(run))]
    assert kinds[-2:] == ["thread.item.removed", "error"]
    assert len(await house.scope.items.latest(run.thread_id, 9)) == 1


async def test_rows_of_work_come_to_rest_when_a_run_is_stopped(store: Store) -> None:
    async def respond(ctx: RunContext) -> None:
        workflow = Workflow(type="custom", tasks=[custom_task("Looking", status="loading")], expanded=False)
        await ctx.emit(
            ItemAdded(item=WorkflowItem(id=ctx.item_id(), thread_id=ctx.thread.id, created_at=now(), workflow=workflow))
        )
        await asyncio.Event().wait()

    house = House(store, respond)
    run = await house.engine.start(house.message())
    await _until(lambda: run.last_seq >= 3)
    await house.engine.cancel(ACTOR.scope, run.id)
    item = (await house.scope.items.latest(run.thread_id, 9))[1]
    assert isinstance(item, WorkflowItem) and item.workflow.tasks[0].status_indicator == "none"


async def test_the_same_client_message_id_begins_one_run_however_often_it_is_sent(store: Store) -> None:
    house = House(store, answer)
    starts = [house.message(client_message_id="m1", fingerprint="f") for _ in range(50)]
    runs = await asyncio.gather(*(house.engine.start(start) for start in starts))
    assert len({run.id for run in runs}) == 1
    await house.watch(runs[0])
    with pytest.raises(Unprocessable):
        await house.engine.start(house.message(client_message_id="m1", fingerprint="other"))
    threads = await house.scope.threads.page(PageQuery())
    assert len(threads.data) == 1


async def test_a_pending_client_tool_call_ends_the_run_as_requires_action_and_frees_the_thread(store: Store) -> None:
    async def respond(ctx: RunContext) -> None:
        await ctx.client_tool("get_cart", {"n": 1})

    house = House(store, respond)
    start = house.message()
    run = await house.engine.start(start)
    assert (await house.ended(run)).status == "requires_action"
    assert isinstance((await house.scope.items.latest(run.thread_id, 9))[-1], ClientToolCall)
    following = await house.engine.start(house.message("Never mind", thread=start.thread))
    await house.watch(following)
    assert (await house.scope.runs.get(run.id)).status == "cancelled"


async def test_a_run_over_its_time_expires_and_says_so(store: Store) -> None:
    house = House(store, endless, timeout_seconds=0.1)
    run = await house.engine.start(house.message())
    last = events_of(await house.watch(run))[-1]
    assert (last["type"], last["code"], last["reason"]) == ("error", "custom", "run_expired")
    assert (await house.ended(run)).status == "expired"


async def test_an_answer_that_fills_its_tape_ends_incomplete(store: Store) -> None:
    async def respond(ctx: RunContext) -> None:
        await stream_words(ctx, 10_000)

    house = House(store, respond, max_run_bytes=50_000)
    run = await house.engine.start(house.message())
    assert events_of(await house.watch(run))[-1]["reason"] == "incomplete"
    assert (await house.ended(run)).status == "incomplete"


async def test_partial_answers_are_checkpointed_while_they_stream(store: Store) -> None:
    async def respond(ctx: RunContext) -> None:
        await stream_words(ctx, 2_000, then_wait=True)

    house = House(store, respond)
    run = await house.engine.start(house.message())
    async with asyncio.timeout(5):
        while True:
            items = await house.scope.items.latest(run.thread_id, 9)
            if len(items) == 2:
                break
            await asyncio.sleep(0.01)
    assert isinstance(items[1], AssistantMessage) and items[1].content[0].text.startswith("word0 word1 ")
    await _until(lambda: run.last_seq >= 2_004)
    await house.engine.cancel(ACTOR.scope, run.id)
    items = await house.scope.items.latest(run.thread_id, 9)
    assert isinstance(items[1], AssistantMessage) and items[1].content[0].text.endswith("word1999 ")


async def test_a_changed_thread_is_told_and_stored(store: Store) -> None:
    async def respond(ctx: RunContext) -> None:
        ctx.thread.title = "Order 7"
        ctx.thread.status = Locked(reason="Waiting for a colleague.")
        await ctx.text("I asked a colleague.")

    house = House(store, respond)
    run = await house.engine.start(house.message())
    told = [event for event in events_of(await house.watch(run)) if event["type"] == "thread.updated"]
    assert told[-1]["thread"]["title"] == "Order 7" and told[-1]["thread"]["items"]["data"] == []
    thread = await house.scope.threads.get(run.thread_id)
    assert thread.title == "Order 7" and isinstance(thread.status, Locked)


async def test_a_thread_is_titled_when_the_session_asks_for_it(store: Store) -> None:
    house = House(store, answer, title="A greeting")
    run = await house.engine.start(house.message(wants_title=True))
    assert events_of(await house.watch(run))[-1]["thread"]["title"] == "A greeting"
    untitled = await house.engine.start(house.message())
    await house.watch(untitled)
    assert (await house.scope.threads.get(untitled.thread_id)).title is None


async def test_an_answer_ends_well_though_the_store_is_away_when_its_title_is_due(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(store, answer, title="A greeting")

    async def away(ctx: Context) -> str | None:
        raise Unavailable("The database cannot be reached right now.")

    with monkeypatch.context() as patched:
        patched.setattr(Context, "stored_title", away)
        run = await house.ended(await house.engine.start(house.message(wants_title=True)))
    assert run.status == "completed"
    thread = await house.scope.threads.get(run.thread_id)
    assert thread.title is None
    later = await house.engine.start(house.message(thread=thread, wants_title=True))
    await house.watch(later)
    assert (await house.scope.threads.get(run.thread_id)).title == "A greeting", "the next answer brings it"


async def test_a_run_nobody_can_come_back_to_is_cancelled_after_its_grace(store: Store) -> None:
    house = House(store, endless, grace_seconds=0.1)
    run = await house.engine.start(house.message())
    with house.engine.viewer(run.id):
        await asyncio.sleep(0.2)
        assert house.engine.live(run.id) is not None, "somebody watches"
    assert (await house.ended(run)).status == "cancelled"


async def test_a_viewer_who_comes_back_within_the_grace_saves_the_run(store: Store) -> None:
    house = House(store, endless, grace_seconds=0.2)
    run = await house.engine.start(house.message())
    with house.engine.viewer(run.id):
        pass
    await asyncio.sleep(0.05)
    with house.engine.viewer(run.id):
        await asyncio.sleep(0.4)
        assert house.engine.live(run.id) is not None
    await house.engine.cancel(ACTOR.scope, run.id)


async def test_a_resumable_run_outlives_every_viewer(store: Store) -> None:
    house = House(store, endless, grace_seconds=0.0)
    run = await house.engine.start(house.message(can_resume=True))
    with house.engine.viewer(run.id):
        pass
    await asyncio.sleep(0.05)
    assert house.engine.live(run.id) is not None
    await house.engine.cancel(ACTOR.scope, run.id)


async def test_no_grace_cancels_at_once(store: Store) -> None:
    house = House(store, endless, grace_seconds=0.0)
    run = await house.engine.start(house.message())
    with house.engine.viewer(run.id):
        pass
    assert (await house.ended(run)).status == "cancelled"


async def test_draining_refuses_new_runs_and_ends_the_rest_with_what_they_have(store: Store) -> None:
    house = House(store, endless)
    run = await house.engine.start(house.message())
    await _until(lambda: run.last_seq >= 7)
    await house.engine.drain(0.05)
    last = events_of(await house.watch(run))[-1]
    assert (last["reason"], last["allow_retry"]) == ("server_restarted", True)
    assert (await house.ended(run)).status == "incomplete"
    with pytest.raises(Unavailable):
        await house.engine.start(house.message())


async def test_a_run_that_was_being_committed_when_a_drain_began_may_end_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(store, short_words)
    committing, may_commit = asyncio.Event(), asyncio.Event()
    commit = type(house.scope).commit

    async def late(scope: Scoped, changes: Changes) -> None:
        if changes.start_run is not None and committing.is_set():
            await may_commit.wait()
        committing.set()
        await commit(scope, changes)  # type: ignore[arg-type]  # it is the scope it was taken from

    monkeypatch.setattr(type(house.scope), "commit", late)
    first = await house.engine.start(house.message())
    starting = asyncio.create_task(house.engine.start(house.message()))
    draining = asyncio.create_task(house.engine.drain(30))
    assert (await house.ended(first)).status == "completed"
    await asyncio.sleep(0.05)
    assert not draining.done()
    may_commit.set()
    run = await starting
    await draining
    assert (await house.scope.runs.get(run.id)).status == "completed"
    assert [event for event in events_of(await house.watch(run)) if event["type"] == "error"] == []


async def test_a_process_that_drains_does_not_call_an_answer_lost_that_another_is_writing(store: Store) -> None:
    writing, draining = House(store, endless), House(store, endless)  # each has a tape of its own
    run = await writing.engine.start(writing.message())
    await draining.engine.drain(0)
    for after in (0, 3):
        with pytest.raises(Unavailable):
            await draining.engine.taped(ACTOR.scope, run, after)
    await writing.engine.cancel(ACTOR.scope, run.id)


async def test_what_a_crash_left_is_ended_at_the_next_start_and_its_text_stays(store: Store) -> None:
    async def respond(ctx: RunContext) -> None:
        await stream_words(ctx, 2_000, then_wait=True)

    crashed = House(store, respond)
    start = crashed.message()
    run = await crashed.engine.start(start)
    async with asyncio.timeout(5):
        while len(await crashed.scope.items.latest(run.thread_id, 9)) < 2:
            await asyncio.sleep(0.01)
    restarted = House(store, answer)
    assert await restarted.engine.open(is_alone=True) == 1
    assert (await restarted.scope.runs.get(run.id)).status == "incomplete"
    following = await restarted.engine.start(restarted.message("Still there?", thread=start.thread))
    await restarted.watch(following)
    items = await restarted.scope.items.latest(run.thread_id, 9)
    assert [type(item) for item in items] == [UserMessage, AssistantMessage, UserMessage, AssistantMessage]
    await crashed.engine.cancel(ACTOR.scope, run.id)


async def test_a_deleted_thread_takes_its_run_with_it(store: Store) -> None:
    house = House(store, endless)
    run = await house.engine.start(house.message())
    await house.engine.stop_thread(run.thread_id)
    await house.scope.threads.delete(run.thread_id)
    assert house.engine.live(run.id) is None


async def test_fifty_runs_at_once_mix_nothing(store: Store) -> None:
    async def respond(ctx: RunContext) -> None:
        item = await stream_words(ctx, 50)
        text = f"{ctx.run_id} " * 3
        await ctx.emit(
            ItemDone(
                item=AssistantMessage(
                    id=item.id, thread_id=item.thread_id, created_at=item.created_at, content=[output_text(text)]
                )
            )
        )

    house = House(store, respond)
    runs = await asyncio.gather(*(house.engine.start(house.message()) for _ in range(50)))
    for run in runs:
        frames = await house.watch(run)
        assert run.id.encode() in frames[-1]
        assert all(other.id.encode() not in b"".join(frames) for other in runs if other is not run)


async def _until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)
