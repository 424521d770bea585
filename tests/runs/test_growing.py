"""Text that grows without waiting: the same bytes and the same items as `emit` gives, and a refusal where it would wait."""

import asyncio

from chatdock.clock import now
from chatdock.context import RunContext
from chatdock.runs.draft import Draft
from chatdock.runs.frames import TextFrames, frames
from chatdock.storage.base import Store
from chatdock.types.content import output_text
from chatdock.types.event import ItemAdded, ItemDone, ItemUpdated, PartAdded, TextDelta, text_delta
from chatdock.types.item import AssistantMessage
from runs.house import House, memory_store

store = memory_store

_NOW = now()
AWKWARD = [
    "",
    "a",
    'say "so"',
    "two\nlines\r\n",
    "tab\t\x00\x1f",
    "ünïcode 漢字 👩‍👩‍👧",
    "\u2028\u2029",
    "</script>",
    '""',
    "\\",
]


def test_ready_frames_are_the_bytes_that_encoding_gives() -> None:
    for text in AWKWARD:
        assert TextFrames("cti_1").of([text]) == frames([text_delta("cti_1", text)])
    assert TextFrames("cti_1").of(AWKWARD) == frames([text_delta("cti_1", text) for text in AWKWARD])


def test_a_draft_takes_both_kinds_of_growth() -> None:
    item = AssistantMessage(id="cti_1", thread_id="cthr_1", created_at=_NOW, content=[])
    draft = Draft(item, is_new=True)
    draft.update(PartAdded(content_index=0, content=output_text("")))
    draft.grow(TextDelta(content_index=0, delta="a"))
    draft.extend(["b", "c"])
    draft.update(PartAdded(content_index=1, content=output_text("")))
    draft.grow(TextDelta(content_index=1, delta="x"))
    draft.extend(["d"])
    draft.grow(TextDelta(content_index=1, delta="y"))
    grown = draft.item
    assert isinstance(grown, AssistantMessage)
    assert [part.text for part in grown.content] == ["abcd", "xy"]


async def test_what_grew_is_seen_and_stored_as_if_it_had_been_emitted(store: Store) -> None:
    async def answer(ctx: RunContext) -> None:
        item = AssistantMessage(id=ctx.item_id(), thread_id=ctx.thread.id, created_at=_NOW, content=[])
        await ctx.emit(ItemAdded(item=item), _part(item))
        assert ctx.grow(item.id, ["one ", "two "])
        await ctx.emit(text_delta(item.id, "three "))
        assert ctx.grow(item.id, ["four"])
        done = AssistantMessage(
            id=item.id,
            thread_id=item.thread_id,
            created_at=item.created_at,
            content=[output_text("one two three four")],
        )
        await ctx.emit(ItemDone(item=done))

    house = House(store, answer)
    run = await house.engine.start(house.message())
    seen = await house.watch(run)
    item_id = (await house.scope.items.latest(run.thread_id, 1))[0].id
    deltas = [frame for frame in seen if b'"text_delta"' in frame or b".text_delta" in frame]
    assert deltas == [frames([text_delta(item_id, text)]) for text in ("one ", "two ", "three ", "four")]
    assert (await house.ended(run)).last_seq == len(seen)


async def test_nothing_grows_that_is_not_open_or_while_something_has_to_be_stored_or_told(store: Store) -> None:
    refused: list[str] = []

    async def answer(ctx: RunContext) -> None:
        item = AssistantMessage(id=ctx.item_id(), thread_id=ctx.thread.id, created_at=_NOW, content=[])
        assert not ctx.grow(item.id, ["too soon"])
        await ctx.emit(ItemAdded(item=item), _part(item))
        assert ctx.grow(item.id, ["a"])
        ctx.thread.title = "A title that viewers have not seen"
        assert not ctx.grow(item.id, ["untold"])
        await ctx.emit(text_delta(item.id, "b"))  # tells the title, which is being stored from now on
        assert not ctx.grow(item.id, ["unstored"])
        while not ctx.grow(item.id, ["c"]):
            refused.append("c")
            await asyncio.sleep(0.005)
        done = AssistantMessage(id=item.id, thread_id=item.thread_id, created_at=_NOW, content=[output_text("abc")])
        await ctx.emit(ItemDone(item=done))
        assert not ctx.grow(item.id, ["too late"])

    house = House(store, answer)
    run = await house.engine.start(house.message())
    seen = b"".join(await house.watch(run))
    assert (await house.ended(run)).status == "completed"
    assert seen.index(b'"delta":"a"') < seen.index(b"A title") < seen.index(b'"delta":"c"')
    assert b"too soon" not in seen and b"untold" not in seen and b"unstored" not in seen and b"too late" not in seen
    assert refused


async def test_a_tape_that_is_full_ends_the_run_with_the_next_event(store: Store) -> None:
    async def answer(ctx: RunContext) -> None:
        item = AssistantMessage(id=ctx.item_id(), thread_id=ctx.thread.id, created_at=_NOW, content=[])
        await ctx.emit(ItemAdded(item=item), _part(item))
        while ctx.grow(item.id, ["x" * 100]):
            pass
        await ctx.emit(text_delta(item.id, "y"))

    house = House(store, answer, max_run_bytes=20_000)
    run = await house.engine.start(house.message())
    ended = await house.ended(run)
    assert (ended.status, ended.error and ended.error.code) == ("incomplete", "incomplete")
    kept = (await house.scope.items.latest(run.thread_id, 1))[0]
    assert isinstance(kept, AssistantMessage)
    assert set(kept.content[0].text) == {"x"}


def _part(item: AssistantMessage) -> ItemUpdated:
    return ItemUpdated(item_id=item.id, update=PartAdded(content_index=0, content=output_text("")))
