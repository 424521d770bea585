"""Every store keeps these promises about what users make of their threads: `Threads.shelf`, `Threads.marked`, `Changes.mark`."""

import pytest

from chatdock.errors import NotFound
from chatdock.storage.base import Changes
from chatdock.types.page import PageQuery
from chatdock.types.run import RunStatus
from chatdock.types.thread import Mark, Marks, Shelf, Thread
from storage.world import World, hidden, message

NONE = Marks(unread=False)


async def on(world: World, shelf: Shelf, **query: object) -> list[str]:
    found = await world.scoped.threads.shelf(shelf, PageQuery(**query))  # type: ignore[arg-type]
    return [marked.thread.id for marked in found.data]


async def mark(world: World, thread: Thread, **marks: object) -> Marks:
    await world.scoped.commit(Changes(thread_id=thread.id, mark=Mark(**marks)))  # type: ignore[arg-type]
    return (await world.scoped.threads.marked(thread.id)).marks


async def answer(world: World, thread: Thread, status: RunStatus = "completed") -> str:
    """A run that says something and ends in that state; answers the item's id."""
    run = world.run(thread)
    await world.scoped.commit(Changes(thread_id=thread.id, start_run=run))
    run.status = status
    said = message(thread, "said")
    await world.scoped.commit(Changes(thread_id=thread.id, put_items=[said], save_run=run))
    return said.id


async def unread(world: World, thread: Thread) -> bool:
    marks = (await world.scoped.threads.marked(thread.id)).marks
    assert (thread.id in await on(world, "unread")) is marks.unread
    return marks.unread


async def test_a_new_thread_has_no_marks_and_keeps_what_it_is(world: World) -> None:
    thread = await world.new_thread("Hello")
    found = await world.scoped.threads.marked(thread.id)
    assert (found.thread, found.marks) == (thread, NONE)
    assert await on(world, "listed") == [thread.id]
    assert [await on(world, shelf) for shelf in ("pinned", "archived", "unread")] == [[], [], []]


async def test_pinned_and_archived_are_apart_and_can_be_taken_back(world: World) -> None:
    first, second = [await world.new_thread() for _ in range(2)]
    marks = await mark(world, first, pinned=True)
    assert marks.pinned_at and not marks.archived_at
    assert (await on(world, "pinned"), await on(world, "listed")) == ([first.id], [second.id, first.id])
    marks = await mark(world, first, archived=True)
    assert marks.pinned_at and marks.archived_at, "one leaves the other alone"
    assert (await on(world, "pinned"), await on(world, "archived"), await on(world, "listed")) == (
        [],
        [first.id],
        [second.id],
    )
    assert await mark(world, first, archived=False, pinned=False) == NONE
    assert await on(world, "listed") == [second.id, first.id]
    whole = await world.scoped.threads.page(PageQuery())
    assert [thread.id for thread in whole.data] == [second.id, first.id], "a page knows no shelves"


@pytest.mark.parametrize("shelf", ["listed", "pinned", "archived", "unread"])
async def test_a_shelf_is_paged_either_way_without_what_is_not_on_it(world: World, shelf: Shelf) -> None:
    threads = [await world.new_thread() for _ in range(7)]
    for thread in threads[1:6]:
        if shelf in ("pinned", "archived"):
            await mark(world, thread, **{shelf: True})
        elif shelf == "unread":
            await answer(world, thread)
    for thread in (threads[0], threads[6]):
        if shelf == "listed":
            await mark(world, thread, archived=True)
    for order in ("asc", "desc"):
        expected = [thread.id for thread in threads[1:6]][:: 1 if order == "asc" else -1]
        seen: list[str] = []
        after, more = None, True
        while more:
            page = await world.scoped.threads.shelf(shelf, PageQuery(limit=2, order=order, after=after))
            seen += [each.thread.id for each in page.data]
            after, more = page.after, page.has_more
        assert seen == expected


