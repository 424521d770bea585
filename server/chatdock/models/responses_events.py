"""The Responses API's stream, decoded: only the events and fields that `models.base` has words for.

Source: https://platform.openai.com/docs/api-reference/responses-streaming
"""

import contextlib
from collections.abc import Callable, Iterable
from typing import assert_never

import msgspec

from chatdock.models.base import (
    Citation,
    Finished,
    ModelEvent,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolCallStarted,
)
from chatdock.models.policy import UpstreamError, cut, failed

# ---- on the wire ---------------------------------------------------------------------------------------------------


class _TextDelta(msgspec.Struct, tag="response.output_text.delta"):
    delta: str


class _RefusalDelta(msgspec.Struct, tag="response.refusal.delta"):
    delta: str


class _SummaryDelta(msgspec.Struct, tag="response.reasoning_summary_text.delta"):
    delta: str
    output_index: int = 0
    summary_index: int = 0


class _ReasoningDelta(msgspec.Struct, tag="response.reasoning_text.delta"):
    delta: str
    output_index: int = 0
    content_index: int = 0


class _PartAdded(msgspec.Struct, tag="response.content_part.added"):
    output_index: int = 0


class _Url(msgspec.Struct, tag="url_citation"):
    url: str
    title: str | None = None
    end_index: int | None = None


class _File(msgspec.Struct, tag="file_citation"):
    filename: str
    index: int | None = None


class _ContainerFile(msgspec.Struct, tag="container_file_citation"):
    filename: str
    end_index: int | None = None


class _AnnotationAdded(msgspec.Struct, tag="response.output_text.annotation.added"):
    annotation: msgspec.Raw


class _FunctionCall(msgspec.Struct, tag="function_call"):
    call_id: str
    name: str
    arguments: str = ""
    status: str | None = None


class _ItemAdded(msgspec.Struct, tag="response.output_item.added"):
    item: msgspec.Raw
    output_index: int = 0


class _ArgumentsDelta(msgspec.Struct, tag="response.function_call_arguments.delta"):
    delta: str
    output_index: int = 0


class _ItemDone(msgspec.Struct, tag="response.output_item.done"):
    item: msgspec.Raw
    output_index: int = 0


class _Usage(msgspec.Struct):
    input_tokens: int = 0
    output_tokens: int = 0


class _Details(msgspec.Struct):
    reason: str | None = None


class _Failure(msgspec.Struct):
    code: str | int | None = None
    type: str | None = None
    message: str | None = None


class _Response(msgspec.Struct):
    usage: _Usage | None = None
    incomplete_details: _Details | None = None
    error: _Failure | None = None


class _Completed(msgspec.Struct, tag="response.completed"):
    response: _Response


class _Incomplete(msgspec.Struct, tag="response.incomplete"):
    response: _Response


class _Failed(msgspec.Struct, tag="response.failed"):
    response: _Response


class _Error(msgspec.Struct, tag="error"):
    code: str | int | None = None
    message: str | None = None
    error: _Failure | None = None


class _Silent(msgspec.Struct):
    """Says nothing that is not said elsewhere. Named all the same: to pass over a kind one does not know costs ten times as much."""


class _Created(_Silent, tag="response.created"):
    pass


class _InProgress(_Silent, tag="response.in_progress"):
    pass


class _Queued(_Silent, tag="response.queued"):
    pass


class _OutputTextDone(_Silent, tag="response.output_text.done"):
    pass


class _ContentPartDone(_Silent, tag="response.content_part.done"):
    pass


class _RefusalDone(_Silent, tag="response.refusal.done"):
    pass


class _ReasoningSummaryPartAdded(_Silent, tag="response.reasoning_summary_part.added"):
    pass


class _ReasoningSummaryPartDone(_Silent, tag="response.reasoning_summary_part.done"):
    pass


class _ReasoningSummaryTextDone(_Silent, tag="response.reasoning_summary_text.done"):
    pass


class _ReasoningTextDone(_Silent, tag="response.reasoning_text.done"):
    pass


