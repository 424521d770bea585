"""What happens in a user's threads, as every tab and device of his is told: pointers only, never content."""

from typing import Literal

from chatdock.types.run import RunStatus
from chatdock.types.wire import Wire

Kind = Literal[
    "thread.created",
    "thread.updated",  # its title, its marks, or whether it takes messages
    "thread.read",  # as far as it goes
    "thread.items_changed",  # outside of a run: load them again
    "thread.deleted",
    "run.started",  # its events begin with the user's message
    "run.ended",
    "feedback.created",
]


class Happening(Wire):
    """One of them. Runs say which and their state, feedback says on what."""

    type: Kind
    thread_id: str
    run_id: str | None = None
    status: RunStatus | None = None
    item_ids: list[str] | None = None
    kind: Literal["positive", "negative"] | None = None
