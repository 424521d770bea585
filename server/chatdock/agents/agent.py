"""An agent: a model with instructions and tools, as a responder."""

import hashlib
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from chatdock.agents.history import build_history
from chatdock.agents.loop import converse, with_free_choice
from chatdock.agents.repeat import repeat_cut_short
from chatdock.agents.titles import make_title
from chatdock.context import ActionFired, NewMessage, RunContext
from chatdock.errors import BadRequest
from chatdock.models.base import Model, ModelRequest, ModelSettings, ToolSpec
from chatdock.tools.base import Tool
from chatdock.types.item import WidgetItem
from chatdock.types.thread import Thread

MAX_TURNS = 10  # model calls an answer may take, as in the Agents SDK
HISTORY_TOKENS = 32_000  # leaves room for the answer in every current model's window
PROVIDER_DEFAULTS = ModelSettings()


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """Answers with a model that may call `tools` here and `client_tools` in the page."""

    model: Model
    model_name: str
    instructions: str
    tools: Sequence[Tool] = ()
    client_tools: Sequence[ToolSpec] = ()
    settings: ModelSettings = PROVIDER_DEFAULTS
    max_turns: int = MAX_TURNS
    history_tokens: int = HISTORY_TOKENS
    accepts_images: bool = True

    goes_on: ClassVar[bool] = True  # see `runs.responder.Responder`
    asks_first: ClassVar[bool] = True

    async def respond(self, ctx: RunContext) -> None:
        """Answers with the whole thread in mind."""
        tools = {tool.spec.name: tool for tool in self.tools}
        if ctx.cut_short:
            await repeat_cut_short(ctx, tools)
        elif isinstance(ctx.trigger, ActionFired):
            await ctx.hidden(_told(ctx.trigger))
        turns = await build_history(await ctx.history(), ctx, tokens=self.history_tokens, images=self.accepts_images)
        request = ModelRequest(
            model=self.model_name,
            instructions=self.instructions,
            turns=turns,
            tools=[*(tool.spec for tool in self.tools), *self.client_tools],
            settings=self._settings(ctx),
            user=_opaque_user(ctx),
        )
        if ctx.cut_short:
            request = with_free_choice(request)
        await converse(ctx, self.model, request, tools, self.max_turns)

    async def sync_action(
        self, thread: Thread, sender: WidgetItem | None, kind: str, payload: Any
    ) -> WidgetItem | None:
        """Agents have none: a model answers in its own time."""
        raise BadRequest(
            f"This assistant has no synchronous action {kind}.", code="unknown_action", param="params.action.type"
        )

    async def title(self, text: str) -> str | None:
        """A few words from the model, or the user's own first words."""
        return await make_title(self.model, self.model_name, text)

    def _settings(self, ctx: RunContext) -> ModelSettings:
        """The settings, with the tool the user picked in the composer, if it is one of this agent's."""
        if not isinstance(ctx.trigger, NewMessage):
            return self.settings
        choice = ctx.trigger.message.inference_options.tool_choice
        names = {tool.spec.name for tool in self.tools} | {spec.name for spec in self.client_tools}
        if choice is None or choice.id not in names:
            return self.settings
        return msgspec.structs.replace(self.settings, tool_choice=choice.id)


def _told(action: ActionFired) -> str:
    payload = msgspec.json.encode(action.payload).decode()
    where = "the page" if action.sender is None else "a widget you showed"
    return f"The user acted in {where}: {action.type} with {payload}"


def _opaque_user(ctx: RunContext) -> str:
    """The same for all runs of a user, and nothing else: providers want to tell abusers apart."""
    return hashlib.sha256(f"{ctx.actor.project}\0{ctx.actor.user}".encode()).hexdigest()[:32]
