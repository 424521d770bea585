"""Events as the bytes they are sent as: `data: {json}\\n\\n` each."""

from collections.abc import Sequence

from chatdock.types.event import Event, text_delta
from chatdock.types.wire import encode, encode_lines


def frames(events: Sequence[Event]) -> bytes:
    """The bytes of events, as ChatKit frames them. JSON holds no line break, so lines become frames by replacing."""
    return b"data: " + encode_lines(events)[:-1].replace(b"\n", b"\n\ndata: ") + b"\n\n"


class TextFrames:
    """The frames of one item's text, the same bytes at a third of the cost: nothing but the text differs between them."""

    __slots__ = ("_after", "_before")

    def __init__(self, item_id: str) -> None:
        self._before, self._after = frames([text_delta(item_id, "")]).split(b'""')

    def of(self, texts: Sequence[str]) -> bytes:
        """One frame for each text."""
        before, after = self._before, self._after
        return b"".join([b"%b%b%b" % (before, encode(text), after) for text in texts])
