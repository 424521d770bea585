"""Text that is taken as it comes: nothing is lost, doubled or out of order, whatever is refused in between."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import cast

import pytest
from msgspec.structs import replace

from chatdock.errors import ModelError
from chatdock.models.base import Finished, ModelEvent, PushingModel, Text
from chatdock.models.reply import HIGH_WATER_BYTES
from fakes.upstream import Answer, FakeUpstream
from models.apis import Api
from models.asking import QUICK, ask, joined

WORDS = [f"wörd{n} " for n in range(24)]
Accepts = Callable[[int], bool]


class Reader:
    """Asks with a `take` that accepts the batches whose number `accepts` likes, and keeps all in one list as it comes."""

    def __init__(self, accepts: Accepts) -> None:
        self.seen: list[ModelEvent] = []
        self.taken = 0
        self._offered = 0
        self._accepts = accepts

    def take(self, texts: list[str]) -> bool:
        self._offered += 1
        if not self._accepts(self._offered):
            return False
        self.taken += 1
        self.seen += [Text(text) for text in texts]
        return True

    async def read(self, model: PushingModel) -> None:
        stream = cast(AsyncGenerator[list[ModelEvent]], model.stream(ask(), self.take))
        async with aclosing(stream):
            async for batch in stream:
                assert batch, "an empty batch"
                self.seen += batch


@pytest.mark.parametrize(
    "accepts",
    [lambda n: True, lambda n: False, lambda n: n % 2 == 1, lambda n: n % 5 != 0],
    ids=["all", "none", "every other", "four of five"],
)
@pytest.mark.parametrize("slice_bytes", [64, 301])
async def test_what_is_taken_and_what_is_yielded_are_the_answer_in_order(
    api: Api, upstream: FakeUpstream, accepts: Accepts, slice_bytes: int
) -> None:
    upstream.play(Answer(api.text(*WORDS), slice_bytes=slice_bytes, pause_seconds=0.002))
    model = api.make(upstream.url, QUICK)
    reader = Reader(accepts)
    await reader.read(model)
    text, finished = joined(reader.seen)
    assert text == Text("".join(WORDS))
    assert isinstance(finished, Finished)
    assert (reader.taken > 0) == accepts(1)
    await model.close()


async def test_a_reader_that_is_at_work_is_offered_nothing(api: Api, upstream: FakeUpstream) -> None:
    upstream.play(Answer(api.text(*WORDS), slice_bytes=64, pause_seconds=0.002))
    model = api.make(upstream.url, QUICK)
    reader, at_work = Reader(lambda n: not at_work[0] and n % 2 == 0), [False]
    stream = cast(AsyncGenerator[list[ModelEvent]], model.stream(ask(), reader.take))
    async with aclosing(stream):
        async for batch in stream:
            before = len(reader.seen)
            at_work[0] = True
            await asyncio.sleep(0.01)
            assert len(reader.seen) == before
            at_work[0] = False
            reader.seen += batch
    assert joined(reader.seen)[0] == Text("".join(WORDS))
    await model.close()


@pytest.mark.parametrize("cut_by", ["fin", "rst"])
async def test_a_cut_behind_taken_text_is_raised_and_what_came_before_it_is_kept(
    api: Api, upstream: FakeUpstream, cut_by: str
) -> None:
    body = api.text(*WORDS)
    half = body.index(api.delta(WORDS[12])) + len(api.delta(WORDS[12]))
    upstream.play(Answer(body, slice_bytes=97, pause_seconds=0.002, cut_after=half, cut_by=cut_by))  # type: ignore[arg-type]
    model = api.make(upstream.url, replace(QUICK, retries=0))
    reader = Reader(lambda n: True)
    with pytest.raises(ModelError) as error:
        await reader.read(model)
    assert (error.value.code, error.value.allow_retry) == ("model_cut", True)
    assert reader.taken
    said = "".join(event.delta for event in reader.seen if isinstance(event, Text))
    assert "".join(WORDS[:13]).startswith(said)
    if cut_by == "fin":
        assert said == "".join(WORDS[:13])
    await model.close()


async def test_an_event_that_is_no_json_behind_taken_text_is_raised(api: Api, upstream: FakeUpstream) -> None:
    body = api.text(*WORDS)
    half = body.index(api.delta(WORDS[12]))
    upstream.play(Answer(body[:half] + b"data: {oops\n\n" + body[half:], slice_bytes=97, pause_seconds=0.002))
    model = api.make(upstream.url, replace(QUICK, retries=0))
    reader = Reader(lambda n: True)
    with pytest.raises(ModelError):
        await reader.read(model)
    assert joined(reader.seen) == [Text("".join(WORDS[:12]))]
    await model.close()


async def test_a_stall_behind_taken_text_is_noticed(api: Api, upstream: FakeUpstream) -> None:
    body = api.text(*WORDS)
    half = body.index(api.delta(WORDS[12]))
    upstream.play(Answer(body, slice_bytes=97, pause_seconds=0.002, stall_after=half))
    model = api.make(upstream.url, replace(QUICK, retries=0, stall_seconds=0.5))
    reader = Reader(lambda n: True)
    with pytest.raises(ModelError) as error:
        await reader.read(model)
    assert error.value.code == "model_timeout"
    assert joined(reader.seen) == [Text("".join(WORDS[:12]))]
    await model.close()


async def test_long_answers_at_once_on_a_busy_loop_are_read_to_their_ends(api: Api, upstream: FakeUpstream) -> None:
    words = [f"wörd{n} " for n in range(10_000)]  # some megabytes each: far more than may wait for a reader
    body = api.text(*words)
    assert len(body) > 4 * HIGH_WATER_BYTES
    upstream.play(*[Answer(body) for _ in range(8)])
    model = api.make(upstream.url, QUICK)
    readers = [Reader(lambda n: True) for _ in range(8)]
    await asyncio.gather(*(reader.read(model) for reader in readers))
    for reader in readers:
        assert reader.taken
        assert joined(reader.seen)[0] == Text("".join(words))
    await model.close()
