"""Reading what a stream sent, after the clock has stopped: chunks, frames, text, stamps."""

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from bench import wire
from bench.http_client import Reply

_STAMP = re.compile(rb'"(?:delta|content)":"t(\d{19}) "')
_decoder = msgspec.json.Decoder()


@dataclass(frozen=True)
class StreamReport:
    """What one stream came to; `problem` is None when every delta is there, in order, and the stored answer agrees."""

    frames: int
    deltas: int
    problem: str | None


def body_of(data: bytes) -> bytes:
    """The body of a response, whichever way it was framed."""
    head_end = data.find(b"\r\n\r\n")
    head, rest = data[:head_end].lower(), data[head_end + 4 :]
    return _without_chunks(rest) if b"transfer-encoding: chunked" in head else rest


def _without_chunks(data: bytes) -> bytes:
    parts, place = [], 0
    while (line_end := data.find(b"\r\n", place)) >= 0:
        size = int(data[place:line_end], 16)
        if size == 0:
            break
        parts.append(data[line_end + 2 : line_end + 2 + size])
        place = line_end + 2 + size + 2
    return b"".join(parts)


def report_on(reply: Reply, expected_deltas: int, *, stamped: bool) -> StreamReport:
    """Count a stream's frames and check its text."""
    if reply.failure is not None or reply.ended_at_ns is None:
        return StreamReport(0, 0, reply.failure or "did not end in time")
    if reply.status != 200:
        return StreamReport(0, 0, f"status {reply.status}: {body_of(reply.data())[:200]!r}")
    events = [_decoder.decode(frame) for frame in _frames(body_of(reply.data()))]
    deltas = [text for event in events if (text := _delta_text(event)) is not None]
    text = "".join(deltas)
    return StreamReport(len(events), len(text.split()), _problem(events, text, expected_deltas, stamped=stamped))


def _frames(body: bytes) -> list[bytes]:
    """The data of each frame; comments, ids and event names are not counted."""
    lines = body.split(b"\n")
    return [line[6:] for line in lines if line.startswith(b"data: ") and line != b"data: [DONE]"]


# An event is one JSON object of a dialect the measured server chose: its values are of any type.
def _delta_text(event: dict[str, Any]) -> str | None:
    if event.get("type") == "response.output_text.delta":
        return str(event["delta"])
    if "choices" in event:
        return str(event["choices"][0]["delta"].get("content", "")) if event["choices"] else None
    update = event.get("update", {})
    if update.get("type") == "assistant_message.content_part.text_delta":
        return str(update["delta"])
    return None


def _problem(events: list[dict[str, Any]], text: str, expected_deltas: int, *, stamped: bool) -> str | None:
    for event in events:
        if event.get("type") == "error":
            return f"error event: {event.get('code')} {event.get('message')}"
    if not stamped and text != wire.text_of(expected_deltas).decode():
        return f"text differs: {len(text.split())} of {expected_deltas} deltas"
    if len(text.split()) != expected_deltas:
        return f"{len(text.split())} of {expected_deltas} deltas"
    stored = _stored_text(events)
    return None if stored is None or stored == text else "the finished item holds another text"


def _stored_text(events: list[dict[str, Any]]) -> str | None:
    for event in reversed(events):
        item = event.get("item", {})
        if event.get("type") == "thread.item.done" and item.get("type") == "assistant_message" and "content" in item:
            return "".join(part["text"] for part in item["content"])
    return None


def arrived_between(reply: Reply, since_ns: int, until_ns: int) -> int:
    """How many stamped deltas came in the window, whenever they were sent."""
    return sum(
        len(_STAMP.findall(data)) for arrived_at_ns, data in reply.reads if since_ns <= arrived_at_ns <= until_ns
    )


def latencies_ns(reply: Reply, since_ns: int, until_ns: int) -> list[int]:
    """From each delta's stamp to its arrival, for those stamped in the window; one cut by a read boundary is left out."""
    found = []
    for arrived_at_ns, data in reply.reads:
        for stamp in _STAMP.findall(data):
            sent_at_ns = int(stamp)
            if since_ns <= sent_at_ns <= until_ns:
                found.append(arrived_at_ns - sent_at_ns)
    return found
