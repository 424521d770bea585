"""Every store keeps these promises about sessions and server keys: `storage.base.Sessions` and `Keys`."""

from datetime import timedelta

import msgspec
import pytest

from chatdock import clock
from chatdock.errors import NotFound
from chatdock.ids import new_id
from chatdock.types.key import ServerKey
from storage.world import World


def key(project: str, **fields: object) -> ServerKey:
    given = {
        "id": new_id("key_"),
        "project": project,
        "name": "Größe 📏",
        "digest": "d" * 64,
        "scopes": ["sessions:create", "threads:read"],
        "created_at": clock.now(),
        **fields,
    }
    return ServerKey(**given)  # type: ignore[arg-type]


async def test_a_session_comes_back_as_it_was_added(world: World) -> None:
    session = world.session(
        state_variables={"nested": {"a": [1, None]}},
        origins=["https://a.example"],
        workflow_version_asked="1",
        user="a\u0301 \U0001f600",
    )
    await world.store.sessions.add(session)
    assert await world.store.sessions.get(session.id) == session


async def test_an_unknown_session_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await world.store.sessions.get("cksess_unknown")


async def test_cancelling_is_seen_at_once_and_is_idempotent(world: World) -> None:
    session = world.session()
    await world.store.sessions.add(session)
    for _ in range(2):
        cancelled = await world.store.sessions.cancel(world.project, session.id)
        assert cancelled.status == "cancelled"
        assert await world.store.sessions.get(session.id) == cancelled
    session.status = "cancelled"
    assert cancelled == session


async def test_cancelling_an_unknown_session_or_another_projects_is_not_found(world: World) -> None:
    session = world.session()
    await world.store.sessions.add(session)
    for project, session_id in ((world.project + "x", session.id), (world.project, "cksess_unknown")):
        with pytest.raises(NotFound):
            await world.store.sessions.cancel(project, session_id)
    assert (await world.store.sessions.get(session.id)).status == "active"


async def test_one_question_tells_which_sessions_are_cancelled_or_gone(world: World) -> None:
    sessions = [world.session() for _ in range(4)]
    for session in sessions:
        await world.store.sessions.add(session)
    for session in sessions[1:3]:
        await world.store.sessions.cancel(world.project, session.id)
    asked = [session.id for session in sessions] + ["cksess_unknown"]
    assert await world.store.sessions.cancelled(asked) == [sessions[1].id, sessions[2].id, "cksess_unknown"]
    assert await world.store.sessions.cancelled([]) == []


async def test_the_question_about_cancelled_sessions_takes_thousands(world: World) -> None:
    session = world.session()
    await world.store.sessions.add(session)
    asked = [f"cksess_{n}" for n in range(5_000)]
    assert await world.store.sessions.cancelled([session.id, *asked]) == asked


async def test_a_key_comes_back_as_it_was_added(world: World) -> None:
    full = key(world.project, expires_at=clock.now(), last_used_at=clock.now(), revoked_at=clock.now(), scopes=[])
    for one in (key(world.project), full):
        await world.store.keys.add(one)
        assert await world.store.keys.get(one.id) == one
    with pytest.raises(NotFound):
        await world.store.keys.get("key_unknown")


async def test_the_list_holds_the_keys_of_every_project_oldest_first(world: World) -> None:
    now = clock.now()
    newer = key(world.project, created_at=now)
    older = key(world.project + "x", created_at=now - timedelta(days=1))
    for one in (newer, older):
        await world.store.keys.add(one)
    listed = await world.store.keys.list()
    assert [one for one in listed if one.id in (newer.id, older.id)] == [older, newer]
    assert [one.created_at for one in listed] == sorted(one.created_at for one in listed)


async def test_a_keys_use_is_written_alone_and_only_over_an_older_one(world: World) -> None:
    stored = key(world.project)
    await world.store.keys.add(stored)
    now = clock.now()
    for at, unless_since, expected in (
        (now, now, now),
        (now + timedelta(seconds=30), now - timedelta(seconds=30), now),
        (now + timedelta(seconds=90), now + timedelta(seconds=30), now + timedelta(seconds=90)),
    ):
        await world.store.keys.note_use(stored.id, at, unless_since)
        stored.last_used_at = expected
        assert await world.store.keys.get(stored.id) == stored
    await world.store.keys.save(msgspec.structs.replace(stored, last_used_at=None))
    assert await world.store.keys.get(stored.id) == stored
    await world.store.keys.note_use("unknown", now, now)


async def test_saving_a_key_writes_its_two_instants_and_nothing_else(world: World) -> None:
    stored = key(world.project)
    await world.store.keys.add(stored)
    instants = {name: clock.now() for name in ("expires_at", "revoked_at")}
    await world.store.keys.save(key("another", id=stored.id, digest="x", name="x", **instants))
    for name, instant in instants.items():
        setattr(stored, name, instant)
    assert await world.store.keys.get(stored.id) == stored
    with pytest.raises(NotFound):
        await world.store.keys.save(key(world.project))
