"""The demo model: the same answer every time, word by word, and something to see for everything a chat can show."""

import asyncio
import json
import time

import pytest

from chatdock.agents.titles import make_title
from chatdock.models.base import (
    Finished,
    ImagePart,
    ModelSettings,
    Reasoning,
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
from models.asking import answer, ask, batches

WEATHER = ToolSpec(
    "weather",
    "The weather.",
    {
        "type": "object",
        "properties": {
            "city": {"type": "string", "examples": ["Oslo"]},
            "days": {"type": "integer", "minimum": 1},
            "unit": {"enum": ["C", "F"]},
            "detailed": {"type": "boolean"},
            "where": {"type": "object", "properties": {"street": {"type": ["string", "null"]}}, "required": ["street"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "optional": {"type": "number"},
        },
        "required": ["city", "days", "unit", "detailed", "where", "tags", "note"],
    },
)


@pytest.fixture
def model() -> DemoModel:
    return DemoModel(word_seconds=0)


async def said(model: DemoModel, text: str) -> str:
    return "".join(event.delta for event in await answer(model, ask(text)) if isinstance(event, Text))


async def test_it_says_the_same_thing_twice_and_counts_its_words(model: DemoModel) -> None:
    first = await answer(model, ask("What is Chatdock?"))
    assert first == await answer(model, ask("What is Chatdock?"))
    end = first[-1]
    assert isinstance(end, Finished)
    assert end.input_tokens > 0
    assert end.output_tokens > 100


async def test_it_streams_word_by_word_at_a_readable_pace() -> None:
    begun = time.monotonic()
    arrived = [(time.monotonic() - begun, batch) async for batch in batches(DemoModel(), ask("hello"))]
    assert arrived[0][0] < arrived[-1][0] / 2, "the first word comes at once"
    assert len(arrived) > 50
    assert arrived[-1][0] > 0.5


async def test_it_can_be_cancelled_between_two_words() -> None:
    task = asyncio.create_task(answer(DemoModel(), ask("hello")))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("text", "shows"),
    [
        ("hello", "**Hello, and welcome to Chatdock!**"),
        ("Hi there!", "**Hello, and welcome to Chatdock!**"),
        ("", "**Hello, and welcome to Chatdock!**"),
        ("What is Chatdock?", "open chat widget"),
        ("who are you", "open chat widget"),
        ("How do I connect a real model?", "OPENAI_API_KEY="),
        ("can I use ollama", "CHATDOCK_MODEL=openai_chat/"),
        ("How do I embed it in my site?", "<script"),
        ("show me some markdown", "- [x] a task"),
        ("a table please", "| Lisbon |"),
        ("code", "```python"),
        ("help", "Try one of these"),
        ("use a tool", "offers me no tool"),
    ],
)
async def test_it_reacts_to_what_the_user_says(model: DemoModel, text: str, shows: str) -> None:
    assert shows in await said(model, text)


async def test_it_quotes_a_question_it_cannot_answer_and_says_why(model: DemoModel) -> None:
    told = await said(model, "What will the weather be tomorrow?")
    assert told.startswith("> What will the weather be tomorrow?\n\n")
    assert "*demo model*" in told


async def test_a_users_own_markup_does_not_take_over_the_answer(model: DemoModel) -> None:
    told = await said(model, "# Big\n```\nthings {quote} <b>\n" + "word " * 100)
    quote = told.splitlines()[0]
    assert quote.startswith("> Big things {quote} b word")
    assert len(quote) < 130


async def test_it_answers_the_last_turn_and_not_an_earlier_one(model: DemoModel) -> None:
    turns = [UserTurn([TextPart("a table")]), UserTurn([TextPart("code")])]
    told = "".join(event.delta for event in await answer(model, ask(turns=turns)) if isinstance(event, Text))
    assert "```python" in told
    assert "Lisbon" not in told


async def test_it_thinks_aloud_before_it_answers(model: DemoModel) -> None:
    events = await answer(model, ask("think about it"))
    assert [type(event) for event in events] == [Reasoning, Text, Finished]


async def test_it_sees_that_there_is_a_picture(model: DemoModel) -> None:
    turns = [UserTurn([ImagePart("image/png", b"\x89PNG")])]
    events = await answer(model, ask(turns=turns))
    assert isinstance(events[0], Text)
    assert "picture arrived" in events[0].delta


@pytest.mark.parametrize("text", ["use a tool", "how is the weather"])
async def test_it_calls_a_tool_that_is_offered_with_arguments_that_fit(model: DemoModel, text: str) -> None:
    begun, call, end = await answer(model, ask(text, tools=[WEATHER]))
    assert isinstance(begun, ToolCallStarted)
    assert isinstance(call, ToolCall)
    assert (begun.call_id, begun.name) == (call.call_id, "weather")
    assert json.loads(call.arguments) == {
        "city": "Oslo",
        "days": 1,
        "unit": "C",
        "detailed": True,
        "where": {"street": "sample"},
        "tags": ["sample"],
        "note": "sample",
    }
    assert isinstance(end, Finished)
    assert end.reason == "tool_calls"


async def test_it_tells_what_the_tool_said_and_calls_it_only_once(model: DemoModel) -> None:
    turns: list[Turn] = [
        UserTurn([TextPart("use a tool")]),
        ToolCallTurn("call_1", "weather", "{}"),
        ToolResultTurn("call_1", "12 degrees ```" + "x" * 5000),
    ]
    events = await answer(model, ask(turns=turns, tools=[WEATHER]))
    assert [type(event) for event in events] == [Text, Finished]
    assert isinstance(events[0], Text)
    assert "12 degrees" in events[0].delta
    assert len(events[0].delta) < 1000
    assert events[0].delta.count("```") == 2


async def test_it_calls_no_tool_where_that_is_forbidden_or_nobody_asked(model: DemoModel) -> None:
    forbidden = ask("use a tool", tools=[WEATHER], settings=ModelSettings(tool_choice="none"))
    for request in (forbidden, ask("hello", tools=[WEATHER])):
        assert not [event for event in await answer(model, request) if isinstance(event, ToolCall)]


async def test_a_thread_gets_its_title_from_the_users_words(model: DemoModel) -> None:
    assert await make_title(model, "demo", "What is **Chatdock**, and why?") == "What is Chatdock , and why"
