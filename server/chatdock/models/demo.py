"""The model that needs no key: it answers at once, always the same, so that a first try and a test see a whole chat."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, assert_never

import msgspec

from chatdock.ids import new_id
from chatdock.models import demo_script
from chatdock.models.base import (
    AssistantTurn,
    ContextTurn,
    Finished,
    ImagePart,
    ModelEvent,
    ModelRequest,
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

WORD_SECONDS = 0.012  # between two words: about 80 words a second, quick and still seen to flow
SENTENCE_SECONDS = 0.05  # after a full stop, as a speaker breathes
_WORDS = re.compile(r"\s*\S+\s*?(?=\s|$)|\s+")
_CHARACTERS_PER_TOKEN = 4  # a rule of thumb for English, good enough for a usage figure nobody is billed for


class DemoModel:
    """A `Model` that plays the lines of `demo_script`. `word_seconds` 0 streams as fast as it is read."""

    def __init__(self, *, word_seconds: float = WORD_SECONDS, sentence_seconds: float = SENTENCE_SECONDS) -> None:
        self._word_seconds = word_seconds
        self._sentence_seconds = sentence_seconds if word_seconds else 0.0

    async def stream(self, request: ModelRequest) -> AsyncIterator[list[ModelEvent]]:
        """One word a batch. Never fails."""
        written = 0
        for event in _play(request):
            if isinstance(event, Finished):
                event = msgspec.structs.replace(
                    event, input_tokens=_input_tokens(request), output_tokens=_tokens(written)
                )
            elif isinstance(event, Text | Reasoning):
                written += len(event.delta)
            yield [event]
            if isinstance(event, Text | Reasoning):
                ends = event.delta.rstrip().endswith((".", "!", "?", ":"))
                await asyncio.sleep(self._sentence_seconds if ends else self._word_seconds)

    async def close(self) -> None:
        """Nothing to end."""


def _play(request: ModelRequest) -> Iterator[ModelEvent]:
    last = request.turns[-1] if request.turns else None
    if isinstance(last, ToolResultTurn):
        yield from _say(demo_script.tool_answer(last.output))
        yield Finished("stop")
        return
    said, with_image = _last_user_words(request.turns)
    if demo_script.wants_title(request.instructions) and not request.tools:
        yield Text(demo_script.title(said))
        yield Finished("stop")
        return
    tool = next((spec for spec in request.tools if demo_script.wants_tool(said, spec.name)), None)
    if tool is not None and request.settings.tool_choice != "none":
        yield from _call(tool)
        yield Finished("tool_calls")
        return
    if demo_script.wants_thought(said):
        for thought in demo_script.THOUGHTS:
            yield from (Reasoning(0, word) for word in _WORDS.findall(thought))
    no_tool = not request.tools and demo_script.wants_tool(said, "tool")
    yield from _say(demo_script.NO_TOOL if no_tool else demo_script.answer(said, with_image=with_image))
    yield Finished("stop")


def _say(markdown: str) -> Iterator[ModelEvent]:
    return (Text(word) for word in _WORDS.findall(markdown.rstrip()))


def _call(tool: ToolSpec) -> Iterator[ModelEvent]:
    call_id = new_id("call_")
    arguments = msgspec.json.encode(_sample(tool.parameters)).decode()
    yield ToolCallStarted(call_id, tool.name)
    yield ToolCall(call_id, tool.name, arguments)


def _last_user_words(turns: Sequence[Turn]) -> tuple[str, bool]:
    for turn in reversed(turns):
        if isinstance(turn, UserTurn):
            text = " ".join(part.text for part in turn.parts if isinstance(part, TextPart))
            return text, any(isinstance(part, ImagePart) for part in turn.parts)
    return "", False


def _sample(schema: Any) -> Any:
    """A value that fits a JSON schema (Any: a schema is open JSON): its own default or example where it has one."""
    if not isinstance(schema, dict):
        return None
    for key in ("default", "const"):
        if key in schema:
            return schema[key]
    for key in ("enum", "examples"):
        if schema.get(key):
            return schema[key][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return _sample(schema[key][0])
    kind = schema.get("type")
    match kind[0] if isinstance(kind, list) and kind else kind:
        case "object":
            properties: dict[str, Any] = schema.get("properties", {})
            return {name: _sample(properties.get(name)) for name in schema.get("required", properties)}
        case "array":
            return [_sample(schema["items"])] if "items" in schema else []
        case "integer":
            return schema.get("minimum", 1)
        case "number":
            return schema.get("minimum", 1.5)
        case "boolean":
            return True
        case "string":
            return "sample"
        case _:
            return None


def _input_tokens(request: ModelRequest) -> int:
    return _tokens(len(request.instructions) + sum(_characters(turn) for turn in request.turns))


def _characters(turn: Turn) -> int:
    match turn:
        case UserTurn():
            return sum(len(part.text) for part in turn.parts if isinstance(part, TextPart))
        case AssistantTurn() | ContextTurn():
            return len(turn.text)
        case ToolCallTurn():
            return len(turn.name) + len(turn.arguments)
        case ToolResultTurn():
            return len(turn.output)
        case _:
            assert_never(turn)


def _tokens(characters: int) -> int:
    return -(-characters // _CHARACTERS_PER_TOKEN)
