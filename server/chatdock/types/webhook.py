"""Webhooks: where a customer's backend wants to be told of something, and what it is told."""

from datetime import datetime
from typing import Any, Literal, get_args

from chatdock.types.wire import Wire

WebhookEvent = Literal["run.completed", "run.failed", "run.requires_action", "thread.created", "feedback.created"]
WEBHOOK_EVENTS: tuple[WebhookEvent, ...] = get_args(WebhookEvent)

DeliveryStatus = Literal["pending", "delivered", "failed"]
DELIVERY_STATUSES: tuple[DeliveryStatus, ...] = get_args(DeliveryStatus)


class Webhook(Wire):
    """An endpoint. Its secret is nowhere: it is derived from the signing key `kid`, the id and `version`.

    Until `previous_until` the version before is good as well, under the key `previous_kid`. Without `events` it is told of
    runs that name it. With `include_text` it is also told what was said. Since `disabled_at` it is told nothing: its
    receiver had said that it is gone.
    """

    id: str
    project: str
    url: str
    events: list[WebhookEvent]
    kid: str
    created_at: datetime
    version: int = 1
    previous_kid: str | None = None
    previous_until: datetime | None = None
    include_text: bool = False
    disabled_at: datetime | None = None


class Message(Wire):
    """What is committed to be sent: ids, never what anybody said."""

    type: WebhookEvent
    created_at: datetime
    data: dict[str, Any]


class Delivery(Wire):
    """One message to one endpoint. `id` and `body` stay the same however often it is tried; an endpoint with `include_text`
    is sent the body with the texts of its `messages`, read anew each time.

    `next_at` is when it is tried again, `attempts` how often it was; `response_status` and `error` are of the last time.
    """

    id: str
    webhook_id: str
    project: str
    user: str
    workflow: str
    type: WebhookEvent
    body: str
    created_at: datetime
    status: DeliveryStatus = "pending"
    attempts: int = 0
    next_at: datetime | None = None
    last_at: datetime | None = None
    response_status: int | None = None
    error: str | None = None
