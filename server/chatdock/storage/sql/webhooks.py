"""Webhook endpoints and the outbox."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chatdock.clock import from_micros, to_micros
from chatdock.errors import BadRequest
from chatdock.outbox.base import Outcome
from chatdock.storage.sql.audit import BEHIND_ALL, note
from chatdock.storage.sql.road import Plan, Road
from chatdock.storage.sql.rows import instant_or_none, micros_or_none, missing, to_text
from chatdock.types.audit import AuditEntry
from chatdock.types.webhook import Delivery, DeliveryStatus, Webhook, WebhookEvent
from chatdock.types.wire import decode


class SqlWebhooks:
    """`outbox.base.Webhooks`."""

    def __init__(self, road: Road) -> None:
        self._road = road

    async def add(self, webhook: Webhook, audit: AuditEntry | None = None) -> None:
        """One row."""
        await self._road.write(lambda: _add(webhook, audit))

    async def every(self) -> list[Webhook]:
        """All rows: endpoints are made by hand, there are few."""
        return await self._road.read(_every, is_small=False)

    async def roll(
        self, project: str, webhook_id: str, kid: str, until: datetime, audit: AuditEntry | None = None
    ) -> Webhook:
        """One row, read and written in one transaction."""
        return await self._road.write(lambda: _roll(project, webhook_id, kid, until, audit))

    async def disable(self, webhook_id: str, reason: str, audit: AuditEntry | None = None) -> bool:
        """Its row, and every delivery that waits."""
        return await self._road.write(lambda: _disable(webhook_id, reason, audit))

    async def enable(self, project: str, webhook_id: str, audit: AuditEntry | None = None) -> Webhook:
        """One row, written and read in one transaction."""
        return await self._road.write(lambda: _enable(project, webhook_id, audit))

    async def remove(self, project: str, webhook_id: str, audit: AuditEntry | None = None) -> None:
        """The endpoint first: from then on no commit adds to its deliveries."""
        await self._road.write(lambda: _remove(project, webhook_id, audit))

    async def due(self, webhook_id: str, limit: int) -> list[Delivery]:
        """A range of the index of pending ones."""
        return await self._road.read(lambda: _due(webhook_id, limit), is_small=False)

    async def take(self, delivery: Delivery, seconds: float) -> datetime | None:
        """One conditional update, and a look at what it wrote."""
        return await self._road.write(lambda: _take(delivery, seconds), is_durable=False)

    async def settle(self, delivery: Delivery, taken_at: datetime, outcome: Outcome) -> bool:
        """One conditional update; forgotten in a power failure, it is delivered again."""
        return await self._road.write(lambda: _settle(delivery, taken_at, outcome), is_durable=False)

    async def deliveries(
        self,
        project: str,
        limit: int,
        *,
        webhook_id: str | None = None,
        status: DeliveryStatus | None = None,
        before_id: str | None = None,
    ) -> list[Delivery]:
        """A walk along the project's index from its end."""
        values = {
            "project": project,
            "webhook": webhook_id,
            "status": status,
            "high_id": before_id or BEHIND_ALL,
            "limit": limit,
        }
        return await self._road.read(lambda: _deliveries("delivery.latest", values), is_small=False)

    async def resend(self, project: str, delivery_id: str) -> Delivery:
        """One row."""
        return await self._road.write(lambda: _resend(project, delivery_id))

    async def of_user(self, project: str, user: str, after_id: str, limit: int) -> list[Delivery]:
        """A range of the index by user."""
        values = {"project": project, "user": user, "low_id": after_id, "limit": limit}
        return await self._road.read(lambda: _deliveries("delivery.of_user", values), is_small=False)

    async def erase(self, project: str, user: str) -> int:
        """A range of the index by user."""
        return await self._road.write(lambda: _erase(project, user))

    async def remove_old(self, before: datetime, limit: int) -> int:
        """From the oldest on: ids sort by time."""
        return await self._road.write(lambda: _remove_old(before, limit))


def put_deliveries(deliveries: Sequence[Delivery]) -> Plan[None]:
    """Part of the commit that they tell of. For an endpoint that was removed meanwhile there is none."""
    for each in deliveries:
        yield (
            "delivery.add",
            {
                "id": each.id,
                "webhook": each.webhook_id,
                "project": each.project,
                "user": each.user,
                "workflow": each.workflow,
                "type": each.type,
                "body": each.body,
                "created_at": to_micros(each.created_at),
            },
        )


def _add(webhook: Webhook, audit: AuditEntry | None) -> Plan[None]:
    yield (
        "webhook.add",
        {
            "id": webhook.id,
            "project": webhook.project,
            "url": webhook.url,
            "events": to_text(webhook.events),
            "kid": webhook.kid,
            "version": webhook.version,
            "previous_kid": webhook.previous_kid,
            "previous_until": micros_or_none(webhook.previous_until),
            "created_at": to_micros(webhook.created_at),
            "include_text": webhook.include_text,
            "disabled_at": micros_or_none(webhook.disabled_at),
        },
    )
    yield from note(audit)


