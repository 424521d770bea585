"""The seam for what happens in a user's threads: one short feed an address, written by every process, read by the user's tabs.

Rules: a feed keeps the newest few hundred happenings while somebody watches it and some minutes after; nothing is kept of a
feed that nobody watches. A position is `<token>:<n>`; the token changes when anything may be missing, so that whoever asks
for what follows an unknown position is told to load everything again, and never skips silently.
"""

import hashlib
from collections.abc import Callable
from typing import Protocol

import msgspec

from chatdock.types.happening import Happening

KEEP_SECONDS = 600.0  # after the last watcher left: long enough to reload a page, change networks or wake a laptop
KEEP_COUNT = 256  # happenings; a tab that missed more loads its threads again, which is as quick


class Part(msgspec.Struct, frozen=True):
    """What follows a position: frames as they are sent, `position` behind the last; `reset`: the old position is unknown."""

    position: str
    data: bytes
    reset: bool = False


def address_of(project: str, user: str, workflow: str) -> str:
    """The feed of a user's threads of a workflow, under a name that tells nobody who that is."""
    return hashlib.blake2b(msgspec.json.encode((project, user, workflow)), digest_size=16).hexdigest()


class Feed(Protocol):
    """Feeds by address."""

    def tell(self, address: str, happening: Happening) -> None:
        """Tells everybody who watches, here at once or soon. Never raises: what could not be told makes watchers start over."""

    def watch(self, address: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Calls `wake` when there may be more to read, until the returned function is called."""

    async def read(self, address: str, after: str | None) -> Part:
        """What follows `after`; with None nothing but the position of now. Only while watched. Raises: Unavailable."""

    async def close(self) -> None:
        """Ends connections and timers."""
