"""Chat Completions' stream, decoded: as OpenAI writes it, and with the liberties of vLLM, Ollama, llama.cpp and gateways.

Source: https://platform.openai.com/docs/api-reference/chat-streaming
"""

from typing import Literal

import msgspec

from chatdock.ids import new_id
from chatdock.models.base import Finished, ModelEvent, Reasoning, Refusal, Text, ToolCall, ToolCallStarted
from chatdock.models.policy import UpstreamError, cut, failed

# ---- on the wire ---------------------------------------------------------------------------------------------------


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _CallDelta(msgspec.Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(msgspec.Struct):
    content: str | None = None
    reasoning_content: str | None = None  # DeepSeek, vLLM, llama.cpp
    reasoning: str | None = None  # Ollama, OpenRouter, newer vLLM
    refusal: str | None = None
    tool_calls: list[_CallDelta] | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Failure(msgspec.Struct):
    code: str | int | None = None
    type: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: _Failure | str | None = None


_decode = msgspec.json.Decoder(_Chunk).decode


# ---- meaning -------------------------------------------------------------------------------------------------------


class _Call(msgspec.Struct):
    call_id: str
    name: str
    arguments: list[str]


class ChatDecoder:
    """One stream's state: feed it the data of events, in order, until `finished`."""

    def __init__(self) -> None:
        self.finished = False
        self.finishing = False
        self.failure: UpstreamError | None = None
        self._usage = _Usage()
        self._reason: Literal["stop", "tool_calls", "length", "content_filter"] = "stop"
        self._thought = 0
        self._thinking = False
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}

    def decode(self, payloads: list[bytes]) -> list[ModelEvent]:
        """What these events say. Raises: UpstreamError; with events before it, it is left in `failure` instead."""
        events: list[ModelEvent] = []
        try:
            for payload in payloads:
                if payload == b"[DONE]":
                    events += self.end()
                    break
                self._add(_parse(payload), events)
                if self.finished:
                    break
        except UpstreamError as error:
            if not events:
                raise
            self.failure = error
        return events

    def end(self) -> list[ModelEvent]:
        """The last event, once the finish reason is known. Raises: UpstreamError before."""
        if not self.finishing:
            raise cut("the stream ended without a finish reason")
        self.finished = True
        return [Finished(self._reason, self._usage.prompt_tokens or 0, self._usage.completion_tokens or 0)]

    def _add(self, chunk: _Chunk, events: list[ModelEvent]) -> None:
        if chunk.error is not None:
            raise _failure(chunk.error)
        if chunk.usage is not None:
            self._usage = chunk.usage
        if not chunk.choices:
            if self.finishing and chunk.usage is not None:  # the last but [DONE], which not everybody sends
                events += self.end()
            return
        choice = chunk.choices[0]
        if choice.delta is not None and not self.finishing:
            self._add_delta(choice.delta, events)
        if choice.finish_reason:
            self._finish(choice.finish_reason, events)

    def _add_delta(self, delta: _Delta, events: list[ModelEvent]) -> None:
        thought = delta.reasoning_content or delta.reasoning
        if thought:
            self._thinking = True
            events.append(Reasoning(self._thought, thought))
        if delta.content:
            if self._thinking:
                self._thinking = False
                self._thought += 1
            events.append(Text(delta.content))
        if delta.refusal:
            events.append(Refusal(delta.refusal))
        for part in delta.tool_calls or ():
            self._add_call(part, events)

    def _add_call(self, part: _CallDelta, events: list[ModelEvent]) -> None:
        function = part.function or _Function()
        # Without an index a named part begins a call and the others go on with the last one. Some servers number all
        # parallel calls 0; then another id tells them apart.
        index = part.index if part.index is not None else len(self._calls) - (0 if function.name else 1)
        call = self._by_index.get(index)
        if call is None or (part.id and function.name and part.id != call.call_id):
            if not function.name:
                raise cut("a tool call has no name")
            call = self._by_index[index] = _Call(part.id or new_id("call_"), function.name, [])
            self._calls.append(call)
            events.append(ToolCallStarted(call.call_id, call.name))
        if function.arguments:
            call.arguments.append(function.arguments)

    def _finish(self, reason: str, events: list[ModelEvent]) -> None:
        if self.finishing:
            return
        if reason == "error":
            raise failed("", "the stream failed: finish reason error")
        self.finishing = True
        if reason in ("length", "content_filter"):  # half of a call's arguments must never be acted on
            self._reason = "length" if reason == "length" else "content_filter"
            return
        if self._calls:
            self._reason = "tool_calls"
        events += [ToolCall(call.call_id, call.name, "".join(call.arguments)) for call in self._calls]


def _parse(payload: bytes) -> _Chunk:
    try:
        return _decode(payload)
    except msgspec.ValidationError as error:
        raise cut(f"an event has an unknown shape: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise cut("an event is not JSON") from error


def _failure(error: _Failure | str) -> UpstreamError:
    code = str(error.code or error.type or "") if isinstance(error, _Failure) else ""
    return failed(code, f"the stream failed: {code or 'no code'}")
