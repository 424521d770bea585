"""What an upstream refuses, and what it is asked again: exact counts, and what the caller and the log hear."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime

import pytest

from chatdock import clock
from chatdock.errors import ModelError
from chatdock.models.base import Finished, Model, Text, TextPart, UserTurn
from fakes.upstream import Answer, FakeUpstream
from models.apis import KEY, Api, failure
from models.asking import QUICK, answer, ask


@pytest.fixture(params=["first", "again"])
async def model(request: pytest.FixtureRequest, api: Api, upstream: FakeUpstream) -> AsyncIterator[Model]:
    """A model that has never asked, and one that has: the first request is built by the client, the others after it."""
    model = api.make(upstream.url, QUICK)
    if request.param == "again":
        await answer(model)
        upstream.received.clear()
    yield model
    await model.close()


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
async def test_an_upstream_that_recovers_within_two_retries_is_not_noticed(
    api: Api, upstream: FakeUpstream, model: Model, status: int
) -> None:
    sick = Answer(b"{}", status=status, content_type="application/json")
    upstream.play(sick, sick, Answer(api.text("Hi")))
    assert await answer(model) == [Text("Hi"), Finished("stop", 7, 3)]
    assert len(upstream.received) == 3


@pytest.mark.parametrize(
    ("status", "code"), [(429, "model_rate_limited"), (500, "model_unavailable"), (503, "model_unavailable")]
)
async def test_after_two_retries_the_caller_hears_of_it(
    upstream: FakeUpstream, model: Model, status: int, code: str
) -> None:
    upstream.play(Answer(b"<html>busy</html>", status=status, content_type="text/html"))
    error, seen = await failure(model)
    assert (error.code, error.allow_retry, seen) == (code, True, [])
    assert len(upstream.received) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_a_rejected_request_is_sent_once(upstream: FakeUpstream, model: Model, status: int) -> None:
    body = b'{"error":{"message":"no","type":"invalid_request_error","code":null,"param":"input"}}'
    upstream.play(Answer(body, status=status, content_type="application/json", framing="length"))
    error, _ = await failure(model)
    assert (error.code, error.allow_retry) == ("model_rejected", False)
    assert len(upstream.received) == 1
    assert f"HTTP {status} invalid_request_error at input: no (request req_fake)" == str(error)


async def test_a_redirect_is_a_rejection_and_is_not_followed(upstream: FakeUpstream, model: Model) -> None:
    upstream.play(Answer(status=307, headers={"location": upstream.url + "/elsewhere"}, framing="length"))
    error, _ = await failure(model)
    assert error.code == "model_rejected"
    assert len(upstream.received) == 1


async def test_a_retry_after_is_waited_for(api: Api, upstream: FakeUpstream, model: Model) -> None:
    limited = Answer(status=429, headers={"retry-after": "1"}, framing="length")
    upstream.play(limited, Answer(api.text("Hi")))
    await answer(model)
    first, second = upstream.received
    assert 1.0 <= second.at - first.at < 1.2


async def test_a_retry_after_as_a_date_is_waited_for(api: Api, upstream: FakeUpstream, model: Model) -> None:
    soon = format_datetime(clock.now() + timedelta(seconds=2), usegmt=True)
    upstream.play(Answer(status=503, headers={"retry-after": soon}, framing="length"), Answer(api.text("Hi")))
    await answer(model)
    first, second = upstream.received
    assert 0.8 < second.at - first.at < 20  # a date has whole seconds


async def test_a_retry_after_that_makes_no_sense_is_as_none(api: Api, upstream: FakeUpstream, model: Model) -> None:
    upstream.play(Answer(status=429, headers={"retry-after": "later"}, framing="length"))
    error, _ = await failure(model)
    assert error.code == "model_rate_limited"
    assert len(upstream.received) == 3
    assert upstream.received[2].at - upstream.received[0].at < 5


async def test_a_retry_after_of_thirty_seconds_is_not_waited_for(upstream: FakeUpstream, model: Model) -> None:
    upstream.play(Answer(status=429, headers={"retry-after": "30"}, framing="length"))
    begun = time.monotonic()
    error, _ = await failure(model)
    assert error.code == "model_rate_limited"
    assert len(upstream.received) == 1
    assert time.monotonic() - begun < 20


async def test_a_used_up_quota_is_not_asked_for_again(upstream: FakeUpstream, model: Model) -> None:
    body = b'{"error":{"message":"pay","type":"insufficient_quota","code":"insufficient_quota"}}'
    upstream.play(Answer(body, status=429, content_type="application/json"))
    error, _ = await failure(model)
    assert error.code == "model_rejected"
    assert len(upstream.received) == 1


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
async def test_a_page_instead_of_a_stream_is_a_rejection(upstream: FakeUpstream, model: Model, kind: str) -> None:
    upstream.play(Answer(b"<!doctype html><p>Welcome!", content_type=kind))
    error, _ = await failure(model)
    assert (error.code, error.allow_retry) == ("model_rejected", False)
    assert "base URL" in str(error)
    assert len(upstream.received) == 1


async def test_an_empty_answer_is_a_cut_one_and_is_tried_again(upstream: FakeUpstream, model: Model) -> None:
    upstream.play(Answer(b""))
    error, _ = await failure(model)
    assert (error.code, error.allow_retry) == ("model_cut", True)
    assert len(upstream.received) == 3


async def test_the_reason_names_neither_the_key_nor_what_was_said(upstream: FakeUpstream, model: Model) -> None:
    secret = "my grandmother's maiden name is Hopper"
    for message in (f"Incorrect API key provided: {KEY}.", f"1 validation error: input={secret!r}"):
        body = b'{"error":{"message":"%s","code":"invalid_api_key"}}' % message.replace('"', "'").encode()
        upstream.play(Answer(body, status=401, content_type="application/json"))
        with pytest.raises(ModelError) as error:
            await answer(model, ask(turns=[UserTurn([TextPart(secret)])]))
        chain: list[BaseException] = [error.value]
        while (cause := chain[-1].__cause__) is not None:
            chain.append(cause)
        said_in_chain = " ".join(f"{link!s} {link!r}" for link in chain)
        assert KEY not in said_in_chain
        assert "grandmother" not in said_in_chain
        assert "HTTP 401 invalid_api_key" in str(error.value)


async def test_a_refusals_body_without_end_is_not_read_to_its_end(upstream: FakeUpstream, model: Model) -> None:
    upstream.play(Answer(b"x" * 5_000_000, status=400, content_type="text/plain", last_chunk=False))
    error, _ = await failure(model)
    assert error.code == "model_rejected"


async def test_nobody_listening_is_tried_three_times_and_then_unavailable(api: Api) -> None:
    async with FakeUpstream() as gone:
        url = gone.url
    model = api.make(url, QUICK)
    error, _ = await failure(model)
    assert (error.code, error.allow_retry) == ("model_unavailable", True)
    assert "ConnectError" in str(error)
    await model.close()


async def test_a_name_that_does_not_exist_is_unavailable(api: Api) -> None:
    model = api.make("http://no-such-host.invalid/v1", QUICK)
    error, _ = await failure(model)
    assert error.code == "model_unavailable"
    await model.close()


async def test_an_address_without_http_is_rejected(api: Api) -> None:
    model = api.make("ftp://127.0.0.1/v1", QUICK)
    error, _ = await failure(model)
    assert (error.code, error.allow_retry) == ("model_rejected", False)
    await model.close()


async def test_a_server_that_is_not_http_is_tried_again_and_given_up(upstream: FakeUpstream, model: Model) -> None:
    upstream.play(Answer(raw=b"220 mail.example ESMTP\r\n"))
    error, _ = await failure(model)
    assert error.code == "model_cut"
    assert len(upstream.received) == 3
