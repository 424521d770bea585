"""The seam for what is to be told outside: endpoints, and deliveries that are committed with the change they tell of.

Rules: a delivery is a row from the commit on, so it outlives every process; whoever takes it has it for a lease; it is
delivered at least once, under one id. Time is the database's.
"""

from datetime import datetime
from typing import Protocol

import msgspec

from chatdock.types.audit import AuditEntry
from chatdock.types.webhook import Delivery, DeliveryStatus, Webhook


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt went. `pending`: it is tried again in `retry_seconds`."""

    status: DeliveryStatus
    response_status: int | None = None
    error: str | None = None
    retry_seconds: float = 0.0


class Webhooks(Protocol):
    """Endpoints and deliveries of every project."""

    async def add(self, webhook: Webhook, audit: AuditEntry | None = None) -> None:
        """Durable on return."""

    async def every(self) -> list[Webhook]:
        """All of them, oldest first."""

    async def roll(
        self, project: str, webhook_id: str, kid: str, until: datetime, audit: AuditEntry | None = None
    ) -> Webhook:
        """The next version of its secret, under that key; the one before is good until then. Raises: NotFound."""

    async def disable(self, webhook_id: str, reason: str, audit: AuditEntry | None = None) -> bool:
        """Nothing is told it from now on: what waits is `failed` for that reason, commits add nothing. False: nothing was."""

    async def enable(self, project: str, webhook_id: str, audit: AuditEntry | None = None) -> Webhook:
        """It is told what is committed from now on. Raises: NotFound."""

    async def remove(self, project: str, webhook_id: str, audit: AuditEntry | None = None) -> None:
        """With its deliveries. Raises: NotFound."""

    async def due(self, webhook_id: str, limit: int) -> list[Delivery]:
        """What is to be tried now, the longest overdue first."""

    async def take(self, delivery: Delivery, seconds: float) -> datetime | None:
        """When this attempt became the caller's, for so long; of many that try, one gets it, and the others None."""

    async def settle(self, delivery: Delivery, taken_at: datetime, outcome: Outcome) -> bool:
        """How the attempt went that `take` gave. False, and nothing done, if it counts no more: its time was over and
        somebody else tried, or it was given up meanwhile, and perhaps sent again.
        """

    async def deliveries(
        self,
        project: str,
        limit: int,
        *,
        webhook_id: str | None = None,
        status: DeliveryStatus | None = None,
        before_id: str | None = None,
    ) -> list[Delivery]:
        """The newest, newest first."""

    async def resend(self, project: str, delivery_id: str) -> Delivery:
        """Tries it again from the beginning, under its id.

        Raises: NotFound; BadRequest while it is being tried, or its endpoint is disabled.
        """

    async def of_user(self, project: str, user: str, after_id: str, limit: int) -> list[Delivery]:
        """Those that name that user, oldest first, behind that one (the first page: behind `""`)."""

    async def erase(self, project: str, user: str) -> int:
        """Removes the deliveries that name that user; returns how many."""

    async def remove_old(self, before: datetime, limit: int) -> int:
        """Removes up to `limit` deliveries from before that instant; returns how many."""
