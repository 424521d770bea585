"""Tool calls that were at work when their process was gone, repeated under their keys before the model is asked on."""

from collections.abc import Mapping

from chatdock.agents.calls import run_calls
from chatdock.agents.record import hidden_item, read_record, record
from chatdock.agents.steps import Steps
from chatdock.context import RunContext
from chatdock.models.base import ToolCall
from chatdock.tools.base import Tool
from chatdock.types.item import HiddenContext


async def repeat_cut_short(ctx: RunContext, tools: Mapping[str, Tool]) -> None:
    """Calls them, shows them and puts them on the record, as the round they were part of would have. Raises: UserFacingError."""
    known = {
        (
            call.call_id,
            call.name,
            call.arguments,
        )  # an id alone may be that of another: not every provider makes its own
        for item in await ctx.history()
        if isinstance(item, HiddenContext) and (kept := read_record(item.content)) is not None
        for call in kept.calls
    }
    calls = [
        ToolCall(effect.call_id, effect.tool, effect.arguments)
        for effect in ctx.cut_short
        if (effect.call_id, effect.tool, effect.arguments) not in known
    ]
    if not calls:
        return
    steps = Steps(ctx)
    for call in calls:
        await ctx.emit(*steps.begin(call.call_id, call.name), *steps.arguments(call.call_id, call.arguments))
    answers = await run_calls(calls, tools, steps, ctx)
    await ctx.emit(*steps.end(), hidden_item(record(answers), ctx))
