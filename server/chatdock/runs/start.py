"""What starts a run: the actor, the trigger, and everything that must be committed before its first event."""

from collections.abc import Sequence
from typing import Any

import msgspec

from chatdock.context import FormAnswered, NewMessage, RunRequested, ToolAnswered, Trigger
from chatdock.storage.base import Changes
from chatdock.types.actor import Actor
from chatdock.types.event import Event
from chatdock.types.item import HiddenContext, Item, SdkHiddenContext, UserMessage
from chatdock.types.run import Cause, Run, RunStatus
from chatdock.types.thread import Thread


def asked_by(trigger: Trigger) -> UserMessage | HiddenContext | SdkHiddenContext:
    """The item that a run which can wait answers."""
    if isinstance(trigger, NewMessage):
        return trigger.message
    assert isinstance(trigger, RunRequested), "nothing else stands in a queue"
    return trigger.item


class Start(msgspec.Struct, kw_only=True):
    """What a chat request asks of the engine, validated, with everything it must commit first."""

    actor: Actor
    thread: Thread
    trigger: Trigger
    events: list[Event]  # what the stream begins with
    request: dict[str, Any]
    is_new_thread: bool = False
    settle_waiting: RunStatus = "cancelled"
    put_items: Sequence[Item] = ()
    remove_items: Sequence[str] = ()
    remove_after: str | None = None
    fork_after: str | None = None
    fork_before: str | None = None
    attach_files: Sequence[str] = ()
    client_message_id: str | None = None
    fingerprint: str | None = None
    wants_title: bool = False
    require_open: bool = False
    require_pending: str | None = None
    can_resume: bool = False  # the client can reattach: a closed connection never stops the run
    locale: str = "en"
    state: dict[str, Any] = {}

    @property
    def may_wait(self) -> bool:
        """Whether it can stand in a queue: a message and a backend's request can, and nothing that changes what is said."""
        elsewhere = self.remove_after or self.fork_after or self.fork_before
        return isinstance(self.trigger, NewMessage | RunRequested) and not self.is_new_thread and elsewhere is None

    def changes(self, run: Run) -> Changes:
        """The first commit of a run that begins at once."""
        return Changes(
            thread_id=self.thread.id,
            create_thread=self.thread if self.is_new_thread else None,
            settle_waiting=None if self.is_new_thread else self.settle_waiting,
            require_open=self.require_open,
            require_pending=self.require_pending,
            start_run=run,
            goes_first=isinstance(self.trigger, ToolAnswered | FormAnswered),
            remove_after=self.remove_after,
            fork_after=self.fork_after,
            fork_before=self.fork_before,
            remove_items=self.remove_items,
            put_items=self.put_items,
            attach_files=self.attach_files,
        )

    def changes_in_queue(self, run: Run) -> Changes:
        """The first commit of one that has to wait; it tells the run so."""
        message = asked_by(self.trigger)
        run.status, run.started_at = "queued", None
        run.cause = Cause(item_id=message.id, locale=self.locale, can_resume=self.can_resume, state=self.state)
        changes = self.changes(run)
        changes.put_items = [item for item in self.put_items if item.id != message.id]
        changes.queue_items = [message]
        return changes
