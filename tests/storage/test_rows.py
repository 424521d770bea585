"""What the rows look like underneath, in both databases."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatdock.storage.base import Changes, Feedback
from chatdock.storage.sql import create_store
from chatdock.storage.sql.schema import metadata
from storage import raw
from storage.world import World, message


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("migrated_postgres_url"))
    return f"sqlite:///{tmp_path}/chatdock.db"


@pytest.fixture
async def world(url: str) -> AsyncIterator[World]:
    store = create_store(url)
    await store.migrate()
    await store.open()
    yield World(store)
    await store.close()


async def positions(url: str, thread_id: str) -> list[int]:
    rows = await raw.fetch(url, "SELECT position FROM items WHERE thread_id = $1 ORDER BY position", thread_id)
    return [row[0] for row in rows]


async def test_positions_stay_dense_under_concurrent_commits(world: World, url: str) -> None:
    thread = await world.new_thread()
    await asyncio.gather(*(world.put(thread, message(thread, "a"), message(thread, "b")) for _ in range(80)))
    assert await positions(url, thread.id) == list(range(1, 161))


async def test_positions_grow_on_from_where_the_thread_now_ends(world: World, url: str) -> None:
    thread = world.thread()
    items = [message(thread, text) for text in "abcd"]
    await world.scoped.commit(Changes(thread_id=thread.id, create_thread=thread, put_items=items))
    await world.scoped.commit(Changes(thread_id=thread.id, remove_after=items[1].id, put_items=[message(thread, "e")]))
    assert await positions(url, thread.id) == [1, 2, 3]


async def test_deleting_a_thread_leaves_no_row_in_any_table(world: World, url: str) -> None:
    async def rows() -> dict[str, int]:
        found = {}
        for table in metadata.sorted_tables:
            if "project" in table.columns:
                count = f"SELECT count(*) FROM {table.name} WHERE project = $1"
                found[table.name] = (await raw.fetch(url, count, world.project))[0][0]
        return found

    thread = world.thread()
    item, file = message(thread, "a"), await world.new_file()
    await world.scoped.commit(
        Changes(
            thread_id=thread.id,
            create_thread=thread,
            start_run=world.run(thread, client_message_id="m-1"),
            put_items=[item],
            partial_items=[message(thread, "b")],
            attach_files=[file.id],
            put_feedback=[Feedback(item_id=item.id, kind="positive")],
        )
    )
    before = await rows()
    full = {"threads": 1, "items": 2, "runs": 1, "files": 1, "feedback": 1}
    assert {name: before[name] for name in full} == full
    await world.scoped.threads.delete(thread.id)
    assert set((await rows()).values()) == {0}


async def test_every_owned_row_names_its_owner(world: World, url: str) -> None:
    thread = world.thread()
    item, file = message(thread, "a"), await world.new_file()
    await world.scoped.commit(
        Changes(
            thread_id=thread.id,
            create_thread=thread,
            start_run=world.run(thread),
            put_items=[item],
            attach_files=[file.id],
            put_feedback=[Feedback(item_id=item.id, kind="positive")],
        )
    )
    await world.store.sessions.add(world.session())
    for name in ("threads", "items", "runs", "files", "feedback", "sessions"):
        owners = await raw.fetch(url, f"SELECT user_id, workflow_id FROM {name} WHERE project = $1", world.project)
        assert owners == [(world.user, world.workflow)], name


async def test_a_partial_item_is_marked_until_its_final_state_or_the_upkeep_clears_it(world: World, url: str) -> None:
    thread = await world.new_thread()
    one, two = message(thread, "one"), message(thread, "two")

    async def marked() -> list[str]:
        marks = "SELECT id FROM items WHERE thread_id = $1 AND partial ORDER BY position"
        return [row[0] for row in await raw.fetch(url, marks, thread.id)]

    await world.scoped.commit(Changes(thread_id=thread.id, partial_items=[one, two]))
    assert await marked() == [one.id, two.id]
    await world.put(thread, one)
    assert await marked() == [two.id]
    await world.store.upkeep.finish_partial_items(thread.id)
    assert await marked() == []
    assert await world.texts(thread) == ["one", "two"]


async def test_the_latest_thumb_wins_and_there_is_one_row_a_user_and_item(world: World, url: str) -> None:
    thread = await world.new_thread()
    item = message(thread, "a")
    await world.put(thread, item)
    for kind in ("positive", "negative"):
        thumb = Feedback(item_id=item.id, kind=kind)  # type: ignore[arg-type]
        await world.scoped.commit(Changes(thread_id=thread.id, put_feedback=[thumb]))
    assert await raw.fetch(url, "SELECT kind FROM feedback WHERE thread_id = $1", thread.id) == [("negative",)]


async def test_no_secret_of_a_session_is_in_its_row(world: World, url: str) -> None:
    session = world.session()
    await world.store.sessions.add(session)
    rows = await raw.fetch(url, "SELECT * FROM sessions WHERE project = $1", world.project)
    assert "client_secret" not in str(rows)
    assert session.id in str(rows)
