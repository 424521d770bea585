"""Every store keeps these promises about queued runs: `Runs.take_up`, `Runs.withdraw`, and what `Changes` says of them."""

import asyncio
from datetime import timedelta

import pytest

from chatdock import clock
from chatdock.errors import NotFound, ThreadBusy
from chatdock.storage.base import MAX_QUEUED, Changes
from chatdock.types.item import UserMessage
from chatdock.types.page import PageQuery
from chatdock.types.run import Cause, Run, RunStatus
from chatdock.types.thread import Thread
from storage.world import World, later, message, texts_of


async def start(world: World, thread: Thread, status: RunStatus = "in_progress", **fields: object) -> Run:
    run = world.run(thread, status=status)
    await world.scoped.commit(Changes(thread_id=thread.id, start_run=run, **fields))  # type: ignore[arg-type]
    return run


async def line_up(world: World, thread: Thread, text: str) -> Run:
    item = message(thread, text)
    cause = Cause(item_id=item.id, locale="en", can_resume=True, state={})
    run = world.run(thread, status="queued", cause=cause)
    await world.scoped.commit(Changes(thread_id=thread.id, start_run=run, queue_items=[item]))
    return run


async def end(world: World, run: Run, status: RunStatus = "completed") -> None:
    run.status = status
    await world.scoped.commit(Changes(thread_id=run.thread_id, save_run=run))


async def said(world: World, thread: Thread) -> list[str]:
    """What a model would be shown."""
    latest = await world.scoped.items.latest(thread.id, 50)
    return [part.text for item in latest if isinstance(item, UserMessage) for part in item.content]


async def test_a_queued_message_is_shown_last_until_its_turn_and_then_stands_behind_what_was_said(world: World) -> None:
    thread = await world.new_thread("one")
    first = await start(world, thread)
    second, third = await line_up(world, thread, "two"), await line_up(world, thread, "three")
    await world.put(thread, message(thread, "answer to one"))
    assert await world.texts(thread) == ["one", "answer to one", "two", "three"]
    assert await said(world, thread) == ["one", "answer to one"]
    assert await world.scoped.runs.take_up(thread.id, later()) is None, "one is still at work"
    await end(world, first)

    expires_at = clock.now() + timedelta(seconds=77)
    unqueued = await world.scoped.runs.take_up(thread.id, expires_at)
    assert unqueued is not None and unqueued.epoch == 2
    taken = unqueued.run
    assert (taken.id, taken.status, taken.expires_at) == (second.id, "in_progress", expires_at)
    assert taken == await world.scoped.runs.get(second.id) and taken.started_at is not None
    assert await said(world, thread) == ["one", "answer to one", "two"]
    await world.put(thread, message(thread, "answer to two"))
    assert await world.texts(thread) == ["one", "answer to one", "two", "answer to two", "three"]
    assert await world.scoped.runs.take_up(thread.id, later()) is None
    await end(world, taken)
    last = await world.scoped.runs.take_up(thread.id, later())
    assert last is not None and last.run.id == third.id
    await end(world, last.run)
    assert await world.scoped.runs.take_up(thread.id, later()) is None, "nothing is queued any more"


async def test_pages_run_over_queued_messages_in_both_directions(world: World) -> None:
    thread = await world.new_thread("one", "two")
    await start(world, thread)
    for text in ("three", "four"):
        await line_up(world, thread, text)
    newest = await world.scoped.items.page(thread.id, PageQuery(limit=3, order="desc"))
    assert texts_of(newest) == ["four", "three", "two"] and newest.has_more
    rest = await world.scoped.items.page(thread.id, PageQuery(limit=3, order="desc", after=newest.after))
    assert texts_of(rest) == ["one"] and not rest.has_more


async def test_a_run_that_waits_for_the_user_holds_the_queue_and_its_answer_passes_it(world: World) -> None:
    thread = await world.new_thread("one")
    first = await start(world, thread)
    second = await line_up(world, thread, "two")
    await end(world, first, "requires_action")
    assert await world.scoped.runs.take_up(thread.id, later()) is None
    with pytest.raises(ThreadBusy):
        await start(world, thread)
    answer = await start(world, thread, goes_first=True, settle_waiting="completed")
    with pytest.raises(ThreadBusy):
        await start(world, thread, goes_first=True)
    await end(world, answer)
    taken = await world.scoped.runs.take_up(thread.id, later())
    assert taken is not None and taken.run.id == second.id


async def test_many_who_take_up_at_once_get_one_run_between_them(world: World) -> None:
    thread = await world.new_thread("one")
    first = await start(world, thread)
    second = await line_up(world, thread, "two")
    await line_up(world, thread, "three")
    await end(world, first)
    taken = await asyncio.gather(*(world.scoped.runs.take_up(thread.id, later()) for _ in range(8)))
    assert [each.run.id for each in taken if each is not None] == [second.id]


async def test_every_process_that_keeps_a_queued_run_has_an_epoch_of_its_own(world: World) -> None:
    thread = await world.new_thread("one")
    first = await start(world, thread)
    second = await line_up(world, thread, "two")
    epochs = await asyncio.gather(*(world.store.leases.line_up(second.id) for _ in range(4)))
    assert sorted(epoch or 0 for epoch in epochs) == [2, 3, 4, 5]
    assert await world.store.leases.line_up(first.id) is None, "it is at work"
    await end(world, first)
    taken = await world.scoped.runs.take_up(thread.id, later(), "me")
    assert taken is not None and taken.epoch == 6
    found = await world.store.leases.find(second.id)
    assert found is not None and (found.owner, found.epoch) == ("me", 6)
    assert await world.store.leases.line_up(second.id) is None


async def test_a_withdrawn_run_is_cancelled_and_its_message_gone(world: World) -> None:
    thread = await world.new_thread("one")
    first = await start(world, thread)
    second = await line_up(world, thread, "two")
    unqueued = await world.scoped.runs.withdraw(second.id)
    assert unqueued is not None and unqueued.epoch == 2
    withdrawn = unqueued.run
    assert withdrawn.status == "cancelled" and withdrawn.completed_at is not None
    assert (await world.scoped.runs.get(second.id)).status == "cancelled"
    assert await world.texts(thread) == ["one"]
    assert await world.scoped.runs.withdraw(second.id) is None
    assert await world.scoped.runs.withdraw(first.id) is None, "it is at work"
    assert (await world.scoped.runs.get(first.id)).status == "in_progress"


async def test_a_queue_is_out_of_a_strangers_reach(world: World) -> None:
    thread = await world.new_thread("one")
    first = await start(world, thread)
    second = await line_up(world, thread, "two")
    await end(world, first)
    for stranger in (world.beside(user="user-2"), world.beside(workflow="wf_b"), world.beside(project="other")):
        with pytest.raises(NotFound):
            await stranger.scoped.runs.take_up(thread.id, later())
        with pytest.raises(NotFound):
            await stranger.scoped.runs.withdraw(second.id)
    assert (await world.scoped.runs.get(second.id)).status == "queued"


async def test_a_queue_has_an_end(world: World) -> None:
    thread = await world.new_thread("one")
    await start(world, thread)
    for n in range(MAX_QUEUED):
        await line_up(world, thread, str(n))
    with pytest.raises(ThreadBusy):
        await line_up(world, thread, "one too many")
    assert (await world.texts(thread))[-1] == str(MAX_QUEUED - 1)
