"""Chat Completions over a real socket: what is asked for, and what the dialects of compatible servers come to."""

import base64
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chatdock.errors import ModelError
from chatdock.models.base import (
    AssistantTurn,
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
from chatdock.models.openai_chat import OpenAIChat, request_body
from fakes.upstream import Answer, FakeUpstream, chat, chat_text, chat_usage, chunk, event
from models.asking import QUICK, answer, ask, batches

WEATHER = ToolSpec("weather", "The weather.", {"type": "object", "properties": {"city": {"type": "string"}}})


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream(Answer(chat_text("Hel", "lo", "!"))) as upstream:
        yield upstream


@pytest.fixture
async def model(upstream: FakeUpstream) -> AsyncIterator[OpenAIChat]:
    model = OpenAIChat(api_key="", base_url=upstream.url, policy=QUICK)
    yield model
    await model.close()


def calls(*parts: dict[str, Any]) -> dict[str, Any]:
    return chunk({"tool_calls": list(parts)})


def part(
    index: int | None = None, call_id: str | None = None, name: str | None = None, arguments: str = ""
) -> dict[str, Any]:
    function = {"arguments": arguments} | ({"name": name} if name else {})
    made: dict[str, Any] = {"function": function, "type": "function"}
    return made | ({"index": index} if index is not None else {}) | ({"id": call_id} if call_id else {})


# ---- what is asked for ---------------------------------------------------------------------------------------------


async def test_a_request_streams_asks_for_usage_and_needs_no_key_at_home(
    upstream: FakeUpstream, model: OpenAIChat
) -> None:
    await answer(model, ask("Hi", user="u_1"))
    received = upstream.received[0]
    assert received.path == "/v1/chat/completions"
    assert received.json == {
        "model": "small",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "user": "u_1",
    }


async def test_a_whole_conversation_is_told_in_the_apis_words(upstream: FakeUpstream, model: OpenAIChat) -> None:
    turns: list[Turn] = [
        ContextTurn("The page is /pricing."),
        UserTurn([TextPart("Look"), ImagePart("image/png", b"\x89PNG")]),
        AssistantTurn("I will ask."),
        ToolCallTurn("call_1", "weather", '{"city":"Oslo"}'),
        ToolCallTurn("call_2", "weather", '{"city":"Rome"}'),
        ToolResultTurn("call_1", "cold"),
        ToolResultTurn("call_2", "warm"),
        AssistantTurn("Cold, and warm."),
        UserTurn([TextPart("Thanks")]),
    ]
    await answer(model, ask(turns=turns, instructions=""))
    picture = "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()

    def called(call_id: str, city: str) -> dict[str, Any]:
        function = {"name": "weather", "arguments": f'{{"city":"{city}"}}'}
        return {"id": call_id, "type": "function", "function": function}

    assert upstream.received[0].json["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "<context>\nThe page is /pricing.\n</context>"},
                {"type": "text", "text": "Look"},
                {"type": "image_url", "image_url": {"url": picture}},
            ],
        },
        {
            "role": "assistant",
            "content": "I will ask.",
            "tool_calls": [called("call_1", "Oslo"), called("call_2", "Rome")],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "cold"},
        {"role": "tool", "tool_call_id": "call_2", "content": "warm"},
        {"role": "assistant", "content": "Cold, and warm."},
        {"role": "user", "content": "Thanks"},
    ]


async def test_turns_of_one_role_in_a_row_become_one_message_since_many_templates_want_it_so(
    upstream: FakeUpstream, model: OpenAIChat
) -> None:
    turns: list[Turn] = [UserTurn([TextPart("One")]), UserTurn([TextPart("Two")]), ContextTurn("Three")]
    await answer(model, ask(turns=turns))
    assert upstream.received[0].json["messages"][1:] == [
        {"role": "user", "content": "One\n\nTwo\n\n<context>\nThree\n</context>"}
    ]


async def test_settings_go_where_the_api_has_them(upstream: FakeUpstream, model: OpenAIChat) -> None:
    settings = ModelSettings(
        temperature=0.0,
        top_p=0.9,
        max_output_tokens=100,
        reasoning_effort="low",
        verbosity="low",
        parallel_tool_calls=False,
        tool_choice="weather",
        extra_body={"top_k": 5},
    )
    await answer(model, ask(settings=settings, tools=[WEATHER]))
    body = upstream.received[0].json
    assert body["temperature"] == 0.0
    assert body["top_p"] == 0.9
    assert body["max_tokens"] == 100
    assert body["reasoning_effort"] == "low"
    assert body["verbosity"] == "low"
    assert body["parallel_tool_calls"] is False
    assert body["tool_choice"] == {"type": "function", "function": {"name": "weather"}}
    assert body["top_k"] == 5


