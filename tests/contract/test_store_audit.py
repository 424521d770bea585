"""Every store keeps these promises about audit entries: `storage.base.Audit`, and what takes an entry."""

from datetime import timedelta

import pytest

from chatdock import clock
from chatdock.errors import BadRequest, NotFound
from chatdock.ids import new_id
from chatdock.storage.base import Changes
from chatdock.types.audit import Action, AuditEntry, entry, minting, user_subject
from storage.world import World


def made(world: World, action: Action, subject: str) -> AuditEntry:
    return entry(world.project, "key k1", action, subject, "req_1")


async def entries(world: World) -> list[AuditEntry]:
    return await world.store.audit.latest(1000, project=world.project)


async def test_entries_come_newest_first_by_project_by_subject_and_page_by_page(world: World) -> None:
    given = [made(world, "session.create", f"cksess_{n % 2}") for n in range(6)]
    for each in given:
        await world.store.audit.add(each)
    given.sort(key=lambda each: each.id, reverse=True)  # several of one millisecond have any order, but keep it
    assert await entries(world) == given
    about = await world.store.audit.latest(10, project=world.project, subject="cksess_1")
    assert about == [each for each in given if each.subject == "cksess_1"]
    assert await world.store.audit.latest(2, project=world.project, before_id=given[2].id) == given[3:5]
    assert given[0] in await world.store.audit.latest(1000)
    assert await world.store.audit.latest(10, project=new_id("proj_")) == []


async def test_an_entry_is_written_with_what_it_tells_of_and_once(world: World) -> None:
    session, thread, file = world.session(), await world.new_thread("a"), await world.new_file()
    await world.store.sessions.add(session, made(world, "session.create", session.id))
    for _ in range(3):
        await world.store.sessions.cancel(world.project, session.id, made(world, "session.cancel", session.id))
    await world.scoped.threads.delete(thread.id, made(world, "thread.delete", thread.id))
    await world.scoped.files.delete(file.id, made(world, "file.delete", file.id))
    told = {(each.action, each.subject, each.actor, each.request_id) for each in await entries(world)}
    assert told == {
        ("session.create", session.id, "key k1", "req_1"),
        ("session.cancel", session.id, "key k1", "req_1"),
        ("thread.delete", thread.id, "key k1", "req_1"),
        ("file.delete", file.id, "key k1", "req_1"),
    }
    assert len(await entries(world)) == 4


async def test_the_entry_of_a_minting_stays_when_its_session_goes_and_comes_once(world: World) -> None:
    sessions = [world.session(expires_at=clock.now() - timedelta(days=9_000)) for _ in range(6)]
    mintings = [minting(each.id, each.project, each.created_at, "key k1", f"req_{each.id}") for each in sessions]
    for session, audit in zip(sessions, mintings, strict=True):
        await world.store.sessions.add(session, audit)
    between = made(world, "thread.delete", "cthr_1")
    await world.store.audit.add(between)
    unnoted = world.session()
    await world.store.sessions.add(unnoted)
    expected = sorted([*mintings, between], key=lambda each: each.id, reverse=True)

    async def check() -> None:
        assert await entries(world) == expected
        pages = [await world.store.audit.latest(3, project=world.project)]
        for _ in range(2):
            pages.append(await world.store.audit.latest(3, project=world.project, before_id=pages[-1][-1].id))
        assert [each for page in pages for each in page] == expected
        assert await world.store.audit.latest(9, subject=sessions[2].id) == [mintings[2]]
        assert await world.store.audit.latest(9, project=world.project, subject="cthr_1") == [between]

    await check()
    await world.store.records.remove_sessions([sessions[0].id, sessions[3].id, unnoted.id])
    await check()
    while await world.store.retention.remove_expired_sessions(clock.now() - timedelta(days=8_999), 100_000):
        pass
    assert await world.store.records.sessions(world.project, world.user) == []
    await check()


async def test_the_entry_of_a_minting_ages_out_though_its_session_lives_on(world: World) -> None:
    long_ago = clock.now().replace(microsecond=0) - timedelta(days=9_000)
    old, new = world.session(created_at=long_ago), world.session()
    for session in (old, new):
        audit = minting(session.id, session.project, session.created_at, "key k1")
        await world.store.sessions.add(session, audit)
    while await world.store.retention.remove_audit(clock.now() - timedelta(days=8_999), 100_000):
        pass
    assert [each.subject for each in await entries(world)] == [new.id]
    assert await world.store.sessions.get(old.id) == old
    await world.store.records.remove_sessions([old.id])
    assert [each.subject for each in await entries(world)] == [new.id]


async def test_what_is_refused_leaves_no_entry(world: World) -> None:
    thread, file = await world.new_thread("a"), await world.new_file()
    await world.scoped.commit(Changes(thread_id=thread.id, attach_files=[file.id]))
    with pytest.raises(BadRequest):
        await world.scoped.files.delete(file.id, made(world, "file.delete", file.id))
    with pytest.raises(NotFound):
        await world.beside(user="mallory").scoped.threads.delete(thread.id, made(world, "thread.delete", thread.id))
    with pytest.raises(NotFound):
        await world.store.sessions.cancel(world.project, "cksess_no", made(world, "session.cancel", "cksess_no"))
    assert await entries(world) == []


def test_a_user_is_named_by_a_digest_that_only_the_server_can_make() -> None:
    subject = user_subject(b"p" * 32, "shop", "ada@example.com")
    assert subject == user_subject(b"p" * 32, "shop", "ada@example.com")
    assert "ada" not in subject
    others = [
        (b"q" * 32, "shop", "ada@example.com"),
        (b"p" * 32, "shop2", "ada@example.com"),
        (b"p" * 32, "shop", "ada"),
    ]
    assert subject not in {user_subject(*other) for other in others}
    assert user_subject(b"p" * 32, "shop", "\ud800").startswith("user "), "whatever a user is called"
