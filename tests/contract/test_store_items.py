"""Every store keeps these promises about items: `storage.base.Items`."""

import msgspec
import pytest

from chatdock import ids
from chatdock.errors import NotFound
from chatdock.storage.base import Changes
from chatdock.types.content import InferenceOptions, InputTag, InputText, output_text
from chatdock.types.item import AssistantMessage, ClientToolCall, Item, SdkHiddenContext, UserMessage, WidgetItem
from chatdock.types.page import PageQuery
from chatdock.types.thread import Thread
from chatdock.types.wire import encode
from storage.world import World, hidden, later, message, text_of, texts_of


def of_every_shape(thread: Thread) -> list[Item]:
    common = {"thread_id": thread.id, "created_at": later()}
    return [
        UserMessage(
            id=ids.new_id(ids.ITEM),
            content=[
                InputText(text='"quotes" \\ \n\t\u2028 😀 a\u0301 á'),
                InputTag(id="t", text="@x", data={"k": None}),
            ],
            attachments=[],
            inference_options=InferenceOptions(),
            quoted_text="",
            **common,
        ),
        AssistantMessage(id=ids.new_id(ids.ITEM), content=[output_text("")], **common),
        ClientToolCall(
            id=ids.new_id(ids.ITEM), status="completed", call_id="c", name="n", arguments={}, output=None, **common
        ),
        WidgetItem(id=ids.new_id(ids.ITEM), widget={"type": "Card", "unknown": [1e300, 2**53]}, **common),
        SdkHiddenContext(id=ids.new_id(ids.ITEM), content="cancelled", **common),
    ]


async def test_an_item_comes_back_as_it_was_put_hidden_ones_included(world: World) -> None:
    thread = await world.new_thread()
    items = of_every_shape(thread)
    await world.put(thread, *items)
    for item in items:
        assert await world.scoped.items.get(thread.id, item.id) == item
    assert await world.scoped.items.latest(thread.id, 10) == items


async def test_a_page_holds_the_very_bytes_of_the_wire(world: World) -> None:
    thread = await world.new_thread()
    items = of_every_shape(thread)
    await world.put(thread, *items)
    page = await world.scoped.items.page(thread.id, PageQuery(order="asc"))
    assert all(isinstance(raw, msgspec.Raw) for raw in page.data)
    assert [bytes(raw) for raw in page.data] == [encode(item) for item in items[:-1]]
    assert encode(page) == b'{"data":[' + b",".join(encode(item) for item in items[:-1]) + b'],"has_more":false}'


async def test_a_nul_character_in_an_item_is_kept(world: World) -> None:
    thread = await world.new_thread()
    item = message(thread, "a\0b")
    await world.put(thread, item)
    assert await world.scoped.items.get(thread.id, item.id) == item


async def test_a_page_never_holds_a_hidden_item_nor_counts_it(world: World) -> None:
    thread = await world.new_thread()
    await world.put(thread, message(thread, "1"), hidden(thread), hidden(thread), message(thread, "2"), hidden(thread))
    page = await world.scoped.items.page(thread.id, PageQuery(limit=2, order="asc"))
    assert texts_of(page) == ["1", "2"]
    assert page.has_more is False


async def test_a_hidden_item_is_no_cursor(world: World) -> None:
    thread = await world.new_thread("1")
    secret = hidden(thread)
    await world.put(thread, secret)
    with pytest.raises(NotFound):
        await world.scoped.items.page(thread.id, PageQuery(after=secret.id))


