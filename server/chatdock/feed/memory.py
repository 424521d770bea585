"""Feeds of one process: told and heard in the same turn of the loop."""

import time
from collections import OrderedDict
from collections.abc import Callable

from chatdock.feed.base import KEEP_SECONDS, Part
from chatdock.feed.channel import Channel
from chatdock.types.happening import Happening
from chatdock.types.wire import encode

MAX_LEFT = 10_000  # feeds kept for users who may come back


class MemoryFeed:
    """Feeds that somebody watches, and those left lately, the longest first."""

    def __init__(self, *, keep_seconds: float = KEEP_SECONDS) -> None:
        self._channels: dict[str, Channel] = {}
        self._left: OrderedDict[str, None] = OrderedDict()
        self._keep_seconds = keep_seconds

    def tell(self, address: str, happening: Happening) -> None:
        """See Feed.tell."""
        channel = self._channels.get(address)
        if channel is not None:
            channel.add(encode(happening))

    def watch(self, address: str, wake: Callable[[], None]) -> Callable[[], None]:
        """See Feed.watch."""
        channel = self._channels.get(address)
        if channel is None:
            channel = self._channels[address] = Channel()
        self._left.pop(address, None)
        channel.watchers.append(wake)

        def unwatch() -> None:
            if wake in channel.watchers:
                channel.watchers.remove(wake)
                if not channel.watchers:
                    channel.left_at = time.monotonic()
                    self._left[address] = None
                    self._forget()

        return unwatch

    async def read(self, address: str, after: str | None) -> Part:
        """See Feed.read."""
        channel = self._channels.get(address)
        return (channel or Channel()).behind(after)

    async def close(self) -> None:
        """There is nothing to end."""

    def _forget(self) -> None:
        before = time.monotonic() - self._keep_seconds
        while self._left:
            oldest = next(iter(self._left))
            if self._channels[oldest].left_at > before and len(self._left) <= MAX_LEFT:
                return
            del self._left[oldest]
            del self._channels[oldest]
