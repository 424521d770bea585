"""The seam for tools: a spec and `call`."""

from typing import Any, Protocol

from chatdock.context import RunContext
from chatdock.models.base import ToolSpec


class Tool(Protocol):
    """Something a model may call. Errors it raises reach the model as one fixed sentence and the log in full."""

    spec: ToolSpec
    timeout_seconds: float

    async def call(self, arguments: dict[str, Any], ctx: RunContext) -> str:
        """The result as text for the model, capped by the caller."""
