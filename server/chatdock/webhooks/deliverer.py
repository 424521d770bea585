"""Delivers what the outbox holds: any process may, one at a time does, and again after pauses until it is accepted.

    due -> take (a conditional update is the lease) -> post -> delivered | tried again later | failed for good
    an endpoint that answers 410 Gone is disabled: nothing is sent it until somebody enables it

A process that dies over an attempt leaves a row whose lease ends; the next attempt is somebody else's, under the same id.
"""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from chatdock import clock
from chatdock.errors import ChatdockError, Unavailable
from chatdock.outbox.base import Outcome, Webhooks
from chatdock.types.audit import SERVER, entry
from chatdock.types.webhook import Delivery, Webhook
from chatdock.webhooks.outbox import Outbox
from chatdock.webhooks.secrets import Secrets
from chatdock.webhooks.sender import Answer, Sender
from chatdock.webhooks.texts import Texts

# Seconds between attempts, each a fifth more or less: the last one comes a day after the first.
SCHEDULE = (5.0, 30.0, 120.0, 600.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 21_600.0, 36_000.0)
LEASE_SECONDS = 60.0  # well above the longest request
AT_ONCE = 4  # requests to one endpoint, so that one that stalls holds up nobody else
LOOK_SECONDS = 2.0  # how late a retry may be, or what a process left that died
REFRESH_SECONDS = 5.0  # how long until every process knows a new endpoint
CLOSE_SECONDS = 1.0
MAX_RETRY_AFTER_SECONDS = (
    21_600.0  # a receiver may ask for six hours: with more, one wrong header would cost a day's attempts
)
GONE = 410
GONE_REASON = "its receiver answered 410 Gone"

log = logging.getLogger(__name__)


class Deliverer:
    """One a process. `run` is its life; cancel it, then `close`."""

    def __init__(
        self,
        webhooks: Webhooks,
        outbox: Outbox,
        secrets: Secrets,
        sender: Sender,
        texts: Texts,
        *,
        schedule: Sequence[float] = SCHEDULE,
        look_seconds: float = LOOK_SECONDS,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._webhooks = webhooks
        self._outbox = outbox
        self._secrets = secrets
        self._sender = sender
        self._texts = texts
        self._schedule = schedule
        self._look_seconds = look_seconds
        self._lease_seconds = lease_seconds
        self._more = asyncio.Event()
        self._busy: Counter[str] = Counter()
        self._attempts: set[asyncio.Task[None]] = set()
        self._refresh_at = 0.0
        outbox.wake = self._more.set

    async def run(self) -> None:
        """Looks when something was committed, when an attempt is over, and every now and then."""
        while True:
            self._more.clear()
            try:
                await self._look()
            except Unavailable:
                log.warning("webhooks wait for the database")
            except ChatdockError as error:
                log.warning("webhooks could not be looked for: %s", error.code)
            try:
                async with asyncio.timeout(self._look_seconds * random.uniform(0.5, 1.5)):
                    await self._more.wait()
            except TimeoutError:
                pass

    async def close(self) -> None:
        """Attempts have a moment to end; what is cut is tried again by whoever comes next."""
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=CLOSE_SECONDS)
        for attempt in tuple(self._attempts):
            attempt.cancel()
        await asyncio.gather(*self._attempts, return_exceptions=True)
        await self._sender.close()

    async def _look(self) -> None:
        if time.monotonic() >= self._refresh_at:
            await self._outbox.refresh()
            self._refresh_at = time.monotonic() + REFRESH_SECONDS
        for endpoint in self._outbox.endpoints:
            free = AT_ONCE - self._busy[endpoint.id]
            if free <= 0:
                continue
            for delivery in await self._webhooks.due(endpoint.id, free):
                taken_at = await self._webhooks.take(delivery, self._lease_seconds)
                if taken_at is not None:
                    self._begin(self._outbox.newest(endpoint), delivery, taken_at)

    def _begin(self, endpoint: Webhook, delivery: Delivery, taken_at: datetime) -> None:
        self._busy[endpoint.id] += 1
        attempt = asyncio.create_task(self._attempt(endpoint, delivery, taken_at), name=delivery.id)
        self._attempts.add(attempt)

        def over(done: asyncio.Task[None]) -> None:
            self._attempts.discard(done)
            self._busy[endpoint.id] -= 1
            self._more.set()

        attempt.add_done_callback(over)

    async def _attempt(self, endpoint: Webhook, delivery: Delivery, taken_at: datetime) -> None:
        try:
            body = await self._texts.body(endpoint, delivery)
            headers = self._secrets.headers(endpoint, delivery.id, body, clock.now())
            answer = Answer(error="the signing key of its secret is gone: roll the webhook")
            if headers is not None:
                answer = await self._sender.post(endpoint.url, headers, body)
            outcome = self._outcome(delivery, answer)
            if not await self._webhooks.settle(delivery, taken_at, outcome):
                return  # it was given up with the others: its receiver may have been enabled again since, and is not gone
            if answer.status == GONE:
                await self._disable(endpoint)
            if outcome.status != "delivered":
                fields = {"webhook_id": endpoint.id, "delivery_id": delivery.id, **msgspec.structs.asdict(outcome)}
                log.warning("webhook not delivered", extra={"fields": fields})
        except Unavailable:  # the lease ends, and it is tried again
            log.warning("how a webhook went could not be stored", extra={"fields": {"delivery_id": delivery.id}})
        except Exception:
            log.exception("a webhook stumbled", extra={"fields": {"delivery_id": delivery.id}})

    async def _disable(self, endpoint: Webhook) -> None:
        audit = entry(endpoint.project, SERVER, "webhook.disable", endpoint.id)
        if await self._webhooks.disable(endpoint.id, GONE_REASON, audit):
            log.warning("webhook disabled: %s", GONE_REASON, extra={"fields": {"webhook_id": endpoint.id}})
        await self._outbox.refresh()

    def _outcome(self, delivery: Delivery, answer: Answer) -> Outcome:
        if answer.status is not None and 200 <= answer.status < 300:
            return Outcome(status="delivered", response_status=answer.status)
        if answer.status == GONE:
            return Outcome(status="failed", response_status=GONE, error=GONE_REASON)
        if delivery.attempts >= len(self._schedule):
            return Outcome(status="failed", response_status=answer.status, error=answer.error)
        pause = self._schedule[delivery.attempts] * random.uniform(0.8, 1.2)
        asked = min(answer.retry_after_seconds or 0.0, MAX_RETRY_AFTER_SECONDS)
        pause = max(pause, asked * random.uniform(1.0, 1.2))  # what was sent away together does not come back together
        return Outcome(status="pending", response_status=answer.status, error=answer.error, retry_seconds=pause)
