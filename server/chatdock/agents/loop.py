"""The loop: model, tools side by side, model, until an answer, a question to the page, or the last turn allowed.

Each round's tool calls are stored as a hidden item before the next round begins, so that a run which ends at a client tool
leaves everything the next run needs.
"""

from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing
from typing import cast

import msgspec

from chatdock.agents.calls import REPAIR, read_arguments, run_calls
from chatdock.agents.record import hidden_item, record, turns_of
from chatdock.agents.response import Response
from chatdock.clock import now
from chatdock.context import RunContext
from chatdock.errors import Incomplete, ModelError
from chatdock.models.base import AssistantTurn, Finished, Model, ModelEvent, ModelRequest, PushingModel, ToolCall, Turn
from chatdock.tools.base import InvalidArguments, Tool
from chatdock.types.event import ItemDone
from chatdock.types.item import ClientToolCall
from chatdock.types.run import Usage

ONE_AT_A_TIME = "Only one tool of the page can run at a time. Please call this one again after the other has answered."
CUT = {
    "length": "The answer reached the model's limit and was cut.",
    "content_filter": "The model's content filter stopped the answer.",
}


async def converse(
    ctx: RunContext, model: Model, request: ModelRequest, tools: Mapping[str, Tool], max_turns: int
) -> None:
    """Answers the last turn of the request. A tool of the request's that is not in `tools` is the page's.

    Raises: ModelError, also after the last turn allowed; Incomplete; UserFacingError from a tool.
    """
    page_tools = frozenset(spec.name for spec in request.tools if spec.name not in tools)
    turns: list[Turn] = list(request.turns)
    for _ in range(max_turns):
        response = await _ask(ctx, model, msgspec.structs.replace(request, turns=list(turns)), page_tools)
        if not response.calls:
            return
        if response.text:
            turns.append(AssistantTurn(response.text))
        pending, refused = _pick([call for call in response.calls if call.name in page_tools], ctx)
        ours = [call for call in response.calls if call.name not in page_tools]
        await ctx.begun()
        answers = [*await run_calls(ours, tools, response.steps, ctx), *refused]
        if answers:
            kept = record(answers)
            await ctx.emit(*response.steps.end(), hidden_item(kept, ctx))
            turns.extend(turns_of(kept))
        if pending is not None:
            await ctx.emit(ItemDone(item=pending))
            return
        request = with_free_choice(request)
    raise ModelError(f"no answer within {max_turns} turns", code="model_limit", allow_retry=True)


async def _ask(ctx: RunContext, model: Model, request: ModelRequest, page_tools: Collection[str]) -> Response:
    """One model call, shown as it streams."""
    response = Response(ctx, page_tools)

    def take(texts: list[str]) -> bool:
        message = response.message
        if message is None or not ctx.grow(message.id, texts):
            return False
        message.pieces += texts
        return True

    begun = (
        cast(PushingModel, model).stream(request, take) if getattr(model, "pushes", False) else model.stream(request)
    )
    stream = cast(AsyncGenerator[list[ModelEvent]], begun)  # the seam says it can be closed
    async with aclosing(stream):
        async for batch in stream:
            events = response.feed(batch)
            if events:
                await ctx.emit(*events)
    finished = response.finished or Finished("stop")
    ctx.add_usage(
        Usage(
            input_tokens=finished.input_tokens,
            output_tokens=finished.output_tokens,
            total_tokens=finished.input_tokens + finished.output_tokens,
        )
    )
    cut = CUT.get(finished.reason)
    events = [*response.close(), *(response.steps.drop() if cut else [])]
    if events:
        await ctx.emit(*events)
    if cut:
        raise Incomplete(cut)
    return response


def _pick(calls: list[ToolCall], ctx: RunContext) -> tuple[ClientToolCall | None, list[tuple[ToolCall, str]]]:
    """The first call the page can answer, and what the model is told about the others."""
    pending: ClientToolCall | None = None
    refused: list[tuple[ToolCall, str]] = []
    for call in calls:
        try:
            arguments = read_arguments(call)
        except InvalidArguments as error:
            refused.append((call, REPAIR.format(reason=error.message)))
            continue
        if pending is not None:
            refused.append((call, ONE_AT_A_TIME))
            continue
        pending = ClientToolCall(
            id=ctx.item_id(),
            thread_id=ctx.thread.id,
            created_at=now(),
            status="pending",
            call_id=call.call_id,
            name=call.name,
            arguments=arguments,
        )
    return pending, refused


def with_free_choice(request: ModelRequest) -> ModelRequest:
    """The request once a tool was used: a choice that forces a tool would force it in every turn from now on."""
    if request.settings.tool_choice in (None, "auto", "none"):
        return request
    return msgspec.structs.replace(request, settings=msgspec.structs.replace(request.settings, tool_choice=None))
