"""Streams that end too early or are written oddly: what came is kept, and no half answer passes for a whole one."""

import asyncio
import gzip
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chatdock.errors import ModelError
from chatdock.models.base import Finished, Model, ModelEvent, Text
from fakes.upstream import Answer, FakeUpstream
from models.apis import CHAT, RESPONSES, WORDS, Api, failure
from models.asking import QUICK, answer, ask, batches

AT_ONCE = 16  # streams side by side, or three thousand cuts would take their time


# FIN where the end of the connection is the end of the body is the hardest to tell from an answer, RST the usual way to
# lose a connection. Each is done at every byte for one API; the rest around every event's end and at every seventh byte.
@pytest.mark.parametrize(("framing", "cut_by"), [("close", "fin"), ("chunked", "rst"), ("chunked", "fin")])
async def test_a_stream_cut_after_any_byte_is_finished_only_if_its_last_event_was_whole(
    api: Api, upstream: FakeUpstream, framing: Any, cut_by: Any
) -> None:
    words = [f"wörd{n} " for n in range(14 if api is RESPONSES else 17)]
    body = api.text(*words)
    assert 2_500 < len(body) < 3_500
    whole = body.index(api.last) + len(api.last)
    ends = [body.index(api.delta(word)) + len(api.delta(word)) for word in words]
    upstream.play_by_request(
        lambda request: Answer(body, cut_after=int(request.json["model"]), cut_by=cut_by, framing=framing)
    )
    model = api.make(upstream.url, replace(QUICK, retries=0))  # each cut is a model of its own, with its own breaker

    async def cut_after(k: int) -> None:
        seen: list[ModelEvent] = []
        try:
            async for batch in batches(model, ask(model=str(k))):
                seen += batch
        except ModelError as error:
            assert k < whole, f"cut after byte {k}, past the last event, must be an answer"
            assert (error.code, error.allow_retry) == ("model_cut", True), k
            assert not any(isinstance(event, Finished) for event in seen), k
            sent = [word for word, end in zip(words, ends, strict=True) if end <= k]
            text = "".join(event.delta for event in seen if isinstance(event, Text))
            assert text == "".join(sent) if cut_by == "fin" else "".join(sent).startswith(text), k
        else:
            assert k >= whole, f"cut after byte {k}, and yet finished"
            assert isinstance(seen[-1], Finished)

    every = (api is CHAT and framing == "close") or (api is RESPONSES and cut_by == "rst")
    near = {k for end in [*ends, whole] for k in range(end - 3, end + 2)}
    cuts = [k for k in range(len(body)) if every or k in near or k % 7 == 0]
    for first in range(0, len(cuts), AT_ONCE):
        await asyncio.gather(*(cut_after(k) for k in cuts[first : first + AT_ONCE]))
    await model.close()


async def test_a_cut_before_the_first_event_is_tried_again(api: Api, upstream: FakeUpstream, model: Model) -> None:
    cut = Answer(api.text(*WORDS), cut_after=10, cut_by="rst")
    upstream.play(cut, cut, Answer(api.text("Hi")))
    assert (await answer(model))[0] == Text("Hi")
    assert len(upstream.received) == 3


async def test_a_cut_after_the_first_event_is_not(api: Api, upstream: FakeUpstream, model: Model) -> None:
    upstream.play(Answer(api.delta("Half") + b"data: {", framing="close"), Answer(api.text("Hi")))
    error, seen = await failure(model)
    assert seen == [Text("Half")]
    assert error.code == "model_cut"
    assert len(upstream.received) == 1