async def test_a_thread_is_unread_from_its_answer_until_the_user_has_read_that_far(world: World) -> None:
    thread = await world.new_thread("Hello")
    assert not await unread(world, thread)
    first = await answer(world, thread)
    assert await unread(world, thread)
    second = await answer(world, thread)
    assert (await mark(world, thread, read_through=first)).unread, "there is more"
    assert not (await mark(world, thread, read_through=second)).unread
    assert not (await mark(world, thread, read_through=first)).unread, "what was read stays read"
    await answer(world, thread)
    assert await unread(world, thread)


@pytest.mark.parametrize(("status", "is_unread"), [("requires_action", True), ("failed", True), ("cancelled", False)])
async def test_who_stopped_an_answer_was_there(world: World, status: RunStatus, *, is_unread: bool) -> None:
    thread = await world.new_thread("Hello")
    await answer(world, thread, status)
    assert await unread(world, thread) is is_unread


async def test_what_is_pushed_is_unread(world: World) -> None:
    thread = await world.new_thread("Hello")
    await world.scoped.commit(Changes(thread_id=thread.id, put_items=[message(thread, "News")], is_push=True))
    assert await unread(world, thread)


async def test_what_nobody_sees_is_not_unread_and_cannot_be_read_through(world: World) -> None:
    thread = await world.new_thread("Hello")
    last = await answer(world, thread)
    await mark(world, thread, read_through=last)
    secret = hidden(thread)
    await world.scoped.commit(Changes(thread_id=thread.id, put_items=[secret], is_push=True))
    assert not await unread(world, thread)
    with pytest.raises(NotFound):
        await mark(world, thread, read_through=secret.id)


async def test_a_thread_can_be_marked_unread_but_not_an_empty_one(world: World) -> None:
    thread, empty = await world.new_thread("Hello", "and hello"), await world.new_thread()
    assert (await mark(world, thread, unread=True)).unread
    assert not (await mark(world, empty, unread=True)).unread
    assert await on(world, "unread") == [thread.id]


async def test_an_archived_thread_does_not_ask_to_be_read(world: World) -> None:
    thread = await world.new_thread("Hello")
    await answer(world, thread)
    assert not (await mark(world, thread, archived=True)).unread
    assert await on(world, "unread") == []
    assert (await mark(world, thread, archived=False)).unread


async def test_an_answer_in_place_of_one_that_was_read_is_unread_again(world: World) -> None:
    thread = world.thread()
    question = message(thread, "Hello")
    await world.scoped.commit(Changes(thread_id=thread.id, create_thread=thread, put_items=[question]))
    await mark(world, thread, read_through=await answer(world, thread))
    await world.scoped.commit(Changes(thread_id=thread.id, remove_after=question.id))
    assert not await unread(world, thread)
    await answer(world, thread)
    assert await unread(world, thread)


async def test_nobody_reaches_anothers_marks(world: World) -> None:
    thread = await world.new_thread("Hello")
    last = await answer(world, thread)
    mine = await world.new_thread("mine")
    for other in (world.beside(user="eve"), world.beside(workflow="wf_b"), world.beside(project="proj_other")):
        assert [await on(other, shelf) for shelf in ("listed", "unread")] == [[], []]
        with pytest.raises(NotFound):
            await other.scoped.threads.marked(thread.id)
        with pytest.raises(NotFound):
            await other.scoped.threads.shelf("listed", PageQuery(after=thread.id))
        for given in ({"pinned": True}, {"read_through": last}, {"unread": True}):
            with pytest.raises(NotFound):
                await mark(other, thread, **given)
    with pytest.raises(NotFound):
        await mark(world, mine, read_through=last)  # an item of another thread
    assert (await world.scoped.threads.marked(thread.id)).marks == Marks(unread=True)
    with pytest.raises(ValueError, match="workflow"):
        await world.whole_project.threads.shelf("listed", PageQuery())