class _FunctionCallArgumentsDone(_Silent, tag="response.function_call_arguments.done"):
    pass


class _Untyped(msgspec.Struct):
    type: str | None = None
    error: _Failure | None = None


_Event = (
    _TextDelta
    | _RefusalDelta
    | _SummaryDelta
    | _ReasoningDelta
    | _PartAdded
    | _AnnotationAdded
    | _ItemAdded
    | _ArgumentsDelta
    | _ItemDone
    | _Completed
    | _Incomplete
    | _Failed
    | _Error
    | _Created
    | _InProgress
    | _Queued
    | _OutputTextDone
    | _ContentPartDone
    | _RefusalDone
    | _ReasoningSummaryPartAdded
    | _ReasoningSummaryPartDone
    | _ReasoningSummaryTextDone
    | _ReasoningTextDone
    | _FunctionCallArgumentsDone
)

_KNOWN = frozenset(kind.__struct_config__.tag for kind in _Event.__args__)
_decode: Callable[[bytes], _Event] = msgspec.json.Decoder(_Event).decode
_decode_many: Callable[[bytes], list[_Event]] = msgspec.json.Decoder(list[_Event]).decode
_decode_untyped = msgspec.json.Decoder(_Untyped).decode
_decode_item = msgspec.json.Decoder(_FunctionCall).decode
_decode_annotation = msgspec.json.Decoder(_Url | _File | _ContainerFile).decode


# ---- meaning -------------------------------------------------------------------------------------------------------


