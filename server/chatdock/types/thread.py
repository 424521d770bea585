"""Threads: the server's record of one and what a chat client sees of it."""

from datetime import datetime
from typing import Any, Literal

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


# What is asked for of a user's threads: all but the archived ones, or those alone that are marked so.
Shelf = Literal["listed", "pinned", "archived", "unread"]


class Marks(Wire):
    """What a user has made of a thread. Unread: it was answered behind what he has read; never while it is archived."""

    unread: bool
    pinned_at: datetime | None = None
    archived_at: datetime | None = None


class MarkedThread(msgspec.Struct, frozen=True):
    """A thread and its marks."""

    thread: Thread
    marks: Marks


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A change of marks; None leaves one as it is. `read_through` is the newest item the user has seen."""

    pinned: bool | None = None
    archived: bool | None = None
    read_through: str | None = None
    unread: bool = False


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
