"""Webhooks, for server keys with the scope `webhooks`: endpoints, their secrets, and what they were told.

Source: docs/webhooks.md. A secret is in the answer that makes it and nowhere else.
"""

from datetime import timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from chatdock.errors import BadRequest
from chatdock.types.actor import KeyHolder
from chatdock.types.audit import by_key
from chatdock.types.page import PageQuery
from chatdock.types.webhook import DELIVERY_STATUSES, Delivery, DeliveryStatus, Webhook, WebhookEvent
from chatdock.web.answer import Json
from chatdock.web.auth import authenticate_key
from chatdock.web.body import read_json
from chatdock.web.parts import parts_of
from chatdock.web.rest.threads import page_of

MAX_BODY_BYTES = 64 * 1024
DEFAULT_OVERLAP_SECONDS = 86_400
MAX_OVERLAP_SECONDS = 30 * 86_400


class CreateWebhook(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /v1/chatkit/webhooks`. Without events it is told of runs that name it.

    With `include_text` it is also sent what was said, in `data.messages`.
    """

    url: Annotated[str, Meta(min_length=1, max_length=2_048)]
    events: Annotated[list[WebhookEvent], Meta(max_length=100)] = []
    include_text: bool = False


class RollWebhook(msgspec.Struct, forbid_unknown_fields=True):
    """How long the secret before is good as well, in seconds."""

    overlap_seconds: Annotated[int, Meta(ge=0, le=MAX_OVERLAP_SECONDS)] = DEFAULT_OVERLAP_SECONDS


class WebhookObject(msgspec.Struct, kw_only=True):
    """An endpoint as the API shows it; `secret` only where it was just made.

    `disabled`: its receiver answered 410 Gone at `disabled_at`, and it is told nothing until it is enabled.
    """

    id: str
    object: Literal["chatkit.webhook"] = "chatkit.webhook"
    url: str
    events: list[WebhookEvent]
    created_at: int
    previous_secret_expires_at: int | None
    include_text: bool
    status: Literal["enabled", "disabled"]
    disabled_at: int | None
    secret: str | None = None


class WebhookDeleted(msgspec.Struct):
    """What a removal answers."""

    id: str
    object: Literal["chatkit.webhook.deleted"] = "chatkit.webhook.deleted"
    deleted: bool = True


class DeliveryObject(msgspec.Struct, kw_only=True):
    """A delivery as the API shows it; `body` is what was sent but for texts, which are kept nowhere else, `response_status` and `error` are of the last attempt."""

    id: str
    object: Literal["chatkit.webhook_delivery"] = "chatkit.webhook_delivery"
    webhook_id: str
    type: WebhookEvent
    status: DeliveryStatus
    attempts: int
    created_at: int
    last_attempt_at: int | None
    next_attempt_at: int | None
    response_status: int | None
    error: str | None
    body: str


class WebhookList(msgspec.Struct, kw_only=True):
    """All of a project's."""

    object: Literal["list"] = "list"
    data: list[WebhookObject]
    first_id: str | None
    last_id: str | None
    has_more: bool = False


class DeliveryList(msgspec.Struct, kw_only=True):
    """A page of deliveries."""

    object: Literal["list"] = "list"
    data: list[DeliveryObject]
    first_id: str | None
    last_id: str | None
    has_more: bool


async def page(request: Request) -> Response:
    """`GET /v1/chatkit/webhooks`."""
    holder = await authenticate_key(request, "webhooks")
    data = [_shown(webhook) for webhook in await parts_of(request).webhooks.of(holder.project)]
    return Json(WebhookList(data=data, first_id=data[0].id if data else None, last_id=data[-1].id if data else None))


async def create(request: Request) -> Response:
    """`POST /v1/chatkit/webhooks`."""
    holder = await authenticate_key(request, "webhooks")
    body = await read_json(request, CreateWebhook, MAX_BODY_BYTES)
    parts = parts_of(request)
    made, secret = await parts.webhooks.add(
        holder.project, body.url, body.events, include_text=body.include_text, **_who(request, holder)
    )
    await parts.outbox.refresh()
    return Json(_shown(made, secret))


async def delete(request: Request) -> Response:
    """`DELETE /v1/chatkit/webhooks/{webhook_id}`."""
    holder = await authenticate_key(request, "webhooks")
    parts, webhook_id = parts_of(request), request.path_params["webhook_id"]
    await parts.webhooks.remove(holder.project, webhook_id, **_who(request, holder))
    await parts.outbox.refresh()
    return Json(WebhookDeleted(webhook_id))


async def enable(request: Request) -> Response:
    """`POST /v1/chatkit/webhooks/{webhook_id}/enable`."""
    holder = await authenticate_key(request, "webhooks")
    parts, webhook_id = parts_of(request), request.path_params["webhook_id"]
    enabled = await parts.webhooks.enable(holder.project, webhook_id, **_who(request, holder))
    await parts.outbox.refresh()
    return Json(_shown(enabled))


async def roll(request: Request) -> Response:
    """`POST /v1/chatkit/webhooks/{webhook_id}/roll`."""
    holder = await authenticate_key(request, "webhooks")
    body = await read_json(request, RollWebhook, MAX_BODY_BYTES)
    parts, webhook_id = parts_of(request), request.path_params["webhook_id"]
    overlap = timedelta(seconds=body.overlap_seconds)
    rolled, secret = await parts.webhooks.roll(holder.project, webhook_id, overlap, **_who(request, holder))
    await parts.outbox.refresh()
    return Json(_shown(rolled, secret))


async def deliveries(request: Request) -> Response:
    """`GET /v1/chatkit/webhook_deliveries?webhook_id=&status=&limit=&after=`: newest first."""
    holder = await authenticate_key(request, "webhooks")
    query = request.query_params
    asked: PageQuery = page_of(query)
    found = await parts_of(request).store.webhooks.deliveries(
        holder.project,
        asked.limit + 1,
        webhook_id=query.get("webhook_id"),
        status=_status(query.get("status")),
        before_id=query.get("after"),
    )
    data = [_delivery(each) for each in found[: asked.limit]]
    ends = (data[0].id, data[-1].id) if data else (None, None)
    return Json(DeliveryList(data=data, first_id=ends[0], last_id=ends[1], has_more=len(found) > asked.limit))


async def resend(request: Request) -> Response:
    """`POST /v1/chatkit/webhook_deliveries/{delivery_id}/resend`."""
    holder = await authenticate_key(request, "webhooks")
    parts = parts_of(request)
    again = await parts.store.webhooks.resend(holder.project, request.path_params["delivery_id"])
    parts.outbox.wake()
    return Json(_delivery(again))


def _who(request: Request, holder: KeyHolder) -> dict[str, str]:
    return {"actor": by_key(holder.key_id), "request_id": request.state.request_id}


def _status(text: str | None) -> DeliveryStatus | None:
    if text is not None and text not in DELIVERY_STATUSES:
        raise BadRequest("There is no such delivery status.", param="status")
    return text


def _shown(webhook: Webhook, secret: str | None = None) -> WebhookObject:
    until = webhook.previous_until
    return WebhookObject(
        id=webhook.id,
        url=webhook.url,
        events=webhook.events,
        created_at=int(webhook.created_at.timestamp()),
        previous_secret_expires_at=int(until.timestamp()) if until else None,
        include_text=webhook.include_text,
        status="enabled" if webhook.disabled_at is None else "disabled",
        disabled_at=int(webhook.disabled_at.timestamp()) if webhook.disabled_at else None,
        secret=secret,
    )


def _delivery(delivery: Delivery) -> DeliveryObject:
    return DeliveryObject(
        id=delivery.id,
        webhook_id=delivery.webhook_id,
        type=delivery.type,
        status=delivery.status,
        attempts=delivery.attempts,
        created_at=int(delivery.created_at.timestamp()),
        last_attempt_at=int(delivery.last_at.timestamp()) if delivery.last_at else None,
        next_attempt_at=int(delivery.next_at.timestamp()) if delivery.next_at else None,
        response_status=delivery.response_status,
        error=delivery.error,
        body=delivery.body,
    )
