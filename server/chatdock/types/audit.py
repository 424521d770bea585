"""Audit entries: who did what to which record, when. Never what anybody said.

Rules: entries are only ever added, in the transaction of what they tell of, and age out together. A user is named by a
digest, so that an entry of an erasure does not keep the name that was erased.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Literal

import msgspec

from chatdock import clock
from chatdock.ids import AUDIT, SESSION, new_id

Action = Literal[
    "session.create",
    "session.cancel",
    "thread.delete",
    "file.delete",
    "share.create",
    "share.revoke",
    "user.export",
    "user.erase",
    "key.create",
    "key.revoke",
    "key.roll",
    "webhook.create",
    "webhook.delete",
    "webhook.roll",
    "webhook.disable",
    "webhook.enable",
]

COMMAND = "command"  # somebody at the machine, through `chatdock`
SERVER = "server"  # by itself
DIGEST_CHARS = 24  # 96 bits: no two users of one server share one


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`actor` is `key <id>`, `session <id>`, `command` or `server`; `subject` the id of what it was done to."""

    id: str
    created_at: datetime
    project: str
    actor: str
    action: Action
    subject: str
    request_id: str | None = None


def entry(project: str, actor: str, action: Action, subject: str, request_id: str | None = None) -> AuditEntry:
    """An entry of this moment."""
    return AuditEntry(
        id=new_id(AUDIT),
        created_at=clock.now(),
        project=project,
        actor=actor,
        action=action,
        subject=subject,
        request_id=request_id,
    )


def minting(
    session_id: str, project: str, minted_at: datetime, actor: str, request_id: str | None = None
) -> AuditEntry:
    """The entry of a session's minting, which the session says itself but for who asked, and in which request."""
    return AuditEntry(
        id=AUDIT + session_id.removeprefix(SESSION),
        created_at=minted_at,
        project=project,
        actor=actor,
        action="session.create",
        subject=session_id,
        request_id=request_id,
    )


def by_key(key_id: str) -> str:
    """The actor that a server key is."""
    return f"key {key_id}"


def by_session(session_id: str) -> str:
    """The actor that a client secret is."""
    return f"session {session_id}"


def user_subject(pepper: bytes, project: str, user: str) -> str:
    """The name under which a user appears: whoever knows the user finds the entries, and nobody reads it backwards."""
    digest = hmac.new(pepper, f"audit\0{project}\0{user}".encode("utf-8", "surrogatepass"), hashlib.sha256)
    return f"user {digest.hexdigest()[:DIGEST_CHARS]}"
