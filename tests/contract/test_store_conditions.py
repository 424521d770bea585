"""Every store keeps these promises about what a commit may require, and about writing only the fields it names."""

import asyncio

import pytest

from chatdock.errors import BadRequest, ChatdockError, NotFound, ThreadClosed
from chatdock.storage.base import Changes
from chatdock.types.item import ClientToolCall
from chatdock.types.thread import Active, Closed, Locked, Thread
from storage.world import World, later, message


def call(thread: Thread, status: str = "pending") -> ClientToolCall:
    return ClientToolCall(
        id="cti_call",
        thread_id=thread.id,
        created_at=later(),
        status=status,
        call_id="c",
        name="n",
        arguments={},  # type: ignore[arg-type]
    )


async def test_two_writers_of_different_fields_of_a_thread_do_not_undo_each_other(world: World) -> None:
    thread = await world.new_thread("hello")
    renamed = Thread(**{**fields_of(thread), "title": "Mine"})
    locked = Thread(**{**fields_of(thread), "status": Locked(reason="Busy."), "metadata": {"n": 1}})
    await world.scoped.commit(Changes(thread_id=thread.id, save_thread=renamed, save_fields=frozenset({"title"})))
    await world.scoped.commit(
        Changes(thread_id=thread.id, save_thread=locked, save_fields=frozenset({"status", "metadata"}))
    )
    stored = await world.scoped.threads.get(thread.id)
    assert (stored.title, stored.status, stored.metadata) == ("Mine", Locked(reason="Busy."), {"n": 1})


@pytest.mark.parametrize("status", [Locked(reason="Busy."), Closed()])
async def test_a_commit_that_needs_an_open_thread_is_refused_by_a_locked_or_closed_one(
    world: World, status: Locked | Closed
) -> None:
    thread = await world.new_thread("hello", status=status)
    with pytest.raises(ThreadClosed) as refused:
        await world.scoped.commit(Changes(thread_id=thread.id, require_open=True, put_items=[message(thread, "more")]))
    assert refused.value.message == (status.reason or "This conversation is closed.")
    assert await world.texts(thread) == ["hello"]
    await world.scoped.commit(Changes(thread_id=thread.id, put_items=[message(thread, "the run's own")]))
    await world.scoped.commit(
        Changes(thread_id=thread.id, save_thread=Thread(**{**fields_of(thread), "status": Active()}))
    )
    await world.scoped.commit(Changes(thread_id=thread.id, require_open=True, put_items=[message(thread, "more")]))
    assert await world.texts(thread) == ["hello", "the run's own", "more"]


async def test_what_waits_is_answered_by_exactly_one_of_many_answers(world: World) -> None:
    thread = await world.new_thread()
    await world.put(thread, call(thread))

    async def answer() -> bool:
        answered = Changes(thread_id=thread.id, require_pending="cti_call", put_items=[call(thread, "completed")])
        try:
            await world.scoped.commit(answered)
        except ChatdockError as error:
            assert isinstance(error, BadRequest) and error.message == "This was answered already."
            return False
        return True

    assert sum(await asyncio.gather(*(answer() for _ in range(20)))) == 1


async def test_requiring_an_item_that_is_not_there_is_not_found(world: World) -> None:
    thread = await world.new_thread()
    with pytest.raises(NotFound):
        await world.scoped.commit(Changes(thread_id=thread.id, require_pending="cti_nobody"))


def fields_of(thread: Thread) -> dict[str, object]:
    return {name: getattr(thread, name) for name in Thread.__struct_fields__}