def _every() -> Plan[list[Webhook]]:
    rows = yield "webhook.list", {}
    return [_to_webhook(row) for row in rows]


def _roll(project: str, webhook_id: str, kid: str, until: datetime, audit: AuditEntry | None) -> Plan[Webhook]:
    values = {"project": project, "webhook": webhook_id, "kid": kid, "previous_until": to_micros(until)}
    if not (yield "webhook.roll", values):
        raise missing("webhook", webhook_id)
    yield from note(audit)
    rows = yield "webhook.get", {"project": project, "webhook": webhook_id}
    return _to_webhook(rows[0])


def _disable(webhook_id: str, reason: str, audit: AuditEntry | None) -> Plan[bool]:
    is_news = bool((yield "webhook.disable", {"webhook": webhook_id}))
    if is_news:
        yield "delivery.give_up", {"webhook": webhook_id, "error": reason}
        yield from note(audit)
    return is_news


def _enable(project: str, webhook_id: str, audit: AuditEntry | None) -> Plan[Webhook]:
    if not (yield "webhook.enable", {"project": project, "webhook": webhook_id}):
        raise missing("webhook", webhook_id)
    yield from note(audit)
    rows = yield "webhook.get", {"project": project, "webhook": webhook_id}
    return _to_webhook(rows[0])


def _remove(project: str, webhook_id: str, audit: AuditEntry | None) -> Plan[None]:
    if not (yield "webhook.remove", {"project": project, "webhook": webhook_id}):
        raise missing("webhook", webhook_id)
    yield "delivery.forget", {"webhook": webhook_id}
    yield from note(audit)


def _due(webhook_id: str, limit: int) -> Plan[list[Delivery]]:
    return _deliveries("delivery.due", {"webhook": webhook_id, "limit": limit})


def _deliveries(name: str, values: dict[str, Any]) -> Plan[list[Delivery]]:
    rows = yield name, values
    return [_to_delivery(row) for row in rows]


def _take(delivery: Delivery, seconds: float) -> Plan[datetime | None]:
    values = {"id": delivery.id, "attempts": delivery.attempts, "micros": int(seconds * 1e6)}
    if not (yield "delivery.take", values):
        return None
    ((taken_at,),) = yield "delivery.taken", {"id": delivery.id}
    return from_micros(taken_at)


def _settle(delivery: Delivery, taken_at: datetime, outcome: Outcome) -> Plan[bool]:
    settled = yield (
        "delivery.settle",
        {
            "id": delivery.id,
            "attempts": delivery.attempts + 1,  # as `take` left it
            "taken_at": to_micros(taken_at),
            "status": outcome.status,
            "response_status": outcome.response_status,
            "error": outcome.error,
            "micros": int(outcome.retry_seconds * 1e6),
        },
    )
    return bool(settled)


def _resend(project: str, delivery_id: str) -> Plan[Delivery]:
    values = {"project": project, "id": delivery_id}
    rows = yield "delivery.get", values
    endpoints = (yield "webhook.get", {"project": project, "webhook": rows[0][1]}) if rows else ()
    if not endpoints:
        raise missing("delivery", delivery_id)
    if _to_webhook(endpoints[0]).disabled_at is not None:
        raise BadRequest("The webhook of this delivery is disabled: enable it first.", code="webhook_disabled")
    if not (yield "delivery.again", values):
        raise BadRequest("This delivery is still being tried.", code="delivery_pending")
    rows = yield "delivery.get", values
    return _to_delivery(rows[0])


def _erase(project: str, user: str) -> Plan[int]:
    return len((yield "delivery.erase", {"project": project, "user": user}))


def _remove_old(before: datetime, limit: int) -> Plan[int]:
    rows = yield "delivery.oldest", {"limit": limit}
    old = [row[0] for row in rows if row[1] < to_micros(before)]
    if old:
        yield "delivery.remove", {"ids": old}
    return len(old)


def _to_webhook(row: Sequence[Any]) -> Webhook:
    return Webhook(
        id=row[0],
        project=row[1],
        url=row[2],
        events=decode(row[3], list[WebhookEvent]),
        kid=row[4],
        version=row[5],
        previous_kid=row[6],
        previous_until=instant_or_none(row[7]),
        created_at=from_micros(row[8]),
        include_text=bool(row[9]),
        disabled_at=instant_or_none(row[10]),
    )


def _to_delivery(row: Sequence[Any]) -> Delivery:
    return Delivery(
        id=row[0],
        webhook_id=row[1],
        project=row[2],
        user=row[3],
        workflow=row[4],
        type=row[5],
        body=row[6],
        created_at=from_micros(row[7]),
        status=row[8],
        attempts=row[9],
        next_at=from_micros(row[10]) if row[8] == "pending" else None,
        last_at=instant_or_none(row[11]),
        response_status=row[12],
        error=row[13],
    )
