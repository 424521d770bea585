"""The splitter gives the same events however the bytes are written and wherever they are cut."""

import random

import pytest

from chatdock.models.sse import EventTooLong, Splitter


def split(*chunks: bytes, max_event_bytes: int = 1000) -> list[bytes]:
    splitter = Splitter(max_event_bytes=max_event_bytes)
    return [data for chunk in chunks for data in splitter.feed(chunk)]


def bytewise(stream: bytes) -> list[bytes]:
    return split(*(stream[i : i + 1] for i in range(len(stream))))


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b'data: {"a":1}\n\n', [b'{"a":1}']),
        (b'event: some.name\ndata: {"a":1}\n\n', [b'{"a":1}']),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
        (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
        (b"data: a\r\n\ndata: b\n\r\n", [b"a", b"b"]),
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        (b": a comment\n\n:\n\ndata: a\n: inside\n\n", [b"a"]),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a\n\n", [b" a"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data\n\n", []),
        (b"event: ping\ndata: \n\n", []),
        (b"database: no\n\n", []),
        (b"event: only a name\n\n", []),
        (b"id: 7\nretry: 10\ndata: a\n\n", [b"a"]),
        (b"\n\n\n\ndata: a\n\n\n\n", [b"a"]),
        (b'{"not": "an event"}\n\n', []),
        ("data: é€😀\n\n".encode(), ["é€😀".encode()]),
        (b"data: a\n\ndata: without an end\n", [b"a"]),
        (b"data: [DONE]\n\ndata: [DONE]\n\n", [b"[DONE]", b"[DONE]"]),
    ],
)
def test_a_stream_gives_its_events_whole_and_byte_by_byte(stream: bytes, events: list[bytes]) -> None:
    assert split(stream) == events
    assert bytewise(stream) == events


def as_the_standard_says(stream: bytes) -> list[bytes]:
    """The standard's own algorithm, line by line, with the whole stream at hand."""
    lines = stream.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    events: list[bytes] = []
    data: list[bytes] = []
    for line in lines[:-1]:
        name, _, value = line.partition(b":")
        if not line:
            events += [b"\n".join(data)] if any(data) or len(data) > 1 else []
            data = []
        elif name == b"data":
            data.append(value.removeprefix(b" "))
    return events


def test_ten_thousand_random_streams_cut_at_random_give_what_the_standard_says() -> None:
    dice = random.Random(20)
    lines = ["data: a", "data:b", "data", "event: x", ": c", "id: 1", "data:  é€😀", "", "", "", "data: {}", "retry: 3"]
    for _ in range(10_000):
        text = "".join(dice.choice(lines) + dice.choice(["\n", "\n", "\r\n", "\r"]) for _ in range(dice.randrange(12)))
        stream = (b"\xef\xbb\xbf" if dice.random() < 0.2 else b"") + text.encode()
        chunks, rest = [], stream
        while rest:
            size = dice.choice([1, 1, 2, 3, 7, 50])
            chunks.append(rest[:size])
            rest = rest[size:]
        assert split(*chunks) == as_the_standard_says(stream), (stream, chunks)


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param([b"data: " + b"a" * 2000], id="one line in one read"),
        pytest.param([b"a" * 100] * 20, id="a line that never ends"),
        pytest.param([b"data: aaaaaaaaaaaa\n"] * 200, id="lines without a blank one"),
    ],
)
def test_an_event_that_never_ends_is_given_up_at_the_limit(chunks: list[bytes]) -> None:
    with pytest.raises(EventTooLong):
        split(*chunks, max_event_bytes=1000)


def test_comments_without_end_are_not_kept() -> None:
    assert split(*([b": still thinking\n\n"] * 1000), b"data: a\n\n", max_event_bytes=100) == [b"a"]


@pytest.mark.parametrize(
    "odd",
    [
        b": comment\n\n",
        b"data: a\ndata: b\n\n",
        b"event: x\ndata: c\n\n",
        b"data\n\n",
        b"\n\n\n",
        b"id: 1\ndata: d\n\n",
    ],
)
@pytest.mark.parametrize("form", [b"data: %d\n\n", b"event: delta\ndata: %d\n\n"])
@pytest.mark.parametrize("place", [0, 1, 7, 19, 20])
def test_a_bulk_of_events_is_read_as_one_by_one_wherever_an_odd_one_stands(odd: bytes, form: bytes, place: int) -> None:
    events = [form % n for n in range(20)]
    stream = b"".join([*events[:place], odd, *events[place:]])
    slowly = Splitter()
    assert Splitter().feed(stream) == [data for n in range(len(stream)) for data in slowly.feed(stream[n : n + 1])]
