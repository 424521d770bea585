"""What a commit has to tell outside: for `Store.deliver`, asked inside every commit, so it looks at memory alone.

The endpoints are a copy, refreshed every few seconds: without any, a commit costs one look at an empty tuple.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from chatdock import clock
from chatdock.ids import DELIVERY, new_id
from chatdock.outbox.base import Webhooks
from chatdock.storage.base import Changes, Deleted
from chatdock.types.actor import Scope
from chatdock.types.run import RUN_REQUEST, Run, RunStatus
from chatdock.types.webhook import Delivery, Message, Webhook, WebhookEvent
from chatdock.types.wire import encode

Told = tuple[WebhookEvent, dict[str, Any], str | None]  # what, about what, and the endpoint that a run names

_ENDED: dict[RunStatus, WebhookEvent] = {
    "completed": "run.completed",
    "requires_action": "run.requires_action",
    "failed": "run.failed",
    "incomplete": "run.failed",
    "expired": "run.failed",
}  # a cancelled run is told to nobody: somebody asked for that


class Outbox:
    """The endpoints this process knows. `wake` is called once something was committed that is to be delivered."""

    def __init__(self, webhooks: Webhooks) -> None:
        self.endpoints: tuple[Webhook, ...] = ()
        self.wake: Callable[[], None] = _nobody
        self._webhooks = webhooks

    async def refresh(self) -> None:
        """Looks which endpoints there are. Raises: Unavailable."""
        self.endpoints = tuple(await self._webhooks.every())

    def __call__(self, owner: Scope, changes: Changes) -> Sequence[Delivery]:
        """The rows that go with a commit."""
        if not self.endpoints:
            return ()
        found = []
        for event, data, named in happened(changes):
            for endpoint in self.endpoints:
                if endpoint.project == owner.project and (event in endpoint.events or endpoint.id == named):
                    found.append(_delivery(endpoint, owner, event, data))
        return found

    def told(self, owner: Scope, what: Changes | Deleted) -> None:
        """For `Store.listen`: there may be something to deliver now."""
        if self.endpoints and isinstance(what, Changes) and any(happened(what)):
            self.wake()


def happened(changes: Changes) -> Iterator[Told]:
    """What of a commit a backend may want to know; most say nothing."""
    thread = {"thread_id": changes.thread_id}
    if changes.create_thread is not None:
        yield "thread.created", thread, None
    run = changes.save_run
    if run is not None and (event := _ENDED.get(run.status)) is not None:
        yield event, {**thread, **_about(run)}, run.request.get("webhook") if _is_asked(run) else None
    for kind in sorted({thumb.kind for thumb in changes.put_feedback}):
        ids = [thumb.item_id for thumb in changes.put_feedback if thumb.kind == kind]
        yield "feedback.created", {**thread, "item_ids": ids, "kind": kind}, None


def _about(run: Run) -> dict[str, Any]:
    about: dict[str, Any] = {"run_id": run.id, "status": run.status}
    if run.error is not None:
        about["error_code"] = run.error.code
    if _is_asked(run) and run.request.get("metadata"):
        about["metadata"] = run.request["metadata"]
    return about


def _is_asked(run: Run) -> bool:
    return run.request.get("type") == RUN_REQUEST  # otherwise the request is a client's, whatever it says


def _delivery(endpoint: Webhook, owner: Scope, event: WebhookEvent, data: dict[str, Any]) -> Delivery:
    at = clock.now()
    user, workflow = owner.user or "", owner.workflow or ""
    whole = {"project": owner.project, "user": user, "workflow": workflow, **data}
    return Delivery(
        id=new_id(DELIVERY),
        webhook_id=endpoint.id,
        project=owner.project,
        user=user,
        workflow=workflow,
        type=event,
        body=encode(Message(type=event, created_at=at, data=whole)).decode(),
        created_at=at,
    )


def _nobody() -> None:
    pass
