"""Tool calls side by side: each is validated, timed, shown as a step and answered with a text for the model.

Nothing a tool raises reaches the model or the user in its own words, but for two kinds that are written for them:
`InvalidArguments` tells the model what to repair, `UserFacingError` ends the run with its message.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from chatdock.agents.steps import Steps
from chatdock.context import RunContext
from chatdock.errors import Fenced, UserFacingError
from chatdock.models.base import ToolCall
from chatdock.tools.base import InvalidArguments, Tool

FAILED = "An error occurred while running the tool. Please try again."
TIMED_OUT = "The tool took too long and was stopped. Please try again, or go on without it."
UNKNOWN = "There is no tool named {name}. Please use one of the tools you were given."
REPAIR = "{reason} Please correct this and call the tool again."
UNSURE = (
    "The tool {what}. Whether it took effect is not known: tell the user, and do not call it for the same thing again unless"
    " the user asks for it, knowing that."
)
CUT = "\n[cut: the whole result has {length} characters]"
OUTPUT_BYTES = 32 * 1024  # about 8,000 tokens: more would crowd out the conversation

log = logging.getLogger(__name__)


async def run_calls(
    calls: Sequence[ToolCall], tools: Mapping[str, Tool], steps: Steps, ctx: RunContext
) -> list[tuple[ToolCall, str]]:
    """Runs the calls and gives each its output, in the order of the calls. Raises: UserFacingError."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_run(call, tools, steps, ctx)) for call in calls]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None  # the first to fail cancelled the others
    return [(call, task.result()) for call, task in zip(calls, tasks, strict=True)]


async def _run(call: ToolCall, tools: Mapping[str, Tool], steps: Steps, ctx: RunContext) -> str:
    tool = tools.get(call.name)
    if tool is None:
        output = UNKNOWN.format(name=call.name)
    else:
        output = capped(await _answer(tool, call, cast(RunContext, _Progress(ctx, steps, call.call_id))))
    await ctx.emit(*steps.result(call.call_id, output))
    return output


async def _answer(tool: Tool, call: ToolCall, ctx: RunContext) -> str:
    has_effects = getattr(tool, "has_effects", False)
    try:
        arguments = read_arguments(call)
        if has_effects:
            return await _act(tool, call, arguments, ctx)
        async with asyncio.timeout(tool.timeout_seconds):
            return await tool.call(arguments, ctx)
    except InvalidArguments as error:
        return REPAIR.format(reason=error.message)
    except (UserFacingError, Fenced):
        raise
    except TimeoutError:
        log.warning("tool timed out", extra={"fields": {"run_id": ctx.run_id, "tool": call.name}})
        return UNSURE.format(what="took too long and was stopped") if has_effects else TIMED_OUT
    except Exception:  # a tool's own failure ends its call, never the run
        log.exception("tool failed", extra={"fields": {"run_id": ctx.run_id, "tool": call.name}})
        return UNSURE.format(what="failed") if has_effects else FAILED


async def _act(tool: Tool, call: ToolCall, arguments: dict[str, Any], ctx: RunContext) -> str:
    """On record from before it begins. The time limit is inside: what ran out of it is over, whatever came of it."""
    is_idempotent = getattr(tool, "is_idempotent", False)
    async with (
        ctx.acting(call.name, call.call_id, arguments=call.arguments or "{}", is_idempotent=is_idempotent) as key,
        asyncio.timeout(tool.timeout_seconds),
    ):
        ctx.idempotency_key = key
        return await tool.call(arguments, ctx)


def read_arguments(call: ToolCall) -> dict[str, Any]:
    """The model's arguments as a map. Raises: InvalidArguments."""
    try:
        return msgspec.json.decode(call.arguments or "{}", type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidArguments(f"The arguments of {call.name} are not a JSON object ({error}).") from error


def capped(output: str) -> str:
    """The output, or its beginning and a note that there was more."""
    raw = output.encode()
    if len(raw) <= OUTPUT_BYTES:
        return output
    return raw[:OUTPUT_BYTES].decode(errors="ignore") + CUT.format(length=len(output))


class _Progress:
    """The run as one tool sees it: its progress shows in its own step, everything else is the run's."""

    def __init__(self, ctx: RunContext, steps: Steps, call_id: str) -> None:
        self._ctx = ctx
        self._steps = steps
        self._call_id = call_id
        self.idempotency_key = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ctx, name)

    async def progress(self, text: str, icon: str | None = None) -> None:
        """A word in the step of this call; steps have an icon of their own."""
        await self._ctx.emit(*self._steps.progress(self._call_id, text))
