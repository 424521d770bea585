"""Sessions in a process: the row decides, a cancel bites within a second, streams are counted."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec
import pytest

from chatdock.errors import NotFound, RateLimited, Unauthorized, Unavailable
from chatdock.sessions.registry import SessionRegistry, status_of
from chatdock.storage.base import Store
from chatdock.types.actor import Actor
from chatdock.types.audit import AuditEntry
from chatdock.types.session import Session
from sessions.made import session


async def _session(memory: Store, user: str = "ada") -> Actor:
    made = session(user)
    await memory.sessions.add(made)
    return Actor(
        project=made.project,
        user=user,
        workflow=made.workflow_id,
        workflow_version=made.workflow_version,
        session_id=made.id,
        expires_at=int(made.expires_at.timestamp()),
    )


@pytest.fixture
async def registry(memory: Store) -> AsyncIterator[SessionRegistry]:
    registry = SessionRegistry(memory.sessions, streams_per_session=3, streams_per_user=5)
    yield registry
    await registry.close()


class CountingSessions:
    """The store's sessions, counting reads; away when told to be."""

    def __init__(self, store: Store) -> None:
        self._sessions = store.sessions
        self.reads = 0
        self.watches = 0
        self.away = False

    async def add(self, session: Session, audit: AuditEntry | None = None) -> None:
        await self._sessions.add(session, audit)

    async def get(self, session_id: str) -> Session:
        self.reads += 1
        if self.away:
            raise Unavailable("away")
        return await self._sessions.get(session_id)

    async def cancel(self, project: str, session_id: str, audit: AuditEntry | None = None) -> Session:
        return await self._sessions.cancel(project, session_id, audit)

    async def cancelled(self, session_ids: object) -> list[str]:
        self.watches += 1
        if self.away:
            raise Unavailable("away")
        return await self._sessions.cancelled(list(session_ids))  # type: ignore[call-overload]


async def test_an_active_session_is_read_once_a_second_at_most(memory: Store) -> None:
    counting = CountingSessions(memory)
    registry, actor = SessionRegistry(counting), await _session(memory)
    for _ in range(20):
        assert (await registry.require(actor)).user == "ada"
    assert counting.reads == 1
    await asyncio.sleep(1.05)
    await registry.require(actor)
    assert counting.reads == 2


async def test_a_store_that_is_away_is_an_error_and_never_a_pass(memory: Store) -> None:
    counting = CountingSessions(memory)
    actor = await _session(memory)
    counting.away = True
    with pytest.raises(Unavailable):
        await SessionRegistry(counting).require(actor)


async def test_a_session_that_is_gone_or_says_otherwise_is_refused(memory: Store, registry: SessionRegistry) -> None:
    actor = await _session(memory)
    await registry.require(actor)
    for change in (
        {"user": "eve"},
        {"project": "p2"},
        {"workflow": "wf_2"},
        {"workflow_version": "2"},
        {"session_id": "x"},
    ):
        with pytest.raises(Unauthorized):
            await registry.require(msgspec.structs.replace(actor, **change))


async def test_a_cancel_here_counts_at_once_and_ends_the_streams(memory: Store, registry: SessionRegistry) -> None:
    actor, ended = await _session(memory), []
    await registry.require(actor)
    with registry.stream(actor) as one, registry.stream(actor) as two:
        one.on_cancel(lambda: ended.append("one"))
        two.on_cancel(lambda: ended.append("two"))
        await registry.cancel("default", actor.session_id)
        assert sorted(ended) == ["one", "two"] and one.cancelled
        late: list[str] = []
        one.on_cancel(lambda: late.append("late"))
        assert late == ["late"]
    with pytest.raises(Unauthorized) as refused:
        await registry.require(actor)
    assert refused.value.code == "session_cancelled"
    assert (await registry.cancel("default", actor.session_id)).status == "cancelled"


async def test_a_cancel_elsewhere_ends_open_streams_soon(memory: Store, registry: SessionRegistry) -> None:
    actor, other = await _session(memory), await _session(memory, "bob")
    await registry.require(actor)
    ended = asyncio.Event()
    with registry.stream(actor) as lease, registry.stream(other) as untouched:
        lease.on_cancel(ended.set)
        await memory.sessions.cancel("default", actor.session_id)
        await asyncio.wait_for(ended.wait(), 30)
        assert not untouched.cancelled
        with pytest.raises(Unauthorized):
            await registry.require(actor)


async def test_the_watch_survives_a_store_that_goes_away(memory: Store) -> None:
    counting = CountingSessions(memory)
    registry, actor = SessionRegistry(counting), await _session(memory)
    ended = asyncio.Event()
    with registry.stream(actor) as lease:
        lease.on_cancel(ended.set)
        counting.away = True
        while not counting.watches:
            await asyncio.sleep(0.02)
        assert not lease.cancelled
        counting.away = False
        await memory.sessions.cancel("default", actor.session_id)
        await asyncio.wait_for(ended.wait(), 30)
    await registry.close()


async def test_nothing_is_asked_while_no_stream_is_open(memory: Store) -> None:
    counting = CountingSessions(memory)
    registry, actor = SessionRegistry(counting), await _session(memory)
    with registry.stream(actor):
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.6)
    watches = counting.watches
    await asyncio.sleep(1.1)
    assert counting.watches == watches
    with registry.stream(actor):
        while counting.watches == watches:
            await asyncio.sleep(0.02)
        assert counting.watches == watches + 1
    await registry.close()


async def test_one_query_asks_about_every_open_session(memory: Store) -> None:
    counting = CountingSessions(memory)
    registry = SessionRegistry(counting)
    actors = [await _session(memory, f"user-{index}") for index in range(50)]
    with contextlib.ExitStack() as stack:
        for actor in actors:
            stack.enter_context(registry.stream(actor))
        assert registry.open_streams == 50
        while not counting.watches:
            await asyncio.sleep(0.02)
        assert counting.watches <= 2
    assert registry.open_streams == 0
    await registry.close()


async def test_streams_are_limited_by_session_and_by_user(memory: Store, registry: SessionRegistry) -> None:
    first, second = await _session(memory), await _session(memory)
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(registry.stream(first))
        with pytest.raises(RateLimited) as refused, registry.stream(first):
            pass
        assert refused.value.limit == 3
        for _ in range(2):
            stack.enter_context(registry.stream(second))
        with pytest.raises(RateLimited) as refused, registry.stream(second):
            pass
        assert refused.value.limit == 5
        with registry.stream(await _session(memory, "bob")):
            assert registry.open_streams == 6
    with registry.stream(first):  # what was refused left nothing behind
        assert registry.open_streams == 1


async def test_another_projects_session_cannot_be_cancelled(memory: Store, registry: SessionRegistry) -> None:
    actor = await _session(memory)
    with pytest.raises(NotFound):
        await registry.cancel("p2", actor.session_id)
    await registry.require(actor)


async def test_a_session_past_its_time_shows_as_expired(memory: Store) -> None:
    row = await memory.sessions.get((await _session(memory)).session_id)
    assert status_of(row) == "active"
    assert status_of(row, row.expires_at) == "expired"
