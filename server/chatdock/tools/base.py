"""The seam for tools: a spec and `call`.

A tool that the page runs is no `Tool`: it is a bare `ToolSpec`, see `tools/client.py`.
"""

from typing import Any, Protocol, runtime_checkable

from chatdock.context import RunContext
from chatdock.errors import ChatdockError
from chatdock.models.base import ToolSpec


class InvalidArguments(ChatdockError):
    """The arguments do not fit the tool; the message is a sentence the model can repair its call from."""


@runtime_checkable
class Tool(Protocol):
    """Something a model may call. Errors it raises reach the model as one fixed sentence and the log in full.

    One with `has_effects = True` changes the world: its calls are on record, and nobody repeats one unasked. With
    `is_idempotent = True` as well, a call that was cut short is repeated under its key, which tells it from another.
    """

    spec: ToolSpec
    timeout_seconds: float

    async def call(self, arguments: dict[str, Any], ctx: RunContext) -> str:
        """The result as text for the model, capped by the caller. Raises: InvalidArguments, UserFacingError."""
