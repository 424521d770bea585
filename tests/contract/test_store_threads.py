"""Every store keeps these promises about threads: `storage.base.Threads`."""

from datetime import timedelta

import pytest

from chatdock.errors import NotFound
from chatdock.storage.base import Changes
from chatdock.types.actor import Scope
from chatdock.types.page import PageQuery
from chatdock.types.thread import Closed, Locked
from storage.world import World, ids_of, later


async def test_a_thread_comes_back_as_it_was_created(world: World) -> None:
    thread = await world.new_thread(
        title="Größe 📏",
        metadata={"order": 7, "nested": [None, True, 1.5]},
        allowed_image_domains=["img.example.com"],
        status=Locked(reason="audit"),
    )
    assert await world.scoped.threads.get(thread.id) == thread


async def test_an_unknown_thread_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await world.scoped.threads.get("cthr_unknown")


async def test_saving_writes_title_status_domains_and_metadata_and_nothing_else(world: World) -> None:
    thread = await world.new_thread()
    changed = world.thread(
        id=thread.id,
        title="New",
        status=Closed(reason="done"),
        metadata={"seen": True},
        allowed_image_domains=["a.example"],
    )
    changed.user, changed.workflow_id = "somebody else", "wf_z"
    assert changed.created_at != thread.created_at
    await world.scoped.commit(Changes(thread_id=thread.id, save_thread=changed))
    stored = await world.scoped.threads.get(thread.id)
    assert (stored.title, stored.status, stored.metadata) == ("New", Closed(reason="done"), {"seen": True})
    assert stored.allowed_image_domains == ["a.example"]
    assert (stored.created_at, stored.user, stored.workflow_id) == (thread.created_at, thread.user, thread.workflow_id)


async def test_saving_a_thread_that_is_gone_is_not_found_and_does_not_bring_it_back(world: World) -> None:
    thread = await world.new_thread()
    await world.scoped.threads.delete(thread.id)
    with pytest.raises(NotFound):
        await world.scoped.commit(Changes(thread_id=thread.id, save_thread=thread))
    with pytest.raises(NotFound):
        await world.scoped.threads.get(thread.id)


async def test_a_page_is_ordered_by_creation_not_by_the_order_of_writing(world: World) -> None:
    now = later()
    created = [await world.new_thread(created_at=now + timedelta(seconds=offset)) for offset in (2, 0, 1)]
    oldest_first = [created[1].id, created[2].id, created[0].id]
    assert ids_of(await world.scoped.threads.page(PageQuery(order="asc"))) == oldest_first
    assert ids_of(await world.scoped.threads.page(PageQuery(order="desc"))) == oldest_first[::-1]


async def test_threads_of_the_same_instant_are_paged_without_loss_or_repetition(world: World) -> None:
    now = later()
    created = {(await world.new_thread(created_at=now)).id for _ in range(7)}
    seen: list[str] = []
    query = PageQuery(limit=2)
    while True:
        page = await world.scoped.threads.page(query)
        seen += ids_of(page)
        if not page.has_more:
            break
        query = PageQuery(limit=2, after=page.after)
    assert len(seen) == 7
    assert set(seen) == created


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_after_and_before_are_positions_in_the_requested_order(world: World, order: str) -> None:
    created = [(await world.new_thread()).id for _ in range(6)]
    listed = created if order == "asc" else created[::-1]

    async def ask(**query: object) -> tuple[list[str], bool]:
        page = await world.scoped.threads.page(PageQuery(order=order, **query))  # type: ignore[arg-type]
        assert page.after == (page.data[-1].id if page.has_more else None)
        return ids_of(page), page.has_more

    assert await ask(limit=2) == (listed[:2], True)
    assert await ask(limit=2, after=listed[1]) == (listed[2:4], True)
    assert await ask(limit=2, after=listed[3]) == (listed[4:], False)
    assert await ask(limit=2, after=listed[5]) == ([], False)
    assert await ask(limit=2, before=listed[4]) == (listed[2:4], True)
    assert await ask(limit=2, before=listed[2]) == (listed[:2], False)
    assert await ask(limit=9, after=listed[0], before=listed[4]) == (listed[1:4], False)
    assert await ask(limit=2, after=listed[0], before=listed[4]) == (listed[1:3], True)
    assert await ask(limit=9, after=listed[4], before=listed[1]) == ([], False)


