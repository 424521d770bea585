"""What it takes to run a run in another process, or again: kept in its row, and turned into a trigger when it is needed."""

from collections.abc import Sequence
from typing import Any, Literal, assert_never

import msgspec

from chatdock.context import ActionFired, FormAnswered, NewMessage, RunRequested, ToolAnswered, Trigger
from chatdock.errors import ChatdockError
from chatdock.runs.start import Start
from chatdock.storage.base import Scoped
from chatdock.types.actor import Actor
from chatdock.types.event import Event, ItemDone, ItemReplaced, StreamOptions, StreamSettings, ThreadCreated
from chatdock.types.item import (
    ClientToolCall,
    HiddenContext,
    Item,
    SdkHiddenContext,
    StructuredInput,
    UserMessage,
    WidgetItem,
)
from chatdock.types.run import Run
from chatdock.types.thread import Thread, view
from chatdock.types.wire import decode, encode

OPTIONS = StreamOptions(stream_options=StreamSettings(allow_cancel=True))


class Job(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything of a request that its responder sees. Items are named by their ids: the store has them."""

    actor: Actor
    kind: Literal["message", "tool", "form", "action", "request"]
    item_id: str | None = None
    action: str = ""
    payload: Any = None
    is_new_thread: bool = False
    is_version: bool = False  # another answer beside one there is
    wants_title: bool = False
    can_resume: bool = False
    locale: str = "en"
    state: dict[str, Any] = {}

    def text(self) -> str:
        """As a row keeps it."""
        return encode(self).decode()


def read_job(text: str) -> Job:
    """What `Job.text` wrote. Raises: msgspec.ValidationError for what another release wrote and this one cannot read."""
    return decode(text, Job)


def job_of(start: Start) -> Job:
    """What of a request is kept."""
    return Job(
        actor=start.actor,
        is_new_thread=start.is_new_thread,
        is_version=start.fork_after is not None,
        wants_title=start.wants_title,
        can_resume=start.can_resume,
        locale=start.locale,
        state=start.state,
        **_named(start.trigger),
    )


def start_of(job: Job, thread: Thread, trigger: Trigger, run: Run) -> Start:
    """The request again, without what was committed with it."""
    return Start(
        actor=job.actor,
        thread=thread,
        trigger=trigger,
        events=[],
        request=run.request,
        wants_title=job.wants_title,
        can_resume=job.can_resume,
        locale=job.locale,
        state=job.state,
    )


def _named(trigger: Trigger) -> dict[str, Any]:
    """The fields of a job that name its trigger."""
    match trigger:
        case NewMessage(message=item):
            return {"kind": "message", "item_id": item.id}
        case ToolAnswered(call=call):
            return {"kind": "tool", "item_id": call.id}
        case FormAnswered(form=form):
            return {"kind": "form", "item_id": form.id}
        case RunRequested(item=item):
            return {"kind": "request", "item_id": item.id}
        case ActionFired():
            sender = trigger.sender.id if trigger.sender else None
            return {"kind": "action", "item_id": sender, "action": trigger.type, "payload": trigger.payload}
        case _:
            assert_never(trigger)


async def trigger_of(job: Job, scope: Scoped, thread_id: str) -> Trigger:
    """The job's trigger, with its item as it is stored. Raises: NotFound; ChatdockError (an item of another kind)."""
    item = await scope.items.get(thread_id, job.item_id) if job.item_id else None
    if job.kind == "action" and (item is None or isinstance(item, WidgetItem)):
        return ActionFired(job.action, job.payload, item)
    if job.kind == "message" and isinstance(item, UserMessage):
        return NewMessage(item)
    if job.kind == "tool" and isinstance(item, ClientToolCall):
        return ToolAnswered(item)
    if job.kind == "form" and isinstance(item, StructuredInput):
        return FormAnswered(item)
    if job.kind == "request" and isinstance(item, HiddenContext | SdkHiddenContext):
        return RunRequested(item)
    raise ChatdockError("A run's trigger is not what it was.")


def opening(job: Job, thread: Thread, trigger: Trigger) -> Sequence[Event]:
    """What the run's stream began with, for a tape that was lost."""
    created = [ThreadCreated(thread=view(thread))] if job.is_new_thread else []
    shown: list[Item] = [trigger.message] if isinstance(trigger, NewMessage) else []
    replaced = [ItemReplaced(item=trigger.form)] if isinstance(trigger, FormAnswered) else []
    return [*created, *(ItemDone(item=item) for item in shown), OPTIONS, *replaced]