@pytest.mark.parametrize(
    "bend",
    [
        pytest.param(lambda body: body.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(lambda body: body.replace(b"\n", b"\r"), id="CR"),
        pytest.param(lambda body: b"\xef\xbb\xbf" + body, id="byte order mark"),
        pytest.param(lambda body: b": hello\n\n" + body.replace(b"\n\n", b"\n\n: ping\n\n"), id="comments"),
        pytest.param(lambda body: body.replace(b"data: ", b"data:"), id="no space"),
        pytest.param(lambda body: body.replace(b',"', b',\ndata: "'), id="data on many lines"),
        pytest.param(lambda body: body.replace(b"data: ", b"id: 7\nretry: 100\ndata: "), id="other fields"),
        pytest.param(lambda body: body + b"data: [DONE]\n\ndata: [DONE]\n\n", id="end marker twice"),
        pytest.param(lambda body: b"event: ping\ndata: \n\n" + body, id="empty data"),
    ],
)
@pytest.mark.parametrize("slice_bytes", [0, 1, 7])
async def test_a_stream_written_oddly_says_the_same(
    api: Api, upstream: FakeUpstream, model: Model, bend: Callable[[bytes], bytes], slice_bytes: int
) -> None:
    upstream.play(Answer(bend(api.text("Grüße, ", "日本 ", "😀!")), slice_bytes=slice_bytes))
    assert await answer(model) == [Text("Grüße, 日本 😀!"), Finished("stop", 7, 3)]
    assert len(upstream.received) == 1


@pytest.mark.parametrize("slice_bytes", [0, 10])
async def test_a_stream_compressed_although_nobody_asked_says_the_same(
    api: Api, upstream: FakeUpstream, model: Model, slice_bytes: int
) -> None:
    body = gzip.compress(api.text("Grüße, ", "日本 ", "😀!"))
    upstream.play(Answer(body, headers={"content-encoding": "gzip"}, slice_bytes=slice_bytes))
    assert await answer(model) == [Text("Grüße, 日本 😀!"), Finished("stop", 7, 3)]
    assert upstream.received[0].headers["accept-encoding"] == "identity"


async def test_leaving_a_compressed_stream_ends_its_connection_too(
    api: Api, upstream: FakeUpstream, model: Model
) -> None:
    packer = zlib.compressobj(wbits=31)
    body = packer.compress(api.delta("Half")) + packer.flush(zlib.Z_SYNC_FLUSH)
    upstream.play(Answer(body, headers={"content-encoding": "gzip"}, last_chunk=False))
    stream = batches(model)
    assert await anext(stream) == [Text("Half")]
    await stream.aclose()
    assert await upstream.gone()


@pytest.mark.parametrize("slice_bytes", [0, 1])
@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b"data: {not json\n\n", id="no JSON"),
        pytest.param(b"data: 5\n\n", id="no object"),
        pytest.param(b'data: {"type":"response.output_text.delta","delta":5,"choices":5}\n\n', id="wrong types"),
        pytest.param(
            b'data: {"type":"response.output_text.delta","delta":"\xff","choices":[{"delta":{"content":"\xff"}}]}\n\n',
            id="no UTF-8",
        ),
    ],
)
async def test_an_event_that_makes_no_sense_ends_the_answer_after_what_came_before(
    api: Api, upstream: FakeUpstream, model: Model, broken: bytes, slice_bytes: int
) -> None:
    upstream.play(Answer(api.delta("Half") + broken + api.text("never"), slice_bytes=slice_bytes, last_chunk=False))
    error, seen = await failure(model)
    assert seen == [Text("Half")]
    assert (error.code, error.allow_retry) == ("model_cut", True)
    assert await upstream.gone()


async def test_an_event_of_ten_megabytes_is_given_up_at_the_limit(
    api: Api, upstream: FakeUpstream, model: Model
) -> None:
    upstream.play(Answer(api.delta("Half") + b"data: " + b"x" * 10_000_000 + b"\n\n"))
    error, seen = await failure(model)
    assert seen == [Text("Half")]
    assert error.code == "model_cut"
    assert await upstream.gone()


async def test_lines_that_are_no_events_are_passed_over(api: Api, upstream: FakeUpstream, model: Model) -> None:
    upstream.play(Answer(b'{"choices":[]}\n\nhello\n\n' + api.text("Hi")))
    assert (await answer(model))[0] == Text("Hi")
