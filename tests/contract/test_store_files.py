"""Every store keeps these promises about files: `storage.base.Files`, and what `Changes` says of them."""

import asyncio

import pytest

from chatdock.errors import BadRequest, NotFound
from chatdock.storage.base import Changes
from chatdock.types.actor import Scope
from storage.world import World


async def attach(world: World, thread_id: str, *file_ids: str) -> None:
    await world.scoped.commit(Changes(thread_id=thread_id, attach_files=file_ids))


async def test_a_file_comes_back_as_it_was_added_bound_to_nothing(world: World) -> None:
    file = await world.new_file(name="Größe\0📏.png", blob_id=None, preview_blob_id=None)
    assert await world.scoped.files.get(file.id) == file
    assert (await world.scoped.files.get(file.id)).thread_id is None


async def test_unknown_and_foreign_files_are_not_found(world: World) -> None:
    file = await world.new_file()
    for stranger in (
        world.beside(user="user-2"),
        world.beside(workflow="wf_b"),
        world.beside(project=world.project + "x"),
    ):
        files = stranger.scoped.files
        for attempt in (files.get(file.id), files.save(file), files.delete(file.id)):
            with pytest.raises(NotFound):
                await attempt
    for attempt in (world.scoped.files.get("catt_unknown"), world.scoped.files.delete("catt_unknown")):
        with pytest.raises(NotFound):
            await attempt
    assert await world.whole_project.files.get(file.id) == file


async def test_saving_writes_blob_ids_size_type_and_kind_and_nothing_else(world: World) -> None:
    file = await world.new_file(blob_id=None, size_bytes=5)
    changed = world.file(
        id=file.id,
        blob_id="blob_1",
        preview_blob_id="blob_2",
        size_bytes=7,
        mime_type="text/plain",
        kind="file",
        name="other.txt",
        session_id="cksess_other",
        thread_id="cthr_1",
    )
    await world.scoped.files.save(changed)
    stored = await world.scoped.files.get(file.id)
    assert (stored.blob_id, stored.preview_blob_id, stored.size_bytes) == ("blob_1", "blob_2", 7)
    assert (stored.mime_type, stored.kind) == ("text/plain", "file")
    assert (stored.name, stored.session_id, stored.created_at) == (file.name, file.session_id, file.created_at)
    assert stored.thread_id is None


async def test_saving_a_file_that_is_gone_is_not_found(world: World) -> None:
    file = await world.new_file()
    await world.scoped.files.delete(file.id)
    with pytest.raises(NotFound):
        await world.scoped.files.save(file)


async def test_deleting_returns_the_file_and_a_second_time_is_not_found(world: World) -> None:
    file = await world.new_file()
    assert await world.scoped.files.delete(file.id) == file
    with pytest.raises(NotFound):
        await world.scoped.files.delete(file.id)


async def test_a_file_that_a_message_carries_is_not_deleted(world: World) -> None:
    thread, file = await world.new_thread(), await world.new_file()
    await attach(world, thread.id, file.id)
    with pytest.raises(BadRequest) as caught:
        await world.scoped.files.delete(file.id)
    assert type(caught.value) is BadRequest
    assert (await world.scoped.files.get(file.id)).thread_id == thread.id


async def test_attaching_binds_a_file_to_its_thread_once_and_for_all(world: World) -> None:
    thread, other = await world.new_thread(), await world.new_thread()
    file = await world.new_file()
    await attach(world, thread.id, file.id, file.id)
    await attach(world, thread.id, file.id)
    with pytest.raises(NotFound):
        await attach(world, other.id, file.id)
    assert (await world.scoped.files.get(file.id)).thread_id == thread.id


async def test_a_file_that_is_unknown_foreign_or_not_uploaded_is_not_attached_nor_those_beside_it(world: World) -> None:
    thread, good = await world.new_thread(), await world.new_file()
    refused = [
        "catt_unknown",
        (await world.new_file(blob_id=None)).id,
        (await world.beside(user="user-2").new_file()).id,
        (await world.beside(workflow="wf_b").new_file()).id,
        (await world.beside(project=world.project + "x").new_file()).id,
    ]
    for file_id in refused:
        with pytest.raises(NotFound):
            await attach(world, thread.id, good.id, file_id)
        with pytest.raises(NotFound):
            await attach(world, thread.id, file_id, good.id)
    assert (await world.scoped.files.get(good.id)).thread_id is None


async def test_a_server_key_attaches_only_files_of_the_threads_own_user(world: World) -> None:
    thread, foreign = await world.new_thread(), await world.beside(user="user-2").new_file()
    with pytest.raises(NotFound):
        await world.whole_project.commit(Changes(thread_id=thread.id, attach_files=[foreign.id]))


async def test_two_threads_that_want_one_file_at_once_leave_it_to_one(world: World) -> None:
    threads = [await world.new_thread() for _ in range(8)]
    files = [(await world.new_file()).id for _ in range(3)]
    outcomes = await asyncio.gather(*(attach(world, thread.id, *files) for thread in threads), return_exceptions=True)
    assert outcomes.count(None) == 1
    assert [type(outcome) for outcome in outcomes].count(NotFound) == 7
    winner = threads[outcomes.index(None)]
    for file_id in files:
        assert (await world.scoped.files.get(file_id)).thread_id == winner.id


async def test_the_count_of_unattached_files_is_the_sessions_own_with_those_announced(world: World) -> None:
    session = world.session().id
    attached = await world.new_file(session_id=session)
    await world.new_file(session_id=session)
    await world.new_file(session_id=session, blob_id=None)
    await world.new_file(session_id="cksess_other")
    assert await world.scoped.files.unattached_count(session) == 3
    thread = await world.new_thread()
    await attach(world, thread.id, attached.id)
    assert await world.scoped.files.unattached_count(session) == 2
    assert await world.beside(user="user-2").scoped.files.unattached_count(session) == 0
    assert await world.scoped.files.unattached_count("cksess_unknown") == 0


async def test_a_file_is_added_only_in_the_scope_of_a_user_and_a_workflow(world: World) -> None:
    with pytest.raises(ValueError, match="user and a workflow"):
        await world.store.scoped(Scope(project=world.project, user=world.user)).files.add(world.file())
