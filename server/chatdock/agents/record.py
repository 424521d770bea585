"""Tool calls as the store keeps them: one hidden item a batch, from which later runs rebuild the model's turns."""

from collections.abc import Sequence
from typing import Any

import msgspec

from chatdock.clock import now
from chatdock.context import RunContext
from chatdock.models.base import ToolCall, ToolCallTurn, ToolResultTurn, Turn
from chatdock.types.event import ItemDone
from chatdock.types.item import HiddenContext

KIND = "tool_calls"
NO_ARGUMENTS = "{}"


class RecordedCall(msgspec.Struct, frozen=True):
    """A call and what it gave."""

    call_id: str
    name: str
    arguments: str
    output: str


class Record(msgspec.Struct, frozen=True, tag=KIND, tag_field="type"):
    """The content of the hidden item."""

    calls: list[RecordedCall]


def record(answers: Sequence[tuple[ToolCall, str]]) -> Record:
    """The calls as they are kept; arguments that are no JSON object would make some providers refuse every later turn."""
    return Record([RecordedCall(call.call_id, call.name, _sound(call.arguments), output) for call, output in answers])


def hidden_item(kept: Record, ctx: RunContext) -> ItemDone:
    """The event that stores a record."""
    content = msgspec.to_builtins(kept)
    return ItemDone(item=HiddenContext(id=ctx.item_id(), thread_id=ctx.thread.id, created_at=now(), content=content))


def read_record(content: Any) -> Record | None:
    """The record in a hidden item's content, or None: authors hide things of their own."""
    if not isinstance(content, dict) or content.get("type") != KIND:
        return None
    try:
        return msgspec.convert(content, Record)
    except msgspec.ValidationError:
        return None


def turns_of(kept: Record) -> list[Turn]:
    """The model's turns: all calls, then all results, as the model made them."""
    calls = [ToolCallTurn(call.call_id, call.name, call.arguments) for call in kept.calls]
    results = [ToolResultTurn(call.call_id, call.output) for call in kept.calls]
    return [*calls, *results]


def _sound(arguments: str) -> str:
    try:
        msgspec.json.decode(arguments, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return NO_ARGUMENTS
    return arguments
