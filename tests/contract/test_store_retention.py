"""Every store keeps these promises about what may not be kept: `storage.base.Retention` and `Records`."""

import asyncio
from datetime import datetime, timedelta

import msgspec
import pytest

from chatdock import clock
from chatdock.errors import NotFound
from chatdock.ids import BLOB, new_id
from chatdock.storage.base import Changes, Feedback
from chatdock.types.audit import entry
from chatdock.types.thread import Thread
from storage.world import World, hidden, message

AGES_AGO = clock.now() - timedelta(days=9_000)
CUT = AGES_AGO + timedelta(days=10)
LATER = clock.now() + timedelta(days=1)


async def old_thread(world: World, *texts: str, last: datetime = AGES_AGO) -> Thread:
    """Created ages ago; its messages too, unless the last came later."""
    thread = world.thread(created_at=AGES_AGO)
    items = [message(thread, text, created_at=AGES_AGO) for text in texts[:-1]]
    items += [message(thread, text, created_at=last) for text in texts[-1:]]
    await world.scoped.commit(Changes(thread_id=thread.id, create_thread=thread, put_items=items))
    return thread


async def test_a_lease_has_one_owner_until_it_ends_by_the_databases_clock(world: World) -> None:
    lease, name = world.store.retention.lease, new_id("lease_")
    taken = await asyncio.gather(*(lease(name, f"owner-{n}", 60) for n in range(8)))
    assert taken.count(True) == 1
    owner = f"owner-{taken.index(True)}"
    assert not await lease(name, "another", 60)
    assert await lease(name + "x", "another", 60), "every name is a lease of its own"
    assert await lease(name, owner, 0.05), "its owner may renew, and shorten"
    until = asyncio.get_running_loop().time() + 30
    while not await lease(name, "another", 60):
        assert asyncio.get_running_loop().time() < until
        await asyncio.sleep(0.02)
    assert not await lease(name, owner, 60)


async def test_places_are_the_projects_and_workflows_that_have_threads(world: World) -> None:
    for workflow in ("wf_a", "wf_b", "wf_a"):
        await world.beside(workflow=workflow, user=new_id("u")).new_thread()
    await World(world.store, world.project + "x").new_thread()
    mine = [place for place in await world.store.retention.places() if place[0].startswith(world.project)]
    assert mine == [(world.project, "wf_a"), (world.project, "wf_b"), (world.project + "x", "wf_a")]


async def test_idle_threads_are_those_nobody_added_to_since(world: World) -> None:
    idle = [
        await old_thread(world, "a", "b"),
        await old_thread(world.beside(user="user-2"), "c"),
        await old_thread(world),
    ]
    await old_thread(world, "a", "b", last=CUT)
    await world.new_thread("new")
    await old_thread(world.beside(workflow="wf_b"), "elsewhere")
    found = []
    after = None
    while True:
        page = await world.store.retention.idle_threads(world.project, world.workflow, CUT, after, 2)
        found += page.threads
        after = page.next
        if after is None:
            break
    wanted = [
        (world.scope if thread.user == "user-1" else world.beside(user="user-2").scope, thread.id) for thread in idle
    ]
    assert sorted(found, key=str) == sorted(wanted, key=str)


async def test_an_idle_thread_goes_a_piece_at_a_time_with_its_runs_and_the_blobs_it_dooms(world: World) -> None:
    thread = await old_thread(world, *(f"m{n}" for n in range(7)))
    run, file = world.run(thread, status="completed"), await world.new_file(preview_blob_id=new_id(BLOB))
    await world.scoped.commit(Changes(thread_id=thread.id, start_run=run, attach_files=[file.id]))
    remove = world.store.retention.remove_thread
    assert await remove(world.scope, thread.id, CUT, 3) is None
    assert await world.texts(thread) == ["m3", "m4", "m5", "m6"], (
        "the oldest went, as many as may stay are left at least"
    )
    assert await remove(world.scope, thread.id, CUT, 3) is None
    deleted = await remove(world.scope, thread.id, CUT, 3)
    assert deleted is not None
    assert (deleted.run_ids, set(deleted.blob_ids)) == ((run.id,), {file.blob_id, file.preview_blob_id})
    for _ in range(2):
        with pytest.raises(NotFound):
            await remove(world.scope, thread.id, CUT, 3)
    with pytest.raises(NotFound):
        await world.scoped.files.get(file.id)
    doomed = await world.store.retention.doomed_blobs(LATER, 100_000)
    assert set(deleted.blob_ids) <= set(doomed)
    await world.store.retention.blobs_gone(deleted.blob_ids)
    assert not set(deleted.blob_ids) & set(await world.store.retention.doomed_blobs(LATER, 100_000))
    await world.store.retention.blobs_gone([])


async def test_a_thread_that_was_used_meanwhile_or_has_a_run_at_work_stays(world: World) -> None:
    used, busy, foreign = [await old_thread(world, "a") for _ in range(3)]
    await world.put(used, message(used, "I am back"))
    await world.scoped.commit(Changes(thread_id=busy.id, start_run=world.run(busy, status="in_progress")))
    for scope, thread in ((world.scope, used), (world.scope, busy), (world.beside(user="x").scope, foreign)):
        with pytest.raises(NotFound):
            await world.store.retention.remove_thread(scope, thread.id, CUT, 100)
    assert await world.texts(used) == ["a", "I am back"]
    assert await world.texts(busy) == await world.texts(foreign) == ["a"]
    assert await world.store.retention.remove_thread(world.scope, busy.id, None, 100) is not None, "unless nobody asks"