async def test_an_existing_thread_without_items_is_an_empty_page_and_an_unknown_one_is_not_found(world: World) -> None:
    thread = await world.new_thread()
    page = await world.scoped.items.page(thread.id, PageQuery())
    assert (page.data, page.has_more, page.after) == ([], False, None)
    assert await world.scoped.items.latest(thread.id, 5) == []
    with pytest.raises(NotFound):
        await world.scoped.items.page("cthr_unknown", PageQuery())
    with pytest.raises(NotFound):
        await world.scoped.items.latest("cthr_unknown", 5)


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_pages_follow_each_other_without_gap_or_repetition(world: World, order: str) -> None:
    thread = await world.new_thread(*(str(n) for n in range(10)))
    expected = [str(n) for n in range(10)]
    if order == "desc":
        expected.reverse()
    seen: list[str] = []
    after = None
    sizes = []
    while True:
        page = await world.scoped.items.page(thread.id, PageQuery(limit=4, order=order, after=after))  # type: ignore[arg-type]
        seen += texts_of(page)
        sizes.append(len(page.data))
        after = page.after
        if not page.has_more:
            break
    assert seen == expected
    assert sizes == [4, 4, 2]
    assert after is None


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_before_holds_the_items_next_to_the_cursor_in_the_requested_order(world: World, order: str) -> None:
    thread = world.thread()
    items = [message(thread, str(n)) for n in range(8)]
    await world.scoped.commit(Changes(thread_id=thread.id, create_thread=thread, put_items=items))
    listed = items if order == "asc" else items[::-1]
    page = await world.scoped.items.page(thread.id, PageQuery(limit=3, order=order, before=listed[5].id))  # type: ignore[arg-type]
    assert texts_of(page) == [text_of(item) for item in listed[2:5]]
    assert page.has_more is True
    page = await world.scoped.items.page(thread.id, PageQuery(limit=3, order=order, before=listed[2].id))  # type: ignore[arg-type]
    assert texts_of(page) == [text_of(item) for item in listed[:2]]
    assert page.has_more is False


async def test_a_page_of_nothing_still_says_whether_there_is_more(world: World) -> None:
    thread = await world.new_thread("1")
    page = await world.scoped.items.page(thread.id, PageQuery(limit=0))
    assert (page.data, page.has_more) == ([], True)


async def test_a_cursor_that_is_unknown_or_of_another_thread_is_not_found(world: World) -> None:
    thread = await world.new_thread("1", "2")
    other = await world.new_thread()
    elsewhere = message(other, "elsewhere")
    await world.put(other, elsewhere)
    for cursor in ("cti_unknown", elsewhere.id):
        for query in (PageQuery(after=cursor), PageQuery(before=cursor)):
            with pytest.raises(NotFound):
                await world.scoped.items.page(thread.id, query)


async def test_latest_is_the_newest_with_the_oldest_of_them_first_hidden_ones_included(world: World) -> None:
    thread = await world.new_thread(*"abcdef")
    secret = hidden(thread)
    await world.put(thread, secret)
    latest = await world.scoped.items.latest(thread.id, 3)
    assert [item.id for item in latest][-1] == secret.id
    assert [text_of(item) for item in latest[:-1]] == ["e", "f"]


async def test_an_item_is_found_only_in_its_own_thread(world: World) -> None:
    thread, other = await world.new_thread(), await world.new_thread()
    item = message(thread, "here")
    await world.put(thread, item)
    with pytest.raises(NotFound):
        await world.scoped.items.get(other.id, item.id)
    with pytest.raises(NotFound):
        await world.scoped.items.get(thread.id, "cti_unknown")


async def test_the_same_item_id_in_two_threads_is_two_items(world: World) -> None:
    one, two = await world.new_thread(), await world.new_thread()
    for thread, text in ((one, "first"), (two, "second")):
        await world.put(thread, message(thread, text, id="cti_greeting"))
    assert text_of(await world.scoped.items.get(one.id, "cti_greeting")) == "first"
    assert text_of(await world.scoped.items.get(two.id, "cti_greeting")) == "second"


async def test_foreign_items_look_like_unknown_ones(world: World) -> None:
    thread = await world.new_thread()
    item = message(thread, "mine")
    await world.put(thread, item)
    for stranger in (
        world.beside(user="user-2"),
        world.beside(workflow="wf_b"),
        world.beside(project=world.project + "x"),
    ):
        items = stranger.scoped.items
        for lookup in (
            items.get(thread.id, item.id),
            items.page(thread.id, PageQuery()),
            items.page(thread.id, PageQuery(after=item.id)),
            items.latest(thread.id, 5),
        ):
            with pytest.raises(NotFound):
                await lookup
    assert texts_of(await world.whole_project.items.page(thread.id, PageQuery())) == ["mine"]
