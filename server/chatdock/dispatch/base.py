"""The seam for runs that any process may take: their ids on the way from whoever was asked to whoever has room.

It may lose what it is given: the store knows every run that waits, and who takes it there is its owner.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Ticket(msgspec.Struct, frozen=True):
    """A run that was handed to this process; `id` is the queue's own."""

    id: str
    run_id: str


class RunQueue(Protocol):
    """Every process of a service takes from the same one."""

    @property
    def has_workers(self) -> bool:
        """Whether there are processes that do nothing but run; as of a second ago."""

    async def put(self, run_id: str) -> None:
        """Raises: Unavailable."""

    async def take(self, most: int) -> Sequence[Ticket]:
        """The next ones, or nothing after about a second. What another took and never finished comes again after a lease.

        Raises: Unavailable.
        """

    async def done(self, tickets: Sequence[Ticket]) -> None:
        """They have an owner, or need none any more. Raises: Unavailable."""

    async def announce(self) -> None:
        """Says that this process does nothing but run; for some seconds. Raises: Unavailable."""

    async def look(self) -> None:
        """Refreshes `has_workers`. Raises: Unavailable."""

    async def close(self) -> None:
        """Ends connections; what was taken and not done goes to others."""
