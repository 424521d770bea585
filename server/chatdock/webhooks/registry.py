"""Endpoints as an operator handles them, by command and over REST alike."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from chatdock import clock
from chatdock.errors import BadRequest, ChatdockError, NotFound
from chatdock.ids import WEBHOOK, new_id
from chatdock.outbox.base import Webhooks
from chatdock.types.audit import Action, entry
from chatdock.types.webhook import WEBHOOK_EVENTS, Webhook, WebhookEvent
from chatdock.webhooks.addresses import Reach
from chatdock.webhooks.secrets import Secrets

MAX_URL_CHARS = 2_048
MAX_WEBHOOKS = 20  # of a project: each is one more row a run
MAX_OVERLAP = timedelta(days=30)


class WebhookRegistry:
    """Adds, lists, rolls and removes. `actor` is who, for the audit."""

    def __init__(self, webhooks: Webhooks, secrets: Secrets, reach: Reach) -> None:
        self._webhooks = webhooks
        self._secrets = secrets
        self._reach = reach

    async def add(
        self,
        project: str,
        url: str,
        events: Sequence[WebhookEvent],
        *,
        actor: str,
        include_text: bool = False,
        request_id: str | None = None,
    ) -> tuple[Webhook, str]:
        """The endpoint and its secret. Raises: BadRequest."""
        self._check(url)
        if len(await self.of(project)) >= MAX_WEBHOOKS:
            raise BadRequest(f"A project has at most {MAX_WEBHOOKS} webhooks.", code="too_many_webhooks")
        webhook = Webhook(
            id=new_id(WEBHOOK),
            project=project,
            url=url,
            events=[event for event in WEBHOOK_EVENTS if event in events],
            kid=self._secrets.kid,
            created_at=clock.now(),
            include_text=include_text,
        )
        await self._webhooks.add(webhook, entry(project, actor, "webhook.create", webhook.id, request_id))
        return webhook, self._secret(webhook)

    async def of(self, project: str) -> list[Webhook]:
        """A project's, oldest first."""
        return [webhook for webhook in await self._webhooks.every() if webhook.project == project]

    async def get(self, project: str, webhook_id: str) -> Webhook:
        """Raises: NotFound."""
        found = [webhook for webhook in await self.of(project) if webhook.id == webhook_id]
        if not found:
            raise NotFound("No such webhook.")
        return found[0]

    async def roll(
        self, project: str, webhook_id: str, overlap: timedelta, *, actor: str, request_id: str | None = None
    ) -> tuple[Webhook, str]:
        """The endpoint and its new secret; until the overlap is over, both sign. Raises: NotFound, BadRequest."""
        if not timedelta(0) <= overlap <= MAX_OVERLAP:
            raise BadRequest(f"The overlap is at most {MAX_OVERLAP.days} days.", param="overlap_seconds")
        audit = entry(project, actor, "webhook.roll", webhook_id, request_id)
        webhook = await self._webhooks.roll(project, webhook_id, self._secrets.kid, clock.now() + overlap, audit)
        return webhook, self._secret(webhook)

    async def enable(self, project: str, webhook_id: str, *, actor: str, request_id: str | None = None) -> Webhook:
        """One that was disabled is told again of what happens from now on. Raises: NotFound."""
        audit = entry(project, actor, "webhook.enable", webhook_id, request_id)
        return await self._webhooks.enable(project, webhook_id, audit)

    async def remove(self, project: str, webhook_id: str, *, actor: str, request_id: str | None = None) -> None:
        """With its deliveries. Raises: NotFound."""
        action: Action = "webhook.delete"
        await self._webhooks.remove(project, webhook_id, entry(project, actor, action, webhook_id, request_id))

    def _secret(self, webhook: Webhook) -> str:
        secret = self._secrets.current(webhook)
        if secret is None:
            raise ChatdockError("The signing key of a new secret is there.")
        return secret

    def _check(self, url: str) -> None:
        """What can be seen of an address before it is resolved; the rest is seen when it is connected to."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise BadRequest("This is not an address of a webhook.", param="url") from None
        plain = "http://" if self._reach.has_networks else "https://"
        if parts.scheme not in ("https", plain.removesuffix("://")) or not parts.hostname:
            raise BadRequest("A webhook's address begins with https:// and names a host.", param="url")
        if parts.username is not None or parts.password is not None or parts.fragment or port == 0:
            raise BadRequest("A webhook's address has neither a password nor a fragment.", param="url")
        if len(url) > MAX_URL_CHARS or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
            raise BadRequest("A webhook's address is ASCII, of at most 2048 characters.", param="url")
