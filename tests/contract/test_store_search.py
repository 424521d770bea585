"""Every store keeps these promises about search: `storage.base.Search`."""

import msgspec
import pytest

from chatdock.storage.base import Changes
from chatdock.types.content import output_text
from chatdock.types.item import AssistantMessage
from chatdock.types.search import Hit
from chatdock.types.thread import Thread
from storage import raw
from storage.world import World, hidden, later, message


async def find(world: World, question: str, **page: int) -> list[Hit]:
    return await world.scoped.search.find(question, **{"limit": 20, **page})  # type: ignore[arg-type]


async def texts(world: World, question: str) -> list[str]:
    return [hit.snippet.text for hit in await find(world, question)]


def answer(thread: Thread, text: str) -> AssistantMessage:
    return AssistantMessage(
        id=message(thread, "").id, thread_id=thread.id, created_at=later(), content=[output_text(text)]
    )


async def test_messages_and_titles_are_found_newest_first_with_the_match_marked(world: World) -> None:
    thread = await world.new_thread("Where is my parcel?", title="A parcel for Grace")
    await world.put(thread, answer(thread, "Your **parcel** is in Lisbon."))
    hits = await find(world, "PARCEL")
    assert [hit.snippet.text for hit in hits] == [
        "Your parcel is in Lisbon.",
        "Where is my parcel?",
        "A parcel for Grace",
    ]
    assert all(hit.thread.id == thread.id for hit in hits)
    assert [hit.item_id is None for hit in hits] == [False, False, True]
    assert hits[0].snippet.ranges == [(5, 11)]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Das Straßencafé", "strassencafe"),
        ("Ångström", "angs"),
        ("İstanbul'da", "istanbul da"),
        ("東京都に行きました", "京都"),
        ("東京都に行きました", "東京都"),
        ("私は東京", "京"),
        ("これはペンです", "ペン"),
        ("สวัสดีครับ", "สวัส"),
        ("안녕하세요 세계", "안녕"),
        ("हिन्दी भाषा", "हिन्दी"),
        ("ＡＢＣ ﬁne", "abc fine"),
        ("order #A-1234", "a 1234"),
        ("word " * 50 + "needle", "need wor"),
    ],
)
async def test_case_accents_and_width_do_not_count_and_any_script_is_found(
    world: World, text: str, question: str
) -> None:
    await world.new_thread(text, "nothing of the kind")
    assert len(await find(world, question)) == 1


@pytest.mark.parametrize("question", ["", " ", "!?", "' OR 1=1 --", '"', "*", "a:*|b", "\0", "NEAR(a b)", "nowhere"])
async def test_what_is_no_word_or_no_words_of_anybody_finds_nothing(world: World, question: str) -> None:
    await world.new_thread("some text")
    assert await find(world, question) == []


async def test_every_word_has_to_be_there(world: World) -> None:
    await world.new_thread("red apples", "red pears", "green apples")
    assert await texts(world, "apples red") == ["red apples"]


async def test_pages_follow_each_other(world: World) -> None:
    await world.new_thread(*(f"note {n}" for n in range(7)))
    seen: list[str] = []
    below = None
    while page := await find(world, "note", limit=3, **({} if below is None else {"below": below})):
        seen += [hit.snippet.text for hit in page]
        below = page[-1].place
    assert seen == [f"note {n}" for n in reversed(range(7))]


async def test_what_is_hidden_or_unfinished_is_never_found(world: World) -> None:
    thread = await world.new_thread("hello")
    await world.put(thread, hidden(thread, "a secret"))
    await world.scoped.commit(Changes(thread_id=thread.id, partial_items=[answer(thread, "half a secret")]))
    assert await find(world, "secret") == []


async def test_what_was_changed_removed_or_deleted_is_gone_at_once(world: World) -> None:
    thread = await world.new_thread(title="old title")
    item, other = message(thread, "old words"), message(thread, "older words")
    await world.put(thread, item, other)
    assert len(await find(world, "old")) == 3
    renamed = msgspec.structs.replace(thread, title="new title")
    await world.scoped.commit(
        Changes(thread_id=thread.id, save_thread=renamed, put_items=[message(thread, "new words", id=item.id)])
    )
    assert await texts(world, "old") == ["older words"]
    assert await texts(world, "new") == ["new words", "new title"] or len(await find(world, "new")) == 2
    await world.scoped.commit(Changes(thread_id=thread.id, remove_items=[other.id]))
    assert await find(world, "older") == []
    await world.scoped.threads.delete(thread.id)
    assert await find(world, "new") == []


async def test_a_branch_that_is_not_read_is_not_found(world: World) -> None:
    thread = await world.new_thread()
    first = message(thread, "first version")
    await world.put(thread, first)
    await world.scoped.commit(
        Changes(thread_id=thread.id, fork_before=first.id, put_items=[message(thread, "second version")])
    )
    assert await texts(world, "version") == ["second version"]
    await world.scoped.commit(Changes(thread_id=thread.id, read_branch=first.id))
    assert await texts(world, "version") == ["first version"]


async def test_nobody_finds_what_is_another_users_or_workflows(world: World) -> None:
    await world.new_thread("mine alone", title="mine too")
    for stranger in (world.beside(user="user-2"), world.beside(workflow="wf_b"), world.beside(project="p")):
        assert await find(stranger, "mine") == []
    assert len(await find(world, "mine")) == 2


# A database in memory is never an older one.
@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
async def test_threads_of_before_are_indexed_in_steps_until_none_is_left(world: World, store_url: str) -> None:
    threads = [await world.new_thread("ancient words", title=f"ancient {n}") for n in range(3)]
    ids = ", ".join(f"'{thread.id}'" for thread in threads)
    await raw.fetch(store_url, f"DELETE FROM search_texts WHERE thread_id IN ({ids})")
    await raw.fetch(store_url, f"INSERT INTO search_todo SELECT id FROM threads WHERE id IN ({ids})")
    assert await find(world, "ancient") == []
    while await world.store.upkeep.index_threads(2):
        pass
    assert len(await find(world, "ancient")) == 6