def test_the_output_limit_has_the_new_name_where_reasoning_models_refuse_the_old_one() -> None:
    body = request_body(ask(settings=ModelSettings(max_output_tokens=9)), limit="max_completion_tokens")
    assert body["max_completion_tokens"] == 9
    assert "max_tokens" not in body


async def test_tools_name_strictness_only_where_it_is_wanted(upstream: FakeUpstream, model: OpenAIChat) -> None:
    loose = ToolSpec("loose", "Anything.", {"type": "object"}, strict=False)
    await answer(model, ask(tools=[WEATHER, loose], settings=ModelSettings(tool_choice="auto")))
    body = upstream.received[0].json
    assert [tool["function"].get("strict") for tool in body["tools"]] == [True, None]
    assert body["tools"][0]["function"]["parameters"] == WEATHER.parameters
    assert body["tool_choice"] == "auto"


# ---- what comes of the stream --------------------------------------------------------------------------------------


async def test_text_comes_with_its_usage(model: OpenAIChat) -> None:
    assert await answer(model) == [Text("Hello!"), Finished("stop", 7, 3)]


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
async def test_thoughts_come_under_either_name_and_a_later_one_is_another(
    upstream: FakeUpstream, model: OpenAIChat, name: str
) -> None:
    deltas = [{name: "Hm"}, {name: ", well"}, {"content": "Yes"}, {name: "Or"}, {"content": " no"}]
    upstream.play(Answer(chat(*(chunk(delta) for delta in deltas), chunk({}, "stop"))))
    assert (await answer(model))[:-1] == [Reasoning(0, "Hm, well"), Text("Yes"), Reasoning(1, "Or"), Text(" no")]


async def test_tool_calls_are_put_together_by_index(upstream: FakeUpstream, model: OpenAIChat) -> None:
    upstream.play(
        Answer(
            chat(
                calls(part(0, "call_1", "weather")),
                calls(part(0, arguments='{"city":')),
                calls(part(1, "call_2", "weather", '{"city"')),
                calls(part(0, arguments='"Oslo"}'), part(1, arguments=':"Rome"}')),
                chunk({}, "tool_calls"),
                chat_usage(),
            )
        )
    )
    assert await answer(model) == [
        ToolCallStarted("call_1", "weather"),
        ToolCallStarted("call_2", "weather"),
        ToolCall("call_1", "weather", '{"city":"Oslo"}'),
        ToolCall("call_2", "weather", '{"city":"Rome"}'),
        Finished("tool_calls", 7, 3),
    ]


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([part(0, "a", "one", "[1]"), part(0, "b", "two", "[2]")], id="all of them numbered 0"),
        pytest.param([part(None, "a", "one", "[1]"), part(None, "b", "two", "[2]")], id="none of them numbered"),
        pytest.param(
            [part(None, "a", "one", "["), part(None, arguments="1]"), part(None, "b", "two", "[2]")], id="cut"
        ),
    ],
)
async def test_tool_calls_are_told_apart_where_a_server_numbers_them_badly(
    upstream: FakeUpstream, model: OpenAIChat, parts: list[dict[str, Any]]
) -> None:
    upstream.play(Answer(chat(*(calls(each) for each in parts), chunk({}, "stop"))))
    events = [event for event in await answer(model) if isinstance(event, ToolCall | Finished)]
    assert events == [ToolCall("a", "one", "[1]"), ToolCall("b", "two", "[2]"), Finished("tool_calls")]


async def test_a_call_without_an_id_gets_one(upstream: FakeUpstream, model: OpenAIChat) -> None:
    upstream.play(Answer(chat(calls(part(0, None, "weather", "{}")), chunk({}, "tool_calls"))))
    begun, called, _ = await answer(model)
    assert isinstance(begun, ToolCallStarted)
    assert isinstance(called, ToolCall)
    assert begun.call_id == called.call_id
    assert called.call_id.startswith("call_")


