"""The Responses API over a real socket: what is asked for, and what each event of the stream comes to."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chatdock.errors import ModelError
from chatdock.models.base import (
    AssistantTurn,
    Citation,
    ContextTurn,
    Finished,
    ImagePart,
    ModelSettings,
    Reasoning,
    Refusal,
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
from chatdock.models.openai_responses import OpenAIResponses
from fakes.upstream import Answer, FakeUpstream, completed, event, responses_text, said, text_delta
from models.asking import QUICK, answer, ask, batches

WEATHER = ToolSpec("weather", "The weather.", {"type": "object", "properties": {"city": {"type": "string"}}})


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream(Answer(responses_text("Hel", "lo", "!"))) as upstream:
        yield upstream


@pytest.fixture
async def model(upstream: FakeUpstream) -> AsyncIterator[OpenAIResponses]:
    model = OpenAIResponses(api_key="sk-test", base_url=upstream.url, policy=QUICK)
    yield model
    await model.close()


def call(name: str = "weather", call_id: str = "call_1", **more: Any) -> dict[str, Any]:
    return {"type": "function_call", "id": "fc_1", "call_id": call_id, "name": name, "arguments": "", **more}


# ---- what is asked for ---------------------------------------------------------------------------------------------


async def test_a_request_streams_keeps_nothing_at_the_provider_and_carries_the_key(
    upstream: FakeUpstream, model: OpenAIResponses
) -> None:
    await answer(model, ask("Hi", user="u_1"))
    received = upstream.received[0]
    assert received.path == "/v1/responses"
    assert received.headers["authorization"] == "Bearer sk-test"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["accept"] == "text/event-stream"
    assert received.json == {
        "model": "small",
        "instructions": "Be brief.",
        "input": [{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}],
        "store": False,
        "stream": True,
        "safety_identifier": "u_1",
    }


async def test_a_request_without_instructions_or_user_names_neither(
    upstream: FakeUpstream, model: OpenAIResponses
) -> None:
    await answer(model, ask(instructions=""))
    assert set(upstream.received[0].json) == {"model", "input", "store", "stream"}


async def test_a_whole_conversation_is_told_in_the_apis_words(upstream: FakeUpstream, model: OpenAIResponses) -> None:
    turns: list[Turn] = [
        UserTurn([TextPart("Look"), ImagePart("image/png", b"\x89PNG")]),
        ContextTurn("The page is /pricing."),
        ToolCallTurn("call_1", "weather", '{"city":"Oslo"}'),
        ToolResultTurn("call_1", "cold"),
        AssistantTurn("It is cold."),
    ]
    await answer(model, ask(turns=turns))
    picture = "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()
    assert upstream.received[0].json["input"] == [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Look"},
                {"type": "input_image", "image_url": picture, "detail": "auto"},
            ],
        },
        {"role": "developer", "content": "The page is /pricing."},
        {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": '{"city":"Oslo"}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "cold"},
        {"role": "assistant", "content": "It is cold."},
    ]


async def test_a_large_picture_arrives_whole(upstream: FakeUpstream, model: OpenAIResponses) -> None:
    picture = bytes(range(256)) * 4096 * 3
    await answer(model, ask(turns=[UserTurn([ImagePart("image/jpeg", picture)])]))
    address = upstream.received[0].json["input"][0]["content"][0]["image_url"]
    assert base64.b64decode(address.removeprefix("data:image/jpeg;base64,")) == picture


async def test_settings_go_where_the_api_has_them(upstream: FakeUpstream, model: OpenAIResponses) -> None:
    settings = ModelSettings(
        temperature=0.5,
        top_p=0.9,
        max_output_tokens=100,
        reasoning_effort="low",
        reasoning_summary="auto",
        verbosity="high",
        parallel_tool_calls=False,
        tool_choice="weather",
        extra_body={"service_tier": "flex", "stream": False},
    )
    await answer(model, ask(settings=settings, tools=[WEATHER]))
    body = upstream.received[0].json
    assert body["temperature"] == 0.5
    assert body["top_p"] == 0.9
    assert body["max_output_tokens"] == 100
    assert body["reasoning"] == {"effort": "low", "summary": "auto"}
    assert body["text"] == {"verbosity": "high"}
    assert body["parallel_tool_calls"] is False
    assert body["tool_choice"] == {"type": "function", "name": "weather"}
    assert body["service_tier"] == "flex"
    assert body["stream"] is True, "extra_body must not end the streaming"


async def test_a_reasoning_summary_is_asked_for_only_when_the_settings_do(
    upstream: FakeUpstream, model: OpenAIResponses
) -> None:
    await answer(model, ask(settings=ModelSettings(reasoning_effort="low")))
    assert upstream.received[0].json["reasoning"] == {"effort": "low"}


async def test_tools_are_offered_with_their_strictness(upstream: FakeUpstream, model: OpenAIResponses) -> None:
    loose = ToolSpec("loose", "Anything.", {"type": "object"}, strict=False)
    await answer(model, ask(tools=[WEATHER, loose], settings=ModelSettings(tool_choice="required")))
    body = upstream.received[0].json
    assert body["tools"] == [
        {
            "type": "function",
            "name": "weather",
            "description": "The weather.",
            "parameters": WEATHER.parameters,
            "strict": True,
        },
        {
            "type": "function",
            "name": "loose",
            "description": "Anything.",
            "parameters": {"type": "object"},
            "strict": False,
        },
    ]
    assert body["tool_choice"] == "required"


async def test_settings_of_tools_are_left_out_where_there_are_no_tools(
    upstream: FakeUpstream, model: OpenAIResponses
) -> None:
    await answer(model, ask(settings=ModelSettings(tool_choice="auto", parallel_tool_calls=True)))
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & set(upstream.received[0].json)


# ---- what comes of the stream --------------------------------------------------------------------------------------


async def test_text_comes_with_its_usage(model: OpenAIResponses) -> None:
    assert await answer(model) == [Text("Hello!"), Finished("stop", 7, 3)]


async def test_all_events_of_a_read_come_in_one_batch(upstream: FakeUpstream, model: OpenAIResponses) -> None:
    seen = [batch async for batch in batches(model)]
    assert seen == [[Text("Hel"), Text("lo"), Text("!"), Finished("stop", 7, 3)]]


async def test_events_that_come_one_by_one_are_given_one_by_one(upstream: FakeUpstream, model: OpenAIResponses) -> None:
    body = responses_text("a", "b")
    first = len(body[: body.index(b'"delta":"a"')]) + len(body[body.index(b'"delta":"a"') :].split(b"\n\n")[0]) + 2
    upstream.play(Answer(body, slice_bytes=first, pause_seconds=0.02))
    seen = [batch async for batch in batches(model)]
    assert seen[0] == [Text("a")]


async def test_thoughts_are_numbered_in_the_order_they_come(upstream: FakeUpstream, model: OpenAIResponses) -> None:
    def summary(part: int, delta: str) -> dict[str, Any]:
        where = {"item_id": "rs_1", "output_index": 0, "summary_index": part}
        return {"type": "response.reasoning_summary_text.delta", **where, "delta": delta}

    raw = {"type": "response.reasoning_text.delta", "output_index": 1, "content_index": 0, "delta": "hm"}
    events = [summary(0, "First"), summary(0, " one"), summary(1, "Second"), raw, text_delta("Yes"), completed()]
    upstream.play(Answer(said(*events)))
    assert (await answer(model))[:-1] == [
        Reasoning(0, "First one"),
        Reasoning(1, "Second"),
        Reasoning(2, "hm"),
        Text("Yes"),
    ]


async def test_a_tool_call_is_announced_early_and_given_whole(upstream: FakeUpstream, model: OpenAIResponses) -> None:
    upstream.play(
        Answer(
            said(
                {"type": "response.output_item.added", "output_index": 0, "item": call()},
                {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": '{"city":'},
                {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": '"Oslo"}'},
                {"type": "response.function_call_arguments.done", "output_index": 0, "arguments": '{"city":"Oslo"}'},
                {"type": "response.output_item.done", "output_index": 0, "item": call(arguments='{"city":"Oslo"}')},
                completed(),
            )
        )
    )
    assert await answer(model) == [
        ToolCallStarted("call_1", "weather"),
        ToolCall("call_1", "weather", '{"city":"Oslo"}'),
        Finished("tool_calls", 7, 3),
    ]


async def test_calls_side_by_side_keep_their_own_arguments(upstream: FakeUpstream, model: OpenAIResponses) -> None:
    def piece(index: int, delta: str) -> dict[str, Any]:
        return {"type": "response.function_call_arguments.delta", "output_index": index, "delta": delta}

    events: list[dict[str, Any]] = [
        {"type": "response.output_item.added", "output_index": 0, "item": call("one", "call_1")},
        {"type": "response.output_item.added", "output_index": 1, "item": call("two", "call_2")},
        piece(1, "[2"),
        piece(0, "[1"),
        piece(1, "]"),
        piece(0, "]"),
        {"type": "response.output_item.done", "output_index": 1, "item": call("two", "call_2")},
        completed(),  # the first call's own end is left out, as some servers do
    ]
    upstream.play(Answer(said(*events)))
    assert (await answer(model))[2:] == [
        ToolCall("call_2", "two", "[2]"),
        ToolCall("call_1", "one", "[1]"),
        Finished("tool_calls", 7, 3),
    ]


async def test_other_output_items_are_no_tool_calls(upstream: FakeUpstream, model: OpenAIResponses) -> None:
    message = {"type": "message", "id": "msg_1", "role": "assistant", "content": []}
    upstream.play(
        Answer(
            said(
                {"type": "response.output_item.added", "output_index": 0, "item": {"type": "reasoning", "id": "rs_1"}},
                {"type": "response.output_item.added", "output_index": 1, "item": message},
                text_delta("Hi", output_index=1),
                {"type": "response.output_item.done", "output_index": 1, "item": message},
                completed(),
            )
        )
    )
    assert await answer(model) == [Text("Hi"), Finished("stop", 7, 3)]


async def test_citations_carry_address_title_and_place(upstream: FakeUpstream, model: OpenAIResponses) -> None:
    def cite(**annotation: Any) -> dict[str, Any]:
        where = {"output_index": 0, "content_index": 0, "annotation_index": 0}
        return {"type": "response.output_text.annotation.added", **where, "annotation": annotation}

    upstream.play(
        Answer(
            said(
                text_delta("Oslo is cold."),
                cite(type="url_citation", url="https://a.example", title="A", start_index=0, end_index=4),
                cite(type="url_citation", url="https://b.example", title=None, start_index=5, end_index=7),
                cite(type="file_citation", file_id="file_1", filename="oslo.pdf", index=12),
                cite(type="container_file_citation", container_id="c", file_id="f", filename="plot.png", end_index=3),
                cite(type="file_path", file_id="file_2", index=1),
                completed(),
            )
        )
    )
    assert (await answer(model))[1:-1] == [
        Citation("url", "https://a.example", "A", 4),
        Citation("url", "https://b.example", "https://b.example", 7),
        Citation("file", "oslo.pdf", "oslo.pdf", 12),
        Citation("file", "plot.png", "plot.png", 3),
    ]


async def test_two_messages_become_one_answer_and_its_citations_move_along(
    upstream: FakeUpstream, model: OpenAIResponses
) -> None:
    def part(output_index: int) -> dict[str, Any]:
        return {"type": "response.content_part.added", "output_index": output_index, "content_index": 0}

    link = {"type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 0, "end_index": 5}
    upstream.play(
        Answer(
            said(
                part(0),
                text_delta("Let me look."),
                part(2),
                text_delta("Found it.", output_index=2),
                {"type": "response.output_text.annotation.added", "output_index": 2, "annotation": link},
                completed(),
            )
        )
    )
    answered = await answer(model)
    assert answered[:2] == [
        Text("Let me look.\n\nFound it."),
        Citation("url", "https://a.example", "A", len("Let me look.\n\nFound")),
    ]


async def test_a_refusal_is_told_as_one(upstream: FakeUpstream, model: OpenAIResponses) -> None:
    refusal = {"type": "response.refusal.delta", "output_index": 0, "content_index": 0}
    upstream.play(Answer(said({**refusal, "delta": "I can"}, {**refusal, "delta": "not."}, completed())))
    assert await answer(model) == [Refusal("I cannot."), Finished("stop", 7, 3)]


@pytest.mark.parametrize(("reason", "finish"), [("max_output_tokens", "length"), ("content_filter", "content_filter")])
async def test_an_incomplete_response_says_why(
    upstream: FakeUpstream, model: OpenAIResponses, reason: str, finish: Any
) -> None:
    response = {"status": "incomplete", "incomplete_details": {"reason": reason}, "usage": {"output_tokens": 9}}
    upstream.play(Answer(said(text_delta("Half"), {"type": "response.incomplete", "response": response})))
    assert await answer(model) == [Text("Half"), Finished(finish, 0, 9)]


async def test_a_call_that_a_limit_cut_in_two_is_never_given(upstream: FakeUpstream, model: OpenAIResponses) -> None:
    half = call(arguments='{"city":"Os', status="incomplete")
    response = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    upstream.play(
        Answer(
            said(
                {"type": "response.output_item.added", "output_index": 0, "item": call()},
                {"type": "response.output_item.done", "output_index": 0, "item": half},
                {"type": "response.incomplete", "response": response},
            )
        )
    )
    assert await answer(model) == [ToolCallStarted("call_1", "weather"), Finished("length")]


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ({"type": "response.failed", "response": {"error": {"code": "server_error"}}}, "model_unavailable"),
        ({"type": "response.failed", "response": {"error": {"code": "rate_limit_exceeded"}}}, "model_rate_limited"),
        ({"type": "response.failed", "response": {"error": {"code": "invalid_prompt"}}}, "model_rejected"),
        ({"type": "response.failed", "response": {}}, "model_unavailable"),
        ({"type": "error", "code": "server_error", "message": "x"}, "model_unavailable"),
        ({"type": "error", "error": {"type": "invalid_request_error", "message": "x"}}, "model_rejected"),
        ({"error": {"code": 503, "message": "a gateway's"}}, "model_unavailable"),
    ],
)
async def test_a_failure_after_text_keeps_the_text_and_says_what_failed(
    upstream: FakeUpstream, model: OpenAIResponses, last: dict[str, Any], code: str
) -> None:
    upstream.play(Answer(said(text_delta("Half an ")) + event(last)))
    seen = []
    with pytest.raises(ModelError) as error:
        async for batch in batches(model):
            seen += batch
    assert seen == [Text("Half an ")]
    assert error.value.code == code
    assert len(upstream.received) == 1, "nothing may be asked again once text was given"


async def test_unknown_events_and_another_apis_end_marker_are_passed_over(
    upstream: FakeUpstream, model: OpenAIResponses
) -> None:
    stranger = {"type": "response.brand_new.delta", "delta": {"not": "a string"}, "item": 5}
    keepalive = {"type": "keepalive", "sequence_number": 3}
    upstream.play(
        Answer(
            event(stranger)
            + event({"no": "type"})
            + said(text_delta("Hi"))
            + event(b"[DONE]")
            + said(keepalive, completed())
        )
    )
    assert await answer(model) == [Text("Hi"), Finished("stop", 7, 3)]


async def test_empty_deltas_make_no_events(upstream: FakeUpstream, model: OpenAIResponses) -> None:
    upstream.play(Answer(responses_text("", "Hi", "")))
    assert [batch async for batch in batches(model)] == [[Text("Hi"), Finished("stop", 7, 3)]]