async def test_the_page_says_there_is_more_only_when_there_is(world: World) -> None:
    for _ in range(3):
        await world.new_thread()
    assert (await world.scoped.threads.page(PageQuery(limit=3))).has_more is False
    assert (await world.scoped.threads.page(PageQuery(limit=2))).has_more is True
    assert (await world.scoped.threads.page(PageQuery(limit=10_000))).has_more is False


async def test_an_unknown_or_foreign_cursor_is_not_found(world: World) -> None:
    await world.new_thread()
    foreign = await world.beside(user="user-2").new_thread()
    for cursor in ("cthr_unknown", foreign.id):
        for query in (PageQuery(after=cursor), PageQuery(before=cursor)):
            with pytest.raises(NotFound):
                await world.scoped.threads.page(query)


async def test_a_scope_sees_its_user_and_workflow_and_none_means_any(world: World) -> None:
    mine = await world.new_thread()
    other_workflow = await world.beside(workflow="wf_b").new_thread()
    other_user = await world.beside(user="user-2").new_thread()
    await world.beside(project=world.project + "x").new_thread()

    async def visible(**scope: str | None) -> set[str]:
        scoped = world.store.scoped(Scope(project=world.project, **scope))
        return set(ids_of(await scoped.threads.page(PageQuery())))

    assert await visible(user=world.user, workflow=world.workflow) == {mine.id}
    assert await visible(user=world.user) == {mine.id, other_workflow.id}
    assert await visible(workflow=world.workflow) == {mine.id, other_user.id}
    assert await visible() == {mine.id, other_workflow.id, other_user.id}


async def test_deleting_a_thread_takes_its_items_runs_feedback_and_files_and_names_blobs_and_runs(world: World) -> None:
    thread = await world.new_thread("one", "two")
    kept = await world.new_thread("three")
    image = await world.new_file(preview_blob_id="blob_preview")
    plain = await world.new_file()
    run = world.run(thread)
    await world.scoped.commit(Changes(thread_id=thread.id, start_run=run, attach_files=[image.id, plain.id]))

    deleted = await world.scoped.threads.delete(thread.id)

    assert set(deleted.blob_ids) == {image.blob_id, "blob_preview", plain.blob_id}
    assert deleted.run_ids == (run.id,)
    for lookup in (
        world.scoped.threads.get(thread.id),
        world.scoped.items.page(thread.id, PageQuery()),
        world.scoped.runs.get(run.id),
        world.scoped.files.get(image.id),
        world.scoped.files.get(plain.id),
    ):
        with pytest.raises(NotFound):
            await lookup
    assert await world.texts(kept) == ["three"]


async def test_deleting_twice_is_not_found(world: World) -> None:
    thread = await world.new_thread("one")
    await world.scoped.threads.delete(thread.id)
    with pytest.raises(NotFound):
        await world.scoped.threads.delete(thread.id)


async def test_deleting_a_foreign_thread_is_not_found_and_takes_nothing(world: World) -> None:
    thread = await world.new_thread("one")
    for stranger in (
        world.beside(user="user-2"),
        world.beside(workflow="wf_b"),
        world.beside(project=world.project + "x"),
    ):
        with pytest.raises(NotFound):
            await stranger.scoped.threads.delete(thread.id)
    assert await world.texts(thread) == ["one"]


async def test_a_server_key_deletes_any_thread_of_its_project(world: World) -> None:
    thread = await world.new_thread("one")
    await world.whole_project.threads.delete(thread.id)
    with pytest.raises(NotFound):
        await world.scoped.threads.get(thread.id)
