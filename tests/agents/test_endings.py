"""An answer that ends early: cut, failed, cancelled, or out of turns."""

import asyncio
from typing import Any

import pytest

from chatdock.errors import Incomplete, ModelError
from chatdock.models.base import (
    Finished,
    Text,
    ToolCall,
)
from chatdock.tools.function import tool
from chatdock.types.event import (
    ItemDone,
)
from stage import Script, Stage, agent

DONE = Finished("stop", input_tokens=12, output_tokens=3)
CALLS = Finished("tool_calls")


@tool
async def weather(city: str) -> str:
    """Says the weather.

    Args:
        city: The city's name.
    """
    return f"Sunny in {city}"


async def test_a_run_that_never_answers_ends_at_its_last_turn() -> None:
    call = [[ToolCall("c1", "weather", '{"city":"Oslo"}'), CALLS]]
    model = Script(*[call] * 5)
    with pytest.raises(ModelError) as caught:
        await agent(model, weather, max_turns=3).respond(Stage().say("Loop"))
    assert caught.value.code == "model_limit"
    assert caught.value.allow_retry
    assert len(model.requests) == 3


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_a_cut_answer_keeps_its_text_and_is_incomplete(reason: Any) -> None:
    model = Script([[Text("Half an ans")], [Finished(reason)]])
    stage = Stage().say("Talk")
    with pytest.raises(Incomplete):
        await agent(model).respond(stage)
    assert isinstance(stage.events[-1], ItemDone)
    assert stage.said == "Half an ans"


async def test_calls_of_a_cut_response_are_not_made() -> None:
    model = Script([[ToolCall("c1", "weather", '{"city":"Oslo"}'), Finished("length")]])
    stage = Stage().say("Weather?")
    with pytest.raises(Incomplete):
        await agent(model, weather).respond(stage)
    assert stage.shown == []


async def test_a_failing_model_ends_the_run_with_its_own_error() -> None:
    failure = ModelError("502 from upstream", code="model_unavailable", allow_retry=True)
    model = Script([[Text("Half")], failure])
    with pytest.raises(ModelError) as caught:
        await agent(model).respond(Stage().say("Hi"))
    assert caught.value is failure


async def test_cancelling_closes_the_models_stream_at_once() -> None:
    model = Script([[Text("Once upon")], 60.0])
    stage = Stage().say("Story")
    run = asyncio.create_task(agent(model).respond(stage))
    while not stage.pushes:
        await asyncio.sleep(0)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(run, 30)
    assert model.closed_streams == 1


async def test_cancelling_stops_running_tools_before_the_run_is_over() -> None:
    started, stopped = asyncio.Event(), asyncio.Event()

    @tool
    async def wait() -> str:
        """Waits."""
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return ""

    run = asyncio.create_task(agent(Script([[ToolCall("c1", "wait", "{}"), CALLS]]), wait).respond(Stage().say("Wait")))
    await asyncio.wait_for(started.wait(), 30)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert stopped.is_set()
