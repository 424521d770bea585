"""Server-sent events out of bytes: a pure core that takes what one read brought and gives the data of each whole event.

Only `data` matters to model streams; names, ids and comments are passed over. Line ends may be LF, CRLF or CR, also
mixed and split between reads; a byte order mark may come first. Text is decoded later, whole, so a character that was
cut by a read is never seen in halves.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

MAX_EVENT_BYTES = 4 * 1024 * 1024  # a final event repeats the whole answer, seldom over 1 MiB; beyond it is no answer
_MANY_LINES = 12
_MARK = b"\xef\xbb\xbf"


class EventTooLong(Exception):
    """An event did not end within `MAX_EVENT_BYTES`."""


class Splitter:
    """Feeds on reads; gives the data of each event that has ended, in order."""

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_event_bytes = max_event_bytes
        self._rest: list[bytes] = []  # the beginning of a line, in the pieces it came in
        self._rest_bytes = 0
        self._data: bytes | None = None  # of the event that has begun
        self._begun = False
        self._ended_with_cr = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of the events that end in this chunk. Raises: EventTooLong."""
        if not self._begun:
            chunk = self._without_mark(chunk)
        if self._ended_with_cr or b"\r" in chunk:
            chunk = self._with_line_feeds(chunk)
        lines = chunk.split(b"\n")
        if len(lines) == 4 and not self._rest and self._data is None and _is_one_event(lines):
            return [lines[1][6:]]  # what a stream of words is made of
        rest = lines.pop()
        if lines and self._rest:
            lines[0] = b"".join([*self._rest, lines[0]])
            self._rest = []
            self._rest_bytes = 0
        if rest:
            self._keep(rest)
        events, lines = self._alike(lines) if self._data is None and len(lines) >= _MANY_LINES else ([], lines)
        data = self._data
        for line in lines:
            if line.startswith(b"data: "):
                data = line[6:] if data is None else self._joined(data, line[6:])
            elif not line:
                if data:  # an event with empty data is somebody's way to keep a connection alive
                    events.append(data)
                data = None
            elif line.startswith(b"data") and line[4:5] in (b"", b":"):
                data = line[5:] if data is None else self._joined(data, line[5:])
        self._data = data
        return events

    @staticmethod
    def _alike(lines: list[bytes]) -> tuple[list[bytes], list[bytes]]:
        """A bulk of events of the usual form, a name at most and one line of data; and the lines that are left."""
        stride = 3 if lines[0].startswith(b"event: ") else 2
        end = len(lines) // stride * stride
        data = lines[stride - 2 : end : stride]
        named = stride == 2 or all(line.startswith(b"event: ") for line in lines[:end:3])
        if not named or any(lines[stride - 1 : end : stride]) or not all(line.startswith(b"data: ") for line in data):
            return [], lines
        return [line[6:] for line in data if len(line) > 6], lines[end:]

    def _joined(self, data: bytes, more: bytes) -> bytes:
        if len(data) + len(more) > self._max_event_bytes:
            raise EventTooLong(len(data) + len(more))
        return data + b"\n" + more

    def _keep(self, piece: bytes) -> None:
        self._rest.append(piece)
        self._rest_bytes += len(piece)
        if self._rest_bytes > self._max_event_bytes:
            raise EventTooLong(self._rest_bytes)

    def _without_mark(self, chunk: bytes) -> bytes:
        head = b"".join([*self._rest, chunk])
        self._rest = []
        self._rest_bytes = 0
        if len(head) < len(_MARK) and _MARK.startswith(head):
            if head:
                self._keep(head)  # may still become a mark
            return b""
        self._begun = True
        return head.removeprefix(_MARK)

    def _with_line_feeds(self, chunk: bytes) -> bytes:
        # A CR ends its line at once; an LF that follows it in the next read is only its second half.
        if self._ended_with_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._ended_with_cr = False
        self._ended_with_cr = self._ended_with_cr or chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _is_one_event(lines: list[bytes]) -> bool:
    name, data, end, rest = lines
    return name.startswith(b"event: ") and data.startswith(b"data: ") and len(data) > 6 and not end and not rest
