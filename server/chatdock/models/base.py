"""The seam for models: one method, `stream`, which yields what one upstream read brought.

The neutral vocabulary below is what `agents/` speaks; each backend translates it at its own door.
Failures raise `errors.ModelError`; closing the iterator closes the upstream connection at once.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Literal, Protocol

import msgspec

# ---- in ------------------------------------------------------------------------------------------------------------


class TextPart(msgspec.Struct, frozen=True, tag="text"):
    """Text of a turn."""

    text: str


class ImagePart(msgspec.Struct, frozen=True, tag="image"):
    """An image the user attached, as bytes."""

    mime_type: str
    data: bytes


class UserTurn(msgspec.Struct, frozen=True, tag="user"):
    """What the user said."""

    parts: Sequence[TextPart | ImagePart]


class AssistantTurn(msgspec.Struct, frozen=True, tag="assistant"):
    """What the assistant said before."""

    text: str


class ContextTurn(msgspec.Struct, frozen=True, tag="context"):
    """A note from the system to the model, such as hidden context."""

    text: str


class ToolCallTurn(msgspec.Struct, frozen=True, tag="tool_call"):
    """A call the model made; `arguments` is a JSON object as text."""

    call_id: str
    name: str
    arguments: str


class ToolResultTurn(msgspec.Struct, frozen=True, tag="tool_result"):
    """What a call gave."""

    call_id: str
    output: str


Turn = UserTurn | AssistantTurn | ContextTurn | ToolCallTurn | ToolResultTurn


class ToolSpec(msgspec.Struct, frozen=True):
    """A function the model may call; `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: dict[str, Any]
    strict: bool = True


class ModelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Knobs of a workflow's `model_settings`; None leaves the provider's default."""

    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    reasoning_effort: str | None = None
    reasoning_summary: str | None = None
    verbosity: str | None = None
    parallel_tool_calls: bool | None = None
    tool_choice: str | None = None
    extra_body: dict[str, Any] | None = None


class ModelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One model call. `user` is an opaque stable id for abuse tracking, never a name or an address."""

    model: str
    instructions: str
    turns: Sequence[Turn]
    tools: Sequence[ToolSpec] = ()
    settings: ModelSettings = ModelSettings()
    user: str | None = None


# ---- out -----------------------------------------------------------------------------------------------------------


class Text(msgspec.Struct, frozen=True):
    """More of the answer."""

    delta: str


class Reasoning(msgspec.Struct, frozen=True):
    """More of a thought; another `index` is another thought."""

    index: int
    delta: str


class Refusal(msgspec.Struct, frozen=True):
    """More of a refusal; shown as the answer."""

    delta: str


class Citation(msgspec.Struct, frozen=True):
    """A source of the answer. `kind` "url": `ref` is the address; "file": `ref` is the file's name."""

    kind: Literal["url", "file"]
    ref: str
    title: str
    index: int | None = None


class ToolCallStarted(msgspec.Struct, frozen=True):
    """The model began a call; its arguments follow whole, in `ToolCall`."""

    call_id: str
    name: str


class ToolCall(msgspec.Struct, frozen=True):
    """A whole call; `arguments` is the model's text, which may not be valid JSON."""

    call_id: str
    name: str
    arguments: str


class Finished(msgspec.Struct, frozen=True):
    """The last event of a complete stream; a stream that ends without one raises `ModelError`."""

    reason: Literal["stop", "tool_calls", "length", "content_filter"]
    input_tokens: int = 0
    output_tokens: int = 0


ModelEvent = Text | Reasoning | Refusal | Citation | ToolCallStarted | ToolCall | Finished


Take = Callable[[list[str]], bool]
"""Takes more of the answer at once, while its reader waits; False, and nothing done, where the reader has to see to it."""


class Model(Protocol):
    """A provider's model endpoint."""

    def stream(self, request: ModelRequest) -> AsyncIterator[list[ModelEvent]]:
        """Batches in order, each never empty: all the events one read of the upstream socket brought.

        Raises: ModelError. Nothing has been yielded yet when a retry inside happens; never retries afterwards.
        """

    async def close(self) -> None:
        """Ends pooled connections."""


class PushingModel(Protocol):
    """A `Model` whose text can go from the socket that brought it to those who watch without waking a task on the way."""

    pushes: bool  # True, by which it is known

    def stream(self, request: ModelRequest, take: Take | None = None) -> AsyncIterator[list[ModelEvent]]:
        """As `Model.stream`. What `take` takes is not yielded; all else is, in order."""
