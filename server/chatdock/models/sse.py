"""Server-sent events out of bytes: a pure core that takes what one read brought and gives the data of each whole event.

Only `data` matters to model streams; names, ids and comments are passed over. Line ends may be LF, CRLF or CR, also
mixed and split between reads; a byte order mark may come first. Text is decoded later, whole, so a character that was
cut by a read is never seen in halves.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

MAX_EVENT_BYTES = 4 * 1024 * 1024  # a final event repeats the whole answer, seldom over 1 MiB; beyond it is no answer
_MARK = b"\xef\xbb\xbf"


class EventTooLong(Exception):
    """An event did not end within `MAX_EVENT_BYTES`."""


class Splitter:
    """Feeds on reads; gives the data of each event that has ended, in order."""

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_event_bytes = max_event_bytes
        self._rest: list[bytes] = []  # the beginning of an event, in the pieces it came in
        self._rest_bytes = 0
        self._begun = False
        self._ended_with_cr = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of the events that end in this chunk. Raises: EventTooLong."""
        if not self._begun:
            chunk = self._without_mark(chunk)
        if self._ended_with_cr or b"\r" in chunk:
            chunk = self._with_line_feeds(chunk)
        if self._rest:
            # Only now and then is an event cut by a read; then the blank line itself may be cut, so the last byte counts.
            if b"\n\n" not in chunk and not (self._rest[-1][-1:] == b"\n" and chunk[:1] == b"\n"):
                self._keep(chunk)
                return []
            chunk = b"".join([*self._rest, chunk])
            self._rest = []
            self._rest_bytes = 0
        blocks = chunk.split(b"\n\n")
        rest = blocks.pop()
        if rest:
            self._keep(rest)
        events = []
        for block in blocks:
            data = _data(block)
            if data is not None:
                if len(data) > self._max_event_bytes:
                    raise EventTooLong(len(data))
                events.append(data)
        return events

    def _keep(self, piece: bytes) -> None:
        if not piece:
            return
        self._rest.append(piece)
        self._rest_bytes += len(piece)
        if self._rest_bytes > self._max_event_bytes:
            raise EventTooLong(self._rest_bytes)

    def _without_mark(self, chunk: bytes) -> bytes:
        head = b"".join([*self._rest, chunk])
        self._rest, self._rest_bytes = [], 0
        if len(head) < len(_MARK) and _MARK.startswith(head):
            self._keep(head)  # may still become a mark
            return b""
        self._begun = True
        return head.removeprefix(_MARK)

    def _with_line_feeds(self, chunk: bytes) -> bytes:
        # A CR ends its line at once; the LF that may follow it in the next read is then only its second half.
        if self._ended_with_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._ended_with_cr = False
        self._ended_with_cr = self._ended_with_cr or chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _data(block: bytes) -> bytes | None:
    # The two shapes providers send, before the general one: `data: {...}`, and `event: name` above it.
    start = 0
    if block.startswith(b"data: "):
        start = 6
    elif block.startswith(b"event: "):
        line_end = block.find(b"\n")
        if line_end > 0 and block.startswith(b"data: ", line_end + 1):
            start = line_end + 7
    if start and block.find(b"\n", start) < 0:
        return block[start:]
    lines = []
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        if name == b"data":
            lines.append(value.removeprefix(b" "))
    return b"\n".join(lines) if lines else None