class ResponsesDecoder:
    """One stream's state: feed it the data of events, in order, until `finished`."""

    def __init__(self) -> None:
        self.finished = False
        self.finishing = False  # never: a Responses stream says everything in its last event
        self.failure: UpstreamError | None = None
        self._written = 0  # characters of the answer so far
        self._part_starts_at = 0
        self._part_output: int | None = None
        self._thoughts: dict[tuple[str, int, int], int] = {}
        self._calls: dict[int, _FunctionCall] = {}
        self._called = False

    def decode(self, payloads: list[bytes]) -> list[ModelEvent]:
        """What these events say. Raises: UpstreamError; with events before it, it is left in `failure` instead."""
        events: list[ModelEvent] = []
        try:
            for event in _parse_all(payloads):
                if type(event) is _TextDelta:  # nearly all of them
                    if event.delta:
                        self._written += len(event.delta)
                        events.append(Text(event.delta))
                elif event is not None:
                    self._add(event, events)
                    if self.finished:
                        break
        except UpstreamError as error:
            if not events:
                raise
            self.failure = error
        return events

    def end(self) -> list[ModelEvent]:
        """The body is over. Raises: UpstreamError, as only `response.completed` and its like end an answer."""
        raise cut("the stream ended without its last event")

    def _add(self, event: _Event, events: list[ModelEvent]) -> None:
        match event:
            case _TextDelta():
                events.append(Text(event.delta))
            case _RefusalDelta():
                self._written += len(event.delta)
                events.append(Refusal(event.delta))
            case _SummaryDelta():
                events.append(self._thought("summary", event.output_index, event.summary_index, event.delta))
            case _ReasoningDelta():
                events.append(self._thought("text", event.output_index, event.content_index, event.delta))
            case _Silent():
                pass
            case _PartAdded():
                self._begin_part(event.output_index, events)
            case _AnnotationAdded():
                self._cite(event.annotation, events)
            case _ItemAdded():
                self._begin_call(event, events)
            case _ArgumentsDelta():
                call = self._calls.get(event.output_index)
                if call is not None:
                    call.arguments += event.delta
            case _ItemDone():
                self._end_call(event, events)
            case _Completed():
                self._complete(event.response, events)
            case _Incomplete():
                details = event.response.incomplete_details
                filtered = details is not None and details.reason == "content_filter"
                self._finish("content_filter" if filtered else "length", event.response, events)
            case _Failed():
                raise _failure(event.response.error)
            case _Error():
                raise _failure(event.error or _Failure(event.code, None, event.message))
            case _:
                assert_never(event)

    def _thought(self, kind: str, output_index: int, part_index: int, delta: str) -> Reasoning:
        index = self._thoughts.setdefault((kind, output_index, part_index), len(self._thoughts))
        return Reasoning(index, delta)

    def _begin_part(self, output_index: int, events: list[ModelEvent]) -> None:
        # A response may hold several messages, such as one before and one after a search; here they are one answer.
        if self._part_output is not None and output_index != self._part_output and self._written:
            self._written += 2
            events.append(Text("\n\n"))
        self._part_output = output_index
        self._part_starts_at = self._written

    def _cite(self, raw: msgspec.Raw, events: list[ModelEvent]) -> None:
        try:
            annotation = _decode_annotation(raw)
        except msgspec.ValidationError:
            return  # a kind without a place in the answer, such as file_path
        match annotation:
            case _Url(url, title, end):
                events.append(Citation("url", url, title or url, self._position(end)))
            case _File(filename, index):
                events.append(Citation("file", filename, filename, self._position(index)))
            case _ContainerFile(filename, end):
                events.append(Citation("file", filename, filename, self._position(end)))
            case _:
                assert_never(annotation)

    def _position(self, index_in_part: int | None) -> int | None:
        return None if index_in_part is None else self._part_starts_at + index_in_part

    def _begin_call(self, event: _ItemAdded, events: list[ModelEvent]) -> None:
        call = _function_call(event.item)
        if call is not None:
            self._calls[event.output_index] = call
            events.append(ToolCallStarted(call.call_id, call.name))

    def _end_call(self, event: _ItemDone, events: list[ModelEvent]) -> None:
        call = _function_call(event.item)
        if call is None:
            return
        begun = self._calls.pop(event.output_index, None)
        if begun is None:
            events.append(ToolCallStarted(call.call_id, call.name))
        if call.status == "incomplete":  # cut by a limit: half of the arguments must never be acted on
            return
        self._called = True
        arguments = call.arguments or (begun.arguments if begun is not None else "")
        events.append(ToolCall(call.call_id, call.name, arguments))

    def _complete(self, response: _Response, events: list[ModelEvent]) -> None:
        for call in self._calls.values():  # a server that leaves out output_item.done
            self._called = True
            events.append(ToolCall(call.call_id, call.name, call.arguments))
        self._finish("tool_calls" if self._called else "stop", response, events)

    def _finish(self, reason: str, response: _Response, events: list[ModelEvent]) -> None:
        usage = response.usage or _Usage()
        events.append(Finished(reason, usage.input_tokens, usage.output_tokens))  # type: ignore[arg-type]  # one of four, above
        self.finished = True


def _parse_all(payloads: list[bytes]) -> Iterable[_Event | None]:
    """The events. One call for all of them where all are known and whole, which is half the work of one call each."""
    if len(payloads) > 1:
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
            events = _decode_many(b"[%b]" % b",".join(payloads))
            if len(events) == len(payloads):
                return events
    return map(_parse, payloads)  # as they are asked for: what comes before a bad one is still told


def _parse(payload: bytes) -> _Event | None:
    """The event; None for a kind we have no use for. Raises: UpstreamError."""
    try:
        return _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = error
    if payload == b"[DONE]":  # the other API's end, which some gateways send for both
        return None
    try:
        untyped = _decode_untyped(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise cut("an event is not a JSON object") from problem
    if untyped.type in _KNOWN:
        raise cut(f"a {untyped.type} event has an unknown shape: {problem}") from problem
    if untyped.error is not None:
        raise _failure(untyped.error) from problem
    return None


def _function_call(raw: msgspec.Raw) -> _FunctionCall | None:
    try:
        return _decode_item(raw)
    except msgspec.ValidationError:
        return None  # a message, a reasoning item or a hosted tool


def _failure(error: _Failure | None) -> UpstreamError:
    code = str(error.code or error.type or "") if error is not None else ""
    return failed(code, f"the stream failed: {code or 'no code'}")
