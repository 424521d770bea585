"""Secrets of endpoints, and what they sign: the scheme of Standard Webhooks.

    webhook-signature: v1,<base64 of HMAC-SHA256(secret, id.timestamp.body)>, one a secret, separated by spaces

Rules: a secret is stored nowhere. It is derived from a signing key, the endpoint's id (125 random bits) and its version, so
whoever has the database alone can sign nothing, and rolling is counting on.
Source: the Standard Webhooks specification.
"""

import base64
import hmac
from collections.abc import Callable
from datetime import datetime

from chatdock.types.webhook import Webhook

PREFIX = "whsec_"

Derive = Callable[[str, bytes], bytes | None]  # by kid, for a purpose; None without such a key


class Secrets:
    """Derives and signs."""

    def __init__(self, kid: str, derive: Derive) -> None:
        self.kid = kid  # of new secrets
        self._derive = derive

    def current(self, webhook: Webhook) -> str | None:
        """As its receiver is told it, `whsec_...`; None where its signing key is gone."""
        raw = self._raw(webhook.kid, webhook.id, webhook.version)
        return None if raw is None else PREFIX + base64.b64encode(raw).decode()

    def headers(self, webhook: Webhook, message_id: str, body: bytes, at: datetime) -> dict[str, str] | None:
        """What makes a request believable; None where no key is left that could sign it."""
        seconds = int(at.timestamp())
        secrets = [self._raw(webhook.kid, webhook.id, webhook.version)]
        if webhook.previous_kid and webhook.previous_until and at < webhook.previous_until:
            secrets.append(self._raw(webhook.previous_kid, webhook.id, webhook.version - 1))
        signed = b"%s.%d." % (message_id.encode(), seconds) + body
        signatures = [_signature(secret, signed) for secret in secrets if secret is not None]
        if not signatures:
            return None
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": " ".join(signatures),
        }

    def _raw(self, kid: str, webhook_id: str, version: int) -> bytes | None:
        return self._derive(kid, f"webhook-secret.v1\0{webhook_id}\0{version}".encode())


def _signature(secret: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