async def test_old_files_of_a_workflow_come_oldest_first_and_can_be_removed_from_their_message(world: World) -> None:
    thread = await world.new_thread("a")
    made = [await world.new_file(created_at=AGES_AGO + timedelta(hours=n)) for n in (3, 1, 2)]
    young = await world.new_file()
    await world.scoped.commit(Changes(thread_id=thread.id, attach_files=[*(file.id for file in made), young.id]))
    await world.new_file(created_at=AGES_AGO)  # no message carries it
    find = world.store.retention.old_files
    found = await find(world.project, world.workflow, CUT, 10)
    assert [(scope, file.id) for scope, file in found] == [(world.scope, made[n].id) for n in (1, 2, 0)]
    assert len(await find(world.project, world.workflow, CUT, 2)) == 2
    assert await find(world.project, "wf_other", CUT, 10) == []
    removed = await world.store.retention.remove_file(world.scope, made[1].id)
    assert removed.blob_id in await world.store.retention.doomed_blobs(LATER, 100_000)
    with pytest.raises(NotFound):
        await world.store.retention.remove_file(world.scope, made[1].id)
    with pytest.raises(NotFound):
        await world.store.retention.remove_file(world.beside(user="x").scope, made[0].id)


async def test_expired_sessions_and_old_entries_go_from_the_oldest_on(world: World) -> None:
    sessions = [world.session(expires_at=AGES_AGO + timedelta(days=n)) for n in (1, 20, 2, 3)]
    entries = [entry(world.project, "command", "key.create", f"k{n}") for n in range(4)]
    for session in sessions:
        await world.store.sessions.add(session)
    for number, each in enumerate(entries):
        await world.store.audit.add(msgspec.structs.replace(each, created_at=AGES_AGO + timedelta(days=number)))
    assert await world.store.retention.remove_expired_sessions(CUT, 100_000) >= 3
    while await world.store.retention.remove_expired_sessions(CUT, 100_000):
        pass
    left = {session.id for session in await world.store.records.sessions(world.project, world.user)}
    assert left == {sessions[1].id}, "one that lives on is stepped over"
    while await world.store.retention.remove_audit(AGES_AGO + timedelta(days=2), 100_000):
        pass
    kept = {each.subject for each in await world.store.audit.latest(100, project=world.project)}
    assert kept == {"k2", "k3"}


async def test_the_records_of_a_user_are_all_of_them_and_nobody_elses(world: World) -> None:
    one = await world.new_thread("a", "b")
    await world.put(one, hidden(one))
    items = await world.store.records.items(world.scope, one.id, 0, 2)
    rest = await world.store.records.items(world.scope, one.id, items[-1][0], 2)
    kinds = [msgspec.json.decode(bytes(raw))["type"] for _, raw in [*items, *rest]]
    assert kinds == ["user_message", "user_message", "hidden_context_item"]
    first = msgspec.json.decode(bytes(items[0][1]))["id"]
    await world.scoped.commit(Changes(thread_id=one.id, put_feedback=[Feedback(first, "positive")]))
    assert await world.store.records.feedback(world.scope, one.id) == [Feedback(first, "positive")]
    loose, bound = await world.new_file(), await world.beside(workflow="wf_b").new_file()
    await world.beside(user="user-2").new_file()
    files = await world.store.records.files(world.project, world.user)
    assert {(scope.workflow, file.id) for scope, file in files} == {("wf_a", loose.id), ("wf_b", bound.id)}
    session, foreign = world.session(), world.beside(user="user-2").session()
    for each in (session, foreign):
        await world.store.sessions.add(each)
    assert await world.store.records.sessions(world.project, world.user) == [session]
    await world.store.records.remove_sessions([session.id])
    assert await world.store.records.sessions(world.project, world.user) == []
    assert await world.store.sessions.get(foreign.id) == foreign
    stranger = world.beside(user="user-2").scope
    assert await world.store.records.items(stranger, one.id, 0, 10) == []
    assert await world.store.records.feedback(stranger, one.id) == []


async def test_tidying_up_is_safe_at_any_time(world: World) -> None:
    await world.store.retention.scrub()
    thread = await world.new_thread("a")
    await asyncio.gather(*(world.store.retention.scrub() for _ in range(3)), world.put(thread, message(thread, "b")))
    assert await world.texts(thread) == ["a", "b"]


async def test_blobs_are_doomed_until_their_row_has_them_and_again_when_it_has_others(world: World) -> None:
    doomed_blobs = world.store.retention.doomed_blobs
    file = await world.new_file()
    first, second = [new_id(BLOB), new_id(BLOB)], [new_id(BLOB)]
    await world.store.retention.doom([*first, *second])
    assert {*first, *second} <= set(await doomed_blobs(LATER, 100_000))
    assert not {*first, *second} & set(await doomed_blobs(clock.now() - timedelta(hours=1), 100_000))
    file.blob_id, file.preview_blob_id = first
    for _ in range(2):  # the answer was lost, perhaps
        await world.scoped.files.save(file)
        assert set(second) == {*first, *second} & set(await doomed_blobs(LATER, 100_000))
    file.blob_id, file.preview_blob_id = second[0], None
    await world.scoped.files.save(file)
    assert set(first) == {*first, *second} & set(await doomed_blobs(LATER, 100_000))
