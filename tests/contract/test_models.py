"""Every model keeps these promises; a new provider joins by one line in BACKENDS."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

import pytest

from chatdock.models.base import (
    AssistantTurn,
    ContextTurn,
    Finished,
    ImagePart,
    Model,
    ModelEvent,
    ModelRequest,
    ModelSettings,
    Text,
    TextPart,
    ToolCall,
    ToolCallStarted,
    ToolCallTurn,
    ToolResultTurn,
    ToolSpec,
    Turn,
    UserTurn,
)
from chatdock.models.demo import DemoModel
from chatdock.models.openai_chat import OpenAIChat
from chatdock.models.openai_responses import OpenAIResponses
from fakes.upstream import Answer, FakeUpstream, Received, chat, chat_text, chunk, completed, responses_text, said

TOOL = ToolSpec("weather", "The weather.", {"type": "object", "properties": {"city": {"type": "string"}}})
ARGUMENTS = '{"city":"Oslo"}'
ANSWER = [f"word{n} " for n in range(200)]


def _responses(received: Received) -> Answer:
    """An upstream that calls the tool it is offered, and has its say once that has answered."""
    body = received.json
    if "tools" not in body or body["input"][-1].get("type") == "function_call_output":
        return Answer(responses_text(*ANSWER), slice_bytes=999, pause_seconds=0.001)
    item = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": TOOL.name, "arguments": ""}
    added = {"type": "response.output_item.added", "output_index": 0, "item": item}
    done = {"type": "response.output_item.done", "output_index": 0, "item": {**item, "arguments": ARGUMENTS}}
    return Answer(said(added, done, completed()))


def _chat(received: Received) -> Answer:
    body = received.json
    if "tools" not in body or body["messages"][-1]["role"] == "tool":
        return Answer(chat_text(*ANSWER), slice_bytes=999, pause_seconds=0.001)
    call = {"index": 0, "id": "call_1", "function": {"name": TOOL.name, "arguments": ARGUMENTS}}
    return Answer(chat(chunk({"tool_calls": [call]}), chunk({}, "tool_calls")))


@dataclass(frozen=True)
class Backend:
    """How a model is made over an upstream that answers so; without one, it needs none."""

    make: Callable[[str], Model]
    upstream: Callable[[Received], Answer] | None = None


BACKENDS = {
    "demo": Backend(lambda url: DemoModel()),
    "openai_responses": Backend(lambda url: OpenAIResponses(api_key="k", base_url=url), _responses),
    "openai_chat": Backend(lambda url: OpenAIChat(api_key="k", base_url=url), _chat),
}


@pytest.fixture(params=BACKENDS)
async def model(request: pytest.FixtureRequest) -> AsyncIterator[Model]:
    backend = BACKENDS[request.param]
    async with FakeUpstream() as upstream:
        if backend.upstream is not None:
            upstream.play_by_request(backend.upstream)
        model = backend.make(upstream.url)
        yield model
        await model.close()
        assert upstream.open_connections == 0 or await upstream.gone(), "close() ends pooled connections"


def ask(*turns: Turn, **more: Any) -> ModelRequest:
    return ModelRequest(
        model="m", instructions="Be brief.", turns=turns or [UserTurn([TextPart("use a tool")])], **more
    )


def stream(model: Model, request: ModelRequest) -> AsyncGenerator[list[ModelEvent]]:
    return cast(AsyncGenerator[list[ModelEvent]], model.stream(request))


async def everything(model: Model, request: ModelRequest) -> list[ModelEvent]:
    events: list[ModelEvent] = []
    async for batch in model.stream(request):
        assert isinstance(batch, list)
        assert batch, "a batch is never empty"
        events += batch
    return events


async def test_an_answer_is_text_and_ends_with_one_finish(model: Model) -> None:
    events = await everything(model, ask())
    assert [event for event in events if isinstance(event, Finished)] == events[-1:]
    end = events[-1]
    assert isinstance(end, Finished)
    assert end.reason == "stop"
    texts = [event.delta for event in events if isinstance(event, Text)]
    assert len(texts) > 20
    assert all(texts), "an empty delta is no event"


async def test_an_answer_comes_in_more_than_one_batch(model: Model) -> None:
    assert len([batch async for batch in model.stream(ask())]) > 5


async def test_the_same_question_is_answered_the_same_by_the_same_upstream(model: Model) -> None:
    assert await everything(model, ask()) == await everything(model, ask())


async def test_a_tool_that_is_asked_for_is_called_whole_and_its_result_leads_to_an_answer(model: Model) -> None:
    events = await everything(model, ask(tools=[TOOL]))
    begun, call, end = events
    assert isinstance(begun, ToolCallStarted)
    assert isinstance(call, ToolCall)
    assert (call.call_id, call.name) == (begun.call_id, "weather")
    assert isinstance(json.loads(call.arguments), dict)
    assert isinstance(end, Finished)
    assert end.reason == "tool_calls"

    turns: list[Turn] = [
        UserTurn([TextPart("use a tool")]),
        ToolCallTurn(call.call_id, call.name, call.arguments),
        ToolResultTurn(call.call_id, "cold"),
    ]
    events = await everything(model, ask(*turns, tools=[TOOL]))
    assert isinstance(events[0], Text)
    assert not any(isinstance(event, ToolCall) for event in events)


async def test_every_kind_of_turn_and_setting_is_understood(model: Model) -> None:
    turns: list[Turn] = [
        ContextTurn("The page is /pricing."),
        UserTurn([TextPart("Look"), ImagePart("image/png", b"\x89PNG")]),
        AssistantTurn("Nice."),
        UserTurn([TextPart("What is it?")]),
    ]
    settings = ModelSettings(
        temperature=0.1,
        top_p=0.5,
        max_output_tokens=50,
        reasoning_effort="low",
        reasoning_summary="auto",
        verbosity="low",
        parallel_tool_calls=True,
        tool_choice="auto",
        extra_body={"seed": 1},
    )
    events = await everything(model, ask(*turns, settings=settings, user="u_1"))
    assert isinstance(events[-1], Finished)


async def test_a_stream_can_be_closed_in_the_middle_and_the_model_used_again(model: Model) -> None:
    async with aclosing(stream(model, ask())) as running:
        assert await anext(running)
    assert isinstance((await everything(model, ask()))[-1], Finished)


async def test_a_stream_can_be_cancelled_in_the_middle_and_the_model_used_again(model: Model) -> None:
    task = asyncio.create_task(everything(model, ask()))
    await asyncio.sleep(0.02)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert isinstance((await everything(model, ask()))[-1], Finished)


async def test_streams_side_by_side_do_not_mix(model: Model) -> None:
    answers = await asyncio.gather(*(everything(model, ask()) for _ in range(8)))
    assert all(each == answers[0] for each in answers)


async def test_closing_twice_is_closing_once(model: Model) -> None:
    await everything(model, ask())
    await model.close()
    await model.close()
