"""Server keys: the record of one."""

from datetime import datetime

import msgspec


class ServerKey(msgspec.Struct, kw_only=True):
    """A server key at rest: never the secret, only `HMAC-SHA256(pepper, secret)` in hex."""

    id: str
    project: str
    name: str
    digest: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
