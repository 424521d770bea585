"""One feed as a process holds it: the newest frames, numbered, and who waits for more."""

import secrets
import time
from collections import deque
from collections.abc import Callable

from chatdock.feed.base import KEEP_COUNT, Part


class Channel:
    """Some kilobytes at most; a frame is about a hundred bytes."""

    __slots__ = ("count", "frames", "left_at", "token", "watchers")

    def __init__(self, token: str = "", count: int = 0) -> None:
        self.token = token or fresh_token()
        self.count = count
        self.frames: deque[bytes] = deque(maxlen=KEEP_COUNT)
        self.watchers: list[Callable[[], None]] = []
        self.left_at = time.monotonic()

    def add(self, data: bytes) -> None:
        """One more, for everybody who waits."""
        self.count += 1
        self.frames.append(data)
        self.wake()

    def start_over(self, token: str, count: int, frames: list[bytes]) -> None:
        """Takes what the truth says; positions under another token are unknown from now on."""
        self.token, self.count = token, count
        self.frames.clear()
        self.frames.extend(frames)
        self.wake()

    def behind(self, after: str | None) -> Part:
        """What follows a position."""
        position = f"{self.token}:{self.count}"
        if after is None or after == position:
            return Part(position, b"")
        token, _, number = after.partition(":")
        missed = self.count - int(number) if number.isascii() and number.isdigit() and len(number) < 16 else -1
        if token != self.token or not 0 <= missed <= len(self.frames):
            return Part(position, b"", reset=True)
        first = len(self.frames) - missed
        frames = [
            b"id: %b:%d\ndata: %b\n\n" % (token.encode(), self.count - missed + n + 1, self.frames[first + n])
            for n in range(missed)
        ]
        return Part(position, b"".join(frames))

    def wake(self) -> None:
        """Whoever waits looks again."""
        for wake in tuple(self.watchers):
            wake()


def fresh_token() -> str:
    """Unlike every other feed's."""
    return secrets.token_hex(6)
