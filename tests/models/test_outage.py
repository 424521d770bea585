"""An upstream that is down: the breaker spares it and the users, and one probe finds it well again."""

import asyncio

from msgspec.structs import replace

from chatdock.models.base import Model, Text
from chatdock.models.policy import BreakerPolicy
from fakes.upstream import Answer, FakeUpstream
from models.apis import Api, failure
from models.asking import QUICK, answer, ask


async def test_a_dead_upstream_is_left_alone_after_five_attempts_and_found_again_by_a_probe(api: Api) -> None:
    async with FakeUpstream(Answer(status=503, framing="length")) as upstream:
        model = api.make(upstream.url, replace(QUICK, breaker=BreakerPolicy(open_seconds=2.0)))
        await failure(model)
        assert len(upstream.received) == 3
        await failure(model)
        assert len(upstream.received) == 5, "the breaker opens at the fifth and spends no retry on it"

        error, _ = await failure(model)
        assert (error.code, error.allow_retry) == ("model_unavailable", True)
        assert len(upstream.received) == 5

        await asyncio.sleep(2.0)
        await failure(model)
        assert len(upstream.received) == 6, "one probe"

        upstream.play(Answer(api.text("Back")))
        await asyncio.sleep(2.0)
        assert (await answer(model))[0] == Text("Back")
        assert (await answer(model))[0] == Text("Back")
        await model.close()


async def test_while_a_probe_is_under_way_others_hear_at_once_that_it_is_open(api: Api) -> None:
    async with FakeUpstream(Answer(status=503, framing="length")) as upstream:
        model = api.make(upstream.url, replace(QUICK, breaker=BreakerPolicy(open_seconds=0.2)))
        await failure(model)
        await failure(model)
        upstream.play(Answer(api.text("Back"), delay_seconds=0.2))
        await asyncio.sleep(0.2)
        probe = asyncio.create_task(answer(model))
        await asyncio.sleep(0.05)
        error, _ = await failure(model)
        assert error.code == "model_unavailable"
        assert (await probe)[0] == Text("Back")
        assert len(upstream.received) == 6
        await model.close()


async def test_rejections_and_limits_leave_the_breaker_closed(upstream: FakeUpstream, model: Model) -> None:
    for status in (401, 429):
        upstream.play(Answer(status=status, headers={"retry-after": "0"}, framing="length"))
        for _ in range(8):
            error, _ = await failure(model)
            assert f"HTTP {status}" in str(error)


async def test_answers_cut_in_the_middle_open_the_breaker_too(api: Api, upstream: FakeUpstream) -> None:
    model = api.make(upstream.url, replace(QUICK, breaker=BreakerPolicy(least_attempts=6)))
    upstream.play(Answer(api.delta("Half"), cut_after=10_000))
    errors = [(await failure(model))[0] for _ in range(12)]
    assert errors[0].code == "model_cut"
    assert errors[-1].code == "model_unavailable"
    assert len(upstream.received) < 12
    await model.close()


async def test_one_models_illness_is_not_anothers(upstream: FakeUpstream, model: Model, api: Api) -> None:
    upstream.play(Answer(status=500, framing="length"))
    await failure(model)
    await failure(model)
    upstream.play(Answer(api.text("Hi")))
    assert (await failure(model))[0].code == "model_unavailable"
    assert (await answer(model, ask(model="other")))[0] == Text("Hi")
