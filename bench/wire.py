"""The bytes a model's server streams: the two OpenAI dialects as server-sent events, serialised without a JSON library.

Every event of one kind has one length whatever its number (the `obfuscation` field takes up the slack, as it does in the
real service), each is one HTTP chunk, and a run's id has a fixed width, so that a whole burst can be prepared once.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice

RUN_ID_HEX_DIGITS = 32
_PLACEHOLDER_ID = b"@" * RUN_ID_HEX_DIGITS
_EVENTS_PER_BLOCK = 128  # 32 to 64 KiB a write
_CREATED_AT = 1_790_000_000
_SLACK = b"Qz7rLm2XcVb9"
LAST_CHUNK = b"0\r\n\r\n"


class Wire(ABC):
    """One dialect. Texts are ASCII without anything JSON would escape; `run_id` is `RUN_ID_HEX_DIGITS` wide."""

    @abstractmethod
    def head(self, run_id: bytes) -> bytes: ...

    @abstractmethod
    def delta(self, run_id: bytes, index: int, text: bytes) -> bytes: ...

    @abstractmethod
    def tail(self, run_id: bytes, deltas: int, text: bytes) -> bytes: ...


def word(index: int) -> bytes:
    """The text of an unstamped delta: seven characters, about two tokens of English."""
    return b"w%05d " % index


def text_of(deltas: int) -> bytes:
    """The whole unstamped answer, which is what a client must end up with."""
    return b"".join(map(word, range(deltas)))


def chunk(event: bytes) -> bytes:
    """One HTTP chunk."""
    return b"%x\r\n%b\r\n" % (len(event), event)


def blocks(wire: Wire, run_id: bytes, deltas: int) -> Iterator[bytes]:
    """Every unstamped delta of a burst, many whole chunks to a write."""
    return (block.replace(_PLACEHOLDER_ID, run_id) for block in _prepared_blocks(wire, deltas))


@lru_cache(maxsize=16)
def _prepared_blocks(wire: Wire, deltas: int) -> tuple[bytes, ...]:
    events = (chunk(wire.delta(_PLACEHOLDER_ID, index, word(index))) for index in range(deltas))
    return tuple(_joined(events))


def _joined(events: Iterable[bytes]) -> Iterator[bytes]:
    rest = iter(events)
    while block := b"".join(islice(rest, _EVENTS_PER_BLOCK)):
        yield block


class ResponsesWire(Wire):
    """`POST /v1/responses`, `stream: true`: one message with one text part."""

    _EVENTS_BEFORE_TEXT = 4

    def head(self, run_id: bytes) -> bytes:
        events = (
            ("response.created", {"response": _response(run_id, "in_progress", [], None)}),
            ("response.in_progress", {"response": _response(run_id, "in_progress", [], None)}),
            ("response.output_item.added", {"output_index": 0, "item": _message(run_id, "in_progress", [])}),
            ("response.content_part.added", {**_part_place(run_id), "part": _part("")}),
        )
        return _numbered(events, first=0)

    def delta(self, run_id: bytes, index: int, text: bytes) -> bytes:
        number = b"%d" % (index + self._EVENTS_BEFORE_TEXT)
        return (
            b"event: response.output_text.delta\n"
            b'data: {"type":"response.output_text.delta","sequence_number":%b,"item_id":"msg_%b","output_index":0,'
            b'"content_index":0,"delta":"%b","logprobs":[],"obfuscation":"%b"}\n\n'
        ) % (number, run_id, text, _SLACK[len(number) :])

    def tail(self, run_id: bytes, deltas: int, text: bytes) -> bytes:
        whole = text.decode()
        message = _message(run_id, "completed", [_part(whole)])
        events = (
            ("response.output_text.done", {**_part_place(run_id), "text": whole, "logprobs": []}),
            ("response.content_part.done", {**_part_place(run_id), "part": _part(whole)}),
            ("response.output_item.done", {"output_index": 0, "item": message}),
            ("response.completed", {"response": _response(run_id, "completed", [message], deltas)}),
        )
        return _numbered(events, first=deltas + self._EVENTS_BEFORE_TEXT) + LAST_CHUNK


class ChatCompletionsWire(Wire):
    """`POST /v1/chat/completions`, `stream: true`, with the usage chunk and `[DONE]`."""

    def head(self, run_id: bytes) -> bytes:
        return self._chunk(run_id, [_choice({"role": "assistant", "content": "", "refusal": None}, None)], None)

    def delta(self, run_id: bytes, index: int, text: bytes) -> bytes:
        return (
            b'data: {"id":"chatcmpl-%b","object":"chat.completion.chunk","created":%d,"model":"bench-1",'
            b'"service_tier":"default","system_fingerprint":"fp_bench","choices":[{"index":0,"delta":{"content":"%b"},'
            b'"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"%b"}\n\n'
        ) % (run_id, _CREATED_AT, text, _SLACK)

    def tail(self, run_id: bytes, deltas: int, text: bytes) -> bytes:
        usage = {"prompt_tokens": 12, "completion_tokens": deltas, "total_tokens": 12 + deltas}
        stop = self._chunk(run_id, [_choice({}, "stop")], None)
        return stop + self._chunk(run_id, [], usage) + chunk(b"data: [DONE]\n\n") + LAST_CHUNK

    def _chunk(self, run_id: bytes, choices: list[dict[str, object]], usage: dict[str, int] | None) -> bytes:
        document = {
            "id": f"chatcmpl-{run_id.decode()}",
            "object": "chat.completion.chunk",
            "created": _CREATED_AT,
            "model": "bench-1",
            "service_tier": "default",
            "system_fingerprint": "fp_bench",
            "choices": choices,
            "usage": usage,
        }
        return chunk(b"data: %b\n\n" % _json(document))


def _numbered(events: Iterable[tuple[str, Mapping[str, object]]], first: int) -> bytes:
    written = []
    for number, (kind, fields) in enumerate(events, start=first):
        document = _json({"type": kind, "sequence_number": number, **fields})
        written.append(chunk(b"event: %b\ndata: %b\n\n" % (kind.encode(), document)))
    return b"".join(written)


def _choice(delta: dict[str, object], finish_reason: str | None) -> dict[str, object]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _part_place(run_id: bytes) -> dict[str, object]:
    return {"item_id": f"msg_{run_id.decode()}", "output_index": 0, "content_index": 0}


def _part(text: str) -> dict[str, object]:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def _message(run_id: bytes, status: str, content: list[dict[str, object]]) -> dict[str, object]:
    return {
        "id": f"msg_{run_id.decode()}",
        "type": "message",
        "status": status,
        "content": content,
        "role": "assistant",
    }


def _response(run_id: bytes, status: str, output: list[dict[str, object]], deltas: int | None) -> dict[str, object]:
    return {
        "id": f"resp_{run_id.decode()}",
        "object": "response",
        "created_at": _CREATED_AT,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "model": "bench-1",
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "prompt_cache_key": None,
        "reasoning": {"effort": None, "summary": None},
        "safety_identifier": None,
        "service_tier": "default",
        "store": False,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": None if deltas is None else _usage(deltas),
        "user": None,
        "metadata": {},
    }


def _usage(deltas: int) -> dict[str, object]:
    return {
        "input_tokens": 12,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": deltas,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 12 + deltas,
    }


def _json(document: dict[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
