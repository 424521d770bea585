"""One run's frames in memory, in the chunks they came in: what every event log keeps of a run, whole or in part."""

from bisect import bisect_right

from chatdock.eventlog.base import split

CHUNK_OVERHEAD_BYTES = 81  # of a bytes object, an integer and their places in two lists, on 64-bit CPython


class Tape:
    """Frames behind `base` up to `count`, the seq of the last one; `starts[i]` is how many frames lie before chunk i."""

    __slots__ = ("base", "chunks", "count", "ended", "size", "starts")

    def __init__(self, base: int = 0) -> None:
        self.chunks: list[bytes] = []
        self.starts: list[int] = []
        self.base = base
        self.count = base
        self.size = 0
        self.ended = False

    def add(self, count: int, data: bytes) -> None:
        """Takes that many frames more."""
        self.chunks.append(data)
        self.starts.append(self.count)
        self.count += count
        self.size += len(data) + CHUNK_OVERHEAD_BYTES

    def behind(self, after: int) -> bytes:
        """The frames behind `after`, which lies between `base` and `count`."""
        if after == self.count:
            return b""
        at = bisect_right(self.starts, after) - 1
        skip = after - self.starts[at]
        if not skip:
            return self.chunks[-1] if at == len(self.chunks) - 1 else b"".join(self.chunks[at:])
        return b"".join(split(self.chunks[at])[skip:]) + b"".join(self.chunks[at + 1 :])

    def piece(self, after: int, limit_bytes: int) -> tuple[int, bytes]:
        """The frames behind `after` up to the end of a chunk, more than the limit only if that chunk alone is; how many."""
        if after == self.count:
            return 0, b""
        at = bisect_right(self.starts, after) - 1
        skip = after - self.starts[at]
        parts = [b"".join(split(self.chunks[at])[skip:]) if skip else self.chunks[at]]
        if at == len(self.chunks) - 1:
            return self.count - after, parts[0]
        size = len(parts[0])
        for chunk in self.chunks[at + 1 :]:
            size += len(chunk)
            if size > limit_bytes:
                break
            parts.append(chunk)
        following = at + len(parts)
        last = self.starts[following] if following < len(self.starts) else self.count
        return last - after, b"".join(parts) if len(parts) > 1 else parts[0]

    def forget_oldest(self, limit_bytes: int) -> None:
        """Drops chunks from the front, but the newest, until no more than that is held."""
        drop = 0
        while self.size > limit_bytes and drop < len(self.chunks) - 1:
            self.size -= len(self.chunks[drop]) + CHUNK_OVERHEAD_BYTES
            drop += 1
        if drop:
            del self.chunks[:drop]
            del self.starts[:drop]
            self.base = self.starts[0]
