"""Threads: the server's record of one and what a chat client sees of it."""

from datetime import datetime
from typing import Any

import msgspec

from chatdock.types.page import Page
from chatdock.types.wire import Wire


class Active(Wire, tag="active", tag_field="type"):
    """Open to new messages."""


class Locked(Wire, tag="locked", tag_field="type"):
    """Refuses new messages for now; the composer shows the reason."""

    reason: str | None = None


class Closed(Wire, tag="closed", tag_field="type"):
    """Refuses new messages for good; a banner replaces the composer."""

    reason: str | None = None


ThreadStatus = Active | Locked | Closed


class Thread(Wire):
    """The server's record. `metadata` is the integration's own and never leaves; the owner is in the row's scope."""

    id: str
    created_at: datetime
    user: str
    workflow_id: str
    status: ThreadStatus
    metadata: dict[str, Any]
    title: str | None = None
    allowed_image_domains: list[str] | None = None


class ThreadView(Wire):
    """A thread on the chat protocol. `metadata` is always `{}`; `items` is one page, oldest first, or empty."""

    id: str
    created_at: datetime
    status: ThreadStatus
    metadata: dict[str, Any]
    items: Page[msgspec.Raw]
    title: str | None = None
    allowed_image_domains: list[str] | None = None


def closed_reason(thread: Thread) -> str | None:
    """Why the thread takes no messages, in words for the user; None where it does."""
    match thread.status:
        case Active():
            return None
        case Locked(reason=reason):
            return reason or "This conversation is locked."
        case Closed(reason=reason):
            return reason or "This conversation is closed."


def view(thread: Thread, items: Page[msgspec.Raw] | None = None) -> ThreadView:
    """What a chat client may see of a thread."""
    return ThreadView(
        id=thread.id,
        created_at=thread.created_at,
        status=thread.status,
        metadata={},
        items=items or Page(data=[], has_more=False),
        title=thread.title,
        allowed_image_domains=thread.allowed_image_domains,
    )
