"""Asking a model in a test: a request, everything it answers, and policies that wait for milliseconds."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, cast

from msgspec.structs import replace

from chatdock.models.base import (
    Finished,
    Model,
    ModelEvent,
    ModelRequest,
    Reasoning,
    Refusal,
    Text,
    TextPart,
    Turn,
    UserTurn,
)
from chatdock.models.policy import Policy

QUICK = Policy(
    connect_seconds=2.0,
    first_byte_seconds=10.0,
    stall_seconds=10.0,
    finish_seconds=0.1,
    backoff_seconds=0.002,
    backoff_cap_seconds=0.01,
)
IMPATIENT = replace(QUICK, first_byte_seconds=1.0, reasoning_first_byte_seconds=8.0, stall_seconds=1.0)


def ask(text: str = "Hello there", *, turns: Sequence[Turn] | None = None, **more: Any) -> ModelRequest:
    """A request with one user turn, unless `turns` says otherwise."""
    said = [UserTurn([TextPart(text)])] if turns is None else turns
    return ModelRequest(**{"model": "small", "instructions": "Be brief.", "turns": said, **more})


def batches(model: Model, request: ModelRequest | None = None) -> AsyncGenerator[list[ModelEvent]]:
    """The model's stream, as something that can be closed."""
    return cast(AsyncGenerator[list[ModelEvent]], model.stream(request or ask()))


async def answer(model: Model, request: ModelRequest | None = None) -> list[ModelEvent]:
    """All events of a whole answer; adjacent deltas of a kind as one, for their cut is the network's affair."""
    events: list[ModelEvent] = []
    async with aclosing(batches(model, request)) as stream:
        async for batch in stream:
            assert batch, "an empty batch"
            events += batch
    assert [event for event in events if isinstance(event, Finished)] == events[-1:], "one end, at the end"
    return joined(events)


def joined(events: Sequence[ModelEvent]) -> list[ModelEvent]:
    """The same with adjacent deltas of a kind put together."""
    whole: list[ModelEvent] = []
    for event in events:
        last = whole[-1] if whole else None
        match last, event:
            case Text(before), Text(delta):
                whole[-1] = Text(before + delta)
            case Refusal(before), Refusal(delta):
                whole[-1] = Refusal(before + delta)
            case Reasoning(i, before), Reasoning(k, delta) if i == k:
                whole[-1] = Reasoning(i, before + delta)
            case _:
                whole.append(event)
    return whole