async def test_a_call_that_a_limit_cut_in_two_is_never_given(upstream: FakeUpstream, model: OpenAIChat) -> None:
    upstream.play(Answer(chat(calls(part(0, "call_1", "weather", '{"ci')), chunk({}, "length"))))
    assert await answer(model) == [ToolCallStarted("call_1", "weather"), Finished("length")]


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("stop", "stop"), ("length", "length"), ("content_filter", "content_filter"), ("eos", "stop"), ("abort", "stop")],
)
async def test_the_finish_reason_is_told_in_our_words(
    upstream: FakeUpstream, model: OpenAIChat, reason: str, finish: Any
) -> None:
    upstream.play(Answer(chat(chunk({"content": "Hi"}), chunk({}, reason), chat_usage())))
    assert (await answer(model))[-1] == Finished(finish, 7, 3)


async def test_a_refusal_is_told_as_one(upstream: FakeUpstream, model: OpenAIChat) -> None:
    upstream.play(Answer(chat(chunk({"refusal": "I can"}), chunk({"refusal": "not."}), chunk({}, "stop"))))
    assert await answer(model) == [Refusal("I cannot."), Finished("stop")]


async def test_usage_may_come_with_every_chunk_or_with_the_last(upstream: FakeUpstream, model: OpenAIChat) -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 1}
    upstream.play(
        Answer(chat(chunk({"content": "Hi"}, usage=usage), chunk({}, "stop", usage={**usage, "completion_tokens": 2})))
    )
    assert (await answer(model))[-1] == Finished("stop", 5, 2)


async def test_usage_may_be_missing(upstream: FakeUpstream, model: OpenAIChat) -> None:
    upstream.play(Answer(chat(chunk({"content": "Hi"}), chunk({}, "stop", usage=None))))
    assert (await answer(model))[-1] == Finished("stop")


@pytest.mark.parametrize("framing", ["chunked", "close"])
async def test_an_answer_is_complete_with_its_finish_reason_even_without_the_end_marker(
    upstream: FakeUpstream, model: OpenAIChat, framing: Any
) -> None:
    upstream.play(Answer(chat(chunk({"content": "Hi"}), chunk({}, "stop"), done=False), framing=framing))
    assert await answer(model) == [Text("Hi"), Finished("stop")]


async def test_a_server_that_falls_silent_after_the_finish_reason_is_not_waited_for(
    upstream: FakeUpstream, model: OpenAIChat
) -> None:
    body = chat(chunk({"content": "Hi"}), chunk({}, "stop"), done=False)
    upstream.play(Answer(body, last_chunk=False))
    begun = time.monotonic()
    assert await answer(model) == [Text("Hi"), Finished("stop")]
    assert time.monotonic() - begun < 8  # ten would be a stall
    assert await upstream.gone()


async def test_what_follows_the_end_marker_is_not_read(upstream: FakeUpstream, model: OpenAIChat) -> None:
    upstream.play(Answer(chat_text("Hi") + event(b"[DONE]") + chat(chunk({"content": " again"}))))
    assert await answer(model) == [Text("Hi"), Finished("stop", 7, 3)]


async def test_chunks_without_choices_or_delta_are_passed_over(upstream: FakeUpstream, model: OpenAIChat) -> None:
    filtered = {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}
    bare = {"choices": [{"index": 0, "delta": None, "finish_reason": None}]}
    upstream.play(Answer(chat(filtered, bare, {"choices": None}, chunk({"content": "Hi"}), chunk({}, "stop"))))
    assert await answer(model) == [Text("Hi"), Finished("stop")]


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ({"error": {"code": 502, "message": "x"}, "choices": [chunk({}, "error")["choices"][0]]}, "model_unavailable"),
        ({"error": {"type": "rate_limit_error", "code": None}}, "model_rate_limited"),
        ({"error": {"type": "BadRequestError", "code": 400}}, "model_rejected"),
        ({"error": "something broke"}, "model_unavailable"),
        (chunk({}, "error"), "model_unavailable"),
    ],
)
async def test_a_failure_after_text_keeps_the_text_and_says_what_failed(
    upstream: FakeUpstream, model: OpenAIChat, last: dict[str, Any], code: str
) -> None:
    upstream.play(Answer(chat(chunk({"content": "Half"}), last)))
    seen = []
    with pytest.raises(ModelError) as error:
        async for batch in batches(model):
            seen += batch
    assert seen == [Text("Half")]
    assert error.value.code == code
    assert len(upstream.received) == 1
