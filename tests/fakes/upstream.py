"""An OpenAI-compatible upstream on a real socket that does what a script says, and remembers what was done to it.

    async with FakeUpstream(Answer(responses.text("Hello")), ...) as upstream:
        model = OpenAIResponses(api_key="k", base_url=upstream.url)

The answers are given in order, the last one again and again.
"""

import asyncio
import contextlib
import json
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True)
class Answer:
    """One response. Byte counts are of the body before any framing."""

    body: bytes = b""
    status: int = 200
    content_type: str = EVENT_STREAM
    headers: dict[str, str] = field(default_factory=dict)
    framing: Literal["chunked", "length", "close"] = "chunked"
    slice_bytes: int = 0  # bytes a write (and a chunk); 0: the whole body at once
    pause_seconds: float = 0.0  # between two writes
    delay_seconds: float = 0.0  # before the head
    cut_after: int | None = None  # bytes of the body, then the connection ends
    cut_by: Literal["fin", "rst"] = "fin"
    stall_after: int | None = None  # bytes of the body, then nothing until the client goes
    early_hints: bool = False  # a 103 before the response
    last_chunk: bool = True  # False: a chunked body whose end never comes
    raw: bytes | None = None  # sent instead of all that, and then the connection ends
    unasked: bytes = b""  # sent after the answer, when nobody has asked for more
    drops_next: bool = False  # the next request on this connection is what ends it


@dataclass
class Received:
    """A request, and what became of its connection."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes
    gone_at: float | None = None

    @property
    def json(self) -> Any:
        """The body, which may be any JSON."""
        return json.loads(self.body)


class FakeUpstream:
    """Serves its script. `received` holds the requests; `open_connections` the sockets that are still there."""

    def __init__(self, *script: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self.open_connections = 0
        self.connections = 0
        self._script: Sequence[Answer] | Callable[[Received], Answer] = script
        self._tls = tls
        self._played = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def play(self, *script: Answer) -> None:
        """A new script, from its first answer."""
        self._script = script
        self._played = 0

    def play_by_request(self, script: Callable[[Received], Answer]) -> None:
        """A script that looks at what is asked."""
        self._script = script

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/v1"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def start(self, port: int = 0) -> None:
        """Listens."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stops listening and ends all connections."""
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def gone(self, request: int = -1, *, within_seconds: float = 20.0) -> bool:
        """Whether the client ended that request's connection in time."""
        until = time.monotonic() + within_seconds
        while time.monotonic() < until:
            if self.received and self.received[request].gone_at is not None:
                return True
            await asyncio.sleep(0.005)
        return False

    def _next(self, request: Received) -> Answer:
        if callable(self._script):
            return self._script(request)
        self._played += 1
        return self._script[min(self._played, len(self._script)) - 1] if self._script else Answer()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        requests: list[Received] = []
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
                while True:
                    requests.append(await _request(reader))
                    self.received.append(requests[-1])
                    if not await self._answer(requests[-1], reader, writer):
                        break
        finally:
            self.open_connections -= 1
            for request in requests:
                request.gone_at = time.monotonic()
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def _answer(self, request: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        answer = self._next(request)
        if answer.raw is not None:
            writer.write(answer.raw)
            return False
        if answer.delay_seconds and await _left(reader, answer.delay_seconds):
            return False
        if answer.early_hints:
            writer.write(b"HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n")
        writer.write(_head(answer))
        until = min(n for n in (len(answer.body), answer.cut_after, answer.stall_after) if n is not None)
        for piece in _pieces(answer.body[:until], answer.slice_bytes):
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if answer.framing == "chunked" else piece)
            await writer.drain()
            if answer.pause_seconds and await _left(reader, answer.pause_seconds):
                return False
        if answer.cut_after is not None:
            if answer.cut_by == "rst":
                await asyncio.sleep(0.002)  # a reset overtakes what was not read: let the client have it
                _reset_on_close(writer)
            return False
        if answer.stall_after is not None or not answer.last_chunk:
            await reader.read(1)
            return False
        if answer.framing == "chunked":
            writer.write(b"0\r\n\r\n")
        await writer.drain()
        if answer.unasked:
            await asyncio.sleep(0.02)
            writer.write(answer.unasked)
        if answer.drops_next:
            await reader.read(1)
        return answer.framing != "close" and not answer.drops_next


async def _request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")[:-2]
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(time.monotonic(), first.split(" ")[1], headers, body)


async def _left(reader: asyncio.StreamReader, seconds: float) -> bool:
    """Waits; True if the client has gone meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            return not await reader.read(1)
    except TimeoutError:
        return False


def _head(answer: Answer) -> bytes:
    headers = {"content-type": answer.content_type, "x-request-id": "req_fake", **answer.headers}
    match answer.framing:
        case "chunked":
            headers["transfer-encoding"] = "chunked"
        case "length":
            headers["content-length"] = str(len(answer.body))
        case "close":
            headers["connection"] = "close"
    lines = [f"HTTP/1.1 {answer.status} Whatever", *(f"{name}: {value}" for name, value in headers.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode()


def _pieces(body: bytes, size: int) -> Iterator[bytes]:
    return (body[i : i + size] for i in range(0, len(body), size)) if size else iter([body] if body else [])


def _reset_on_close(writer: asyncio.StreamWriter) -> None:
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


# ---- what upstreams say --------------------------------------------------------------------------------------------


def event(data: Any, *, name: str = "") -> bytes:
    """One server-sent event (Any: it is JSON; bytes are taken as they are)."""
    payload = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return (f"event: {name}\n".encode() if name else b"") + b"data: " + payload + b"\n\n"


def said(*events: dict[str, Any]) -> bytes:
    """A Responses stream of these events, each under its name."""
    return b"".join(event(data, name=data["type"]) for data in events)


def text_delta(delta: str, **more: Any) -> dict[str, Any]:
    """A delta as the Responses API writes it."""
    where = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    return {"type": "response.output_text.delta", **where, "delta": delta, "logprobs": [], "obfuscation": "x", **more}


def completed(input_tokens: int = 7, output_tokens: int = 3) -> dict[str, Any]:
    """The last event of a good answer."""
    usage = {"input_tokens": input_tokens, "output_tokens": output_tokens, "total_tokens": input_tokens + output_tokens}
    return {"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "usage": usage}}


def responses_text(*deltas: str) -> bytes:
    """A whole Responses stream that says these."""
    begin = {"type": "response.created", "response": {"id": "resp_1", "status": "in_progress", "error": None}}
    part = {
        "type": "response.content_part.added",
        "output_index": 0,
        "content_index": 0,
        "part": {"type": "output_text"},
    }
    done = {"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "".join(deltas)}
    return said(begin, part, *(text_delta(delta) for delta in deltas), done, completed())


def chunk(delta: dict[str, Any] | None = None, finish_reason: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk as Chat Completions writes it."""
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish_reason}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m", "choices": [choice], **more}


def chat_usage(prompt_tokens: int = 7, completion_tokens: int = 3) -> dict[str, Any]:
    """The chunk that `include_usage` asks for."""
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m", "choices": [], "usage": usage}


def chat(*chunks: dict[str, Any], done: bool = True) -> bytes:
    """A Chat Completions stream of these chunks."""
    return b"".join(event(data) for data in chunks) + (event(b"[DONE]") if done else b"")


def chat_text(*deltas: str) -> bytes:
    """A whole Chat Completions stream that says these."""
    return chat(
        chunk({"role": "assistant", "content": ""}),
        *(chunk({"content": delta}) for delta in deltas),
        chunk({}, "stop"),
        chat_usage(),
    )
