"""`@workflow`: an async function of the run answers it.

    from chatdock import RunContext, workflow

    @workflow("wf_hello", name="Hello", greeting="Say something.")
    async def hello(ctx: RunContext) -> None:
        await ctx.text("Hello!")

    @hello.on_action("hello.wave")
    async def wave(ctx: RunContext, payload: Any) -> None: ...

    @hello.on_sync_action("hello.like")
    def like(sender: WidgetItem, payload: Any) -> dict[str, Any]: ...  # the widget as it is now

The function is called for every message, answered client tool call and answered form, and for actions without a handler of
their own; `ctx.trigger` says which it was.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast

import msgspec

from chatdock.agents.titles import first_words
from chatdock.context import ActionFired, RunContext
from chatdock.errors import BadRequest, ConfigurationError
from chatdock.runs.responder import ConcurrentInput, Definition, Prompt
from chatdock.types.item import WidgetItem
from chatdock.types.thread import Thread
from chatdock.types.wire import without_nulls

Answer = Callable[[RunContext], Awaitable[None]]
Action = Callable[[RunContext, Any], Awaitable[None]]
SyncAction = Callable[[WidgetItem, Any], Any]  # a widget's tree or None, at once or awaited
ActionT = TypeVar("ActionT", bound=Action)
SyncActionT = TypeVar("SyncActionT", bound=SyncAction)


class WorkflowFunction:
    """An async function as a responder; calling the object calls the function."""

    def __init__(self, function: Answer, definition: Callable[["WorkflowFunction", str], Definition]) -> None:
        self._function = function
        self._definition = definition
        self._actions: dict[str, Action] = {}
        self._sync_actions: dict[str, SyncAction] = {}

    def __call__(self, ctx: RunContext) -> Awaitable[None]:
        """The function, as if it were not decorated."""
        return self._function(ctx)

    def on_action(self, kind: str) -> Callable[[ActionT], ActionT]:
        """Registers the handler of a streaming action: an async function of the run and the payload."""

        def register(handler: ActionT) -> ActionT:
            self._actions[kind] = handler
            return handler

        return register

    def on_sync_action(self, kind: str) -> Callable[[SyncActionT], SyncActionT]:
        """Registers the handler of a synchronous action: a function of the widget's item and the payload.

        It gives the widget as it is now, or None where nothing changed; it may be async.
        """

        def register(handler: SyncActionT) -> SyncActionT:
            self._sync_actions[kind] = handler
            return handler

        return register

    def definition(self, version: str) -> Definition:
        """What the catalog knows of this workflow."""
        return self._definition(self, version)

    async def respond(self, ctx: RunContext) -> None:
        """Answers with the action's handler, or else with the function."""
        trigger = ctx.trigger
        if isinstance(trigger, ActionFired) and trigger.type in self._actions:
            await self._actions[trigger.type](ctx, trigger.payload)
        else:
            await self._function(ctx)

    async def sync_action(
        self, thread: Thread, sender: WidgetItem | None, kind: str, payload: Any
    ) -> WidgetItem | None:
        """The updated item. Raises: BadRequest without a handler or without a widget."""
        handler = self._sync_actions.get(kind)
        if handler is None:
            raise BadRequest(
                f"There is no synchronous action {kind}.", code="unknown_action", param="params.action.type"
            )
        if sender is None:
            raise BadRequest(
                "This action needs the widget it came from.", code="widget_required", param="params.item_id"
            )
        result = handler(sender, payload)
        if inspect.isawaitable(result):
            result = await result
        if result is None:
            return None
        return msgspec.structs.replace(sender, widget=cast(dict[str, Any], without_nulls(result)))

    async def title(self, text: str) -> str | None:
        """The user's first words."""
        return first_words(text)


def workflow(
    id: str,
    *,
    name: str | None = None,
    greeting: str | None = None,
    prompts: Sequence[Prompt] = (),
    on_disconnect_grace_seconds: float | None = None,
    concurrent_input: ConcurrentInput = "reject",
    keep_threads_days: float | None = None,
    keep_files_days: float | None = None,
) -> Callable[[Answer], WorkflowFunction]:
    """Makes an async function of the run a workflow. Without a name the workflow is called by its id.

    `concurrent_input` says what becomes of a message that comes while another is answered: `reject`, `enqueue` (it waits
    its turn) or `interrupt` (that answer stops, keeping what it said).
    `keep_threads_days` is how long a thread lives after its last message, `keep_files_days` how long an attached file does;
    `math.inf` is for ever, and without them the server's settings count.
    Raises: ConfigurationError for a time that is none.
    """
    for name_of, days in (("keep_threads_days", keep_threads_days), ("keep_files_days", keep_files_days)):
        if days is not None and not days > 0:
            raise ConfigurationError(f"{name_of} of {id} must be more than 0.")

    def define(responder: WorkflowFunction, version: str) -> Definition:
        return Definition(
            id=id,
            version=version,
            name=name or id,
            responder=responder,
            greeting=greeting,
            prompts=list(prompts),
            on_disconnect_grace_seconds=on_disconnect_grace_seconds,
            concurrent_input=concurrent_input,
            keep_threads_days=keep_threads_days,
            keep_files_days=keep_files_days,
        )

    def decorate(function: Answer) -> WorkflowFunction:
        return WorkflowFunction(function, define)

    return decorate
