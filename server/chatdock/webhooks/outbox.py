"""What a commit has to tell outside: for `Store.deliver`, asked inside every commit, so it looks at memory alone.

The endpoints are a copy, refreshed every few seconds: without any, a commit costs one look at an empty tuple.
For endpoints that want texts, a delivery names the messages it is about; their texts are read when it is sent.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from chatdock import clock
from chatdock.ids import DELIVERY, new_id
from chatdock.outbox.base import Webhooks
from chatdock.storage.base import Changes, Deleted
from chatdock.types.actor import Scope
from chatdock.types.item import AssistantMessage, UserMessage
from chatdock.types.run import RUN_REQUEST, Run, RunStatus, is_running
from chatdock.types.webhook import Delivery, Message, Webhook, WebhookEvent
from chatdock.types.wire import encode

MAX_RUNS = 10_000  # whose messages are remembered: far more than a process has at work
MAX_MESSAGES = 20  # one delivery names

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
        self._looks = self._seen = 0
        self._said: OrderedDict[str, dict[str, None]] = OrderedDict()  # by run at work here, the messages of its answer

    async def refresh(self) -> None:
        """Looks which endpoints there are; of two looks at once the later one counts. Raises: Unavailable."""
        self._looks += 1
        look = self._looks
        found = await self._webhooks.every()
        if look > self._seen:
            self._seen = look
            self.endpoints = tuple(each for each in found if each.disabled_at is None)

    def newest(self, endpoint: Webhook) -> Webhook:
        """The endpoint as it was last seen; itself, if it was not seen any more."""
        return next((each for each in self.endpoints if each.id == endpoint.id), endpoint)

    def __call__(self, owner: Scope, changes: Changes) -> Sequence[Delivery]:
        """The rows that go with a commit."""
        if not self.endpoints:
            return ()
        found = []
        self._note(changes)
        for event, data, named in happened(changes):
            for endpoint in self.endpoints:
                if endpoint.project == owner.project and (event in endpoint.events or endpoint.id == named):
                    more = {"messages": self._messages(event, changes)} if endpoint.include_text else {}
                    found.append(_delivery(endpoint, owner, event, {**data, **more}))
        return found

    def told(self, owner: Scope, what: Changes | Deleted) -> None:
        """For `Store.listen`: there may be something to deliver now."""
        if not self.endpoints or not isinstance(what, Changes):
            return
        if what.save_run is not None and what.hold is not None and not is_running(what.save_run):
            self._said.pop(what.hold.run_id, None)
        if any(happened(what)):
            self.wake()

    def _note(self, changes: Changes) -> None:
        """The messages of an answer are committed as they are finished, mostly before its end."""
        if changes.hold is None or not any(endpoint.include_text for endpoint in self.endpoints):
            return
        said = [item.id for item in changes.put_items if isinstance(item, AssistantMessage)]
        if not said and not changes.remove_items:
            return
        known = self._said.setdefault(changes.hold.run_id, {})
        known.update(dict.fromkeys(said))
        for item_id in changes.remove_items:
            known.pop(item_id, None)
        while len(self._said) > MAX_RUNS:
            self._said.popitem(last=False)

    def _messages(self, event: WebhookEvent, changes: Changes) -> list[dict[str, str]]:
        """Which messages a delivery is about: the first one of a thread, an answer's, or those with a thumb."""
        ids: list[str] = []
        if event == "thread.created":
            ids = [item.id for item in changes.put_items if isinstance(item, UserMessage)]
        elif event == "feedback.created":
            ids = [thumb.item_id for thumb in changes.put_feedback]
        elif changes.save_run is not None:
            ids = list(self._said.get(changes.save_run.id, ()))
        return [{"id": item_id} for item_id in ids[:MAX_MESSAGES]]


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
