"""Upstreams that fall silent, and callers who leave: nobody waits for ever, and no connection is left behind."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from chatdock.errors import ModelError
from chatdock.models.base import Model, ModelEvent, Text
from fakes.upstream import Answer, FakeUpstream
from models.apis import Api, failure
from models.asking import IMPATIENT, answer, ask, batches, joined


@pytest.fixture
async def model(api: Api, upstream: FakeUpstream) -> AsyncIterator[Model]:
    model = api.make(upstream.url, IMPATIENT)
    await model.warm()  # loading the client is no part of what is timed
    yield model
    await model.close()


async def test_silence_before_the_head_is_a_timeout_and_is_not_tried_again(
    api: Api, upstream: FakeUpstream, model: Model
) -> None:
    upstream.play(Answer(api.text("Hi"), delay_seconds=30))
    begun = time.monotonic()
    error, _ = await failure(model)
    assert (error.code, error.allow_retry) == ("model_timeout", True)
    assert 0.9 < time.monotonic() - begun < 20
    assert len(upstream.received) == 1
    assert await upstream.gone()


async def test_silence_after_the_head_is_a_timeout(api: Api, upstream: FakeUpstream, model: Model) -> None:
    upstream.play(Answer(api.text("Hi"), stall_after=0))
    error, _ = await failure(model)
    assert error.code == "model_timeout"
    assert await upstream.gone()


async def test_silence_in_the_middle_is_a_timeout_after_what_came_before(
    api: Api, upstream: FakeUpstream, model: Model
) -> None:
    upstream.play(Answer(api.delta("Half"), stall_after=10_000, last_chunk=False))
    begun = time.monotonic()
    error, seen = await failure(model)
    assert seen == [Text("Half")]
    assert error.code == "model_timeout"
    assert 0.9 < time.monotonic() - begun < 20
    assert await upstream.gone()


async def test_silence_after_the_last_event_is_an_answer(api: Api, upstream: FakeUpstream, model: Model) -> None:
    upstream.play(Answer(api.text("Hi"), last_chunk=False))
    assert (await answer(model))[0] == Text("Hi")
    assert await upstream.gone(), "the connection lingers for a second, no longer"


async def test_slow_words_are_no_stall(api: Api, upstream: FakeUpstream, model: Model) -> None:
    body = api.text("a", "b", "c", "d")
    upstream.play(Answer(body, slice_bytes=len(body) // 8, pause_seconds=0.4))
    begun = time.monotonic()
    assert (await answer(model))[0] == Text("abcd")
    assert time.monotonic() - begun > IMPATIENT.stall_seconds * 2


async def test_a_model_that_reasons_is_waited_for_longer(api: Api, upstream: FakeUpstream, model: Model) -> None:
    upstream.play(Answer(api.text("Hi"), delay_seconds=1.5))
    assert (await answer(model, ask(model="o3")))[0] == Text("Hi")


async def test_a_reader_that_takes_its_time_is_no_stall(api: Api, upstream: FakeUpstream, model: Model) -> None:
    body = api.text("a", "b", "c", "d")
    upstream.play(Answer(body, slice_bytes=len(body) // 3, pause_seconds=0.05))
    seen: list[ModelEvent] = []
    async for batch in batches(model):
        seen += batch
        await asyncio.sleep(IMPATIENT.stall_seconds * 1.5)
    assert joined(seen)[0] == Text("abcd")


async def test_closing_the_iterator_ends_the_upstream_connection(
    api: Api, upstream: FakeUpstream, model: Model
) -> None:
    upstream.play(Answer(api.delta("Half"), last_chunk=False))
    stream = batches(model)
    assert await anext(stream) == [Text("Half")]
    assert upstream.open_connections == 1
    await stream.aclose()
    assert await upstream.gone()


@pytest.mark.parametrize(
    "waiting_for",
    [
        pytest.param(Answer(delay_seconds=30), id="the head"),
        pytest.param(Answer(stall_after=0), id="the first event"),
        pytest.param(Answer(status=503, headers={"retry-after": "15"}, framing="length"), id="another attempt"),
    ],
)
async def test_cancelling_ends_the_upstream_connection_whatever_is_waited_for(
    upstream: FakeUpstream, model: Model, waiting_for: Answer
) -> None:
    upstream.play(waiting_for)
    task = asyncio.create_task(answer(model))
    while not upstream.received:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await model.close()
    assert await upstream.gone()
    assert len(upstream.received) == 1


async def test_closing_the_model_ends_the_streams_that_still_run(
    api: Api, upstream: FakeUpstream, model: Model
) -> None:
    upstream.play(Answer(api.delta("Half"), last_chunk=False))
    stream = batches(model)
    await anext(stream)
    await model.close()
    with pytest.raises(ModelError) as error:
        await anext(stream)
    assert error.value.code == "model_cut"
    assert await upstream.gone()
    with pytest.raises(ModelError):
        await answer(model)
    assert len(upstream.received) == 1, "a closed model asks nothing more"
