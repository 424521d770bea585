"""What a model's delta costs by the road it takes from the socket: CPU microseconds a delta, by the process's own clock.

Three shapes: `paced`, an event a chunk every 2 ms, so that each read brings one; `chunks`, an event a chunk written
64 KiB at a time; `bulk`, 250 events a chunk. And `run`: CPU of a whole stream of one delta.
Contestants take turns; the median of the rounds is printed, with the least and the most.

    .venv/bin/python bench/transport.py [--rounds 5] [--loop uvloop|asyncio]
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "server"))

import aiohttp
import httptools
import httpx2
import openai
import uvloop

from chatdock.models.base import ModelRequest, TextPart, UserTurn
from chatdock.models.openai_responses import OpenAIResponses
from chatdock.models.responses_events import ResponsesDecoder
from chatdock.models.sse import Splitter
from chatdock.models.transport import StreamingTransport

DELTAS = 20_000
RUNS = 200
PACED_DELTAS = 1_000
PACE_SECONDS = 0.002
SHAPES = ("paced", "chunks", "bulk")
WRITE_BYTES = 64 * 1024
EVENTS_A_CHUNK = 250

Road = Callable[[str], AsyncIterator[int]]


# ---- the upstream, a process of its own ----------------------------------------------------------------------------


def _event(number: int) -> bytes:
    data = {
        "type": "response.output_text.delta",
        "sequence_number": number,
        "item_id": "msg_0123456789abcdef0123456789abcdef",
        "output_index": 0,
        "content_index": 0,
        "delta": f" word{number % 100}",
        "logprobs": [],
        "obfuscation": "aBcDeFgHi",
    }
    return b"event: response.output_text.delta\ndata: " + json.dumps(data, separators=(",", ":")).encode() + b"\n\n"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


_LAST = _chunk(
    b'event: response.completed\ndata: {"type":"response.completed","response":{"id":"resp_1","object":"response",'
    b'"created_at":1,"status":"completed","model":"m","output":[],"parallel_tool_calls":true,"tools":[],'
    b'"tool_choice":"auto","usage":{"input_tokens":3,"output_tokens":5,"total_tokens":8,'
    b'"input_tokens_details":{"cached_tokens":0},"output_tokens_details":{"reasoning_tokens":0}}}}\n\n'
)
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def _writes() -> dict[str, list[bytes]]:
    events = [_event(number) for number in range(DELTAS)]
    lines = [_chunk(event) for event in events]
    whole = b"".join(lines)
    groups = [b"".join(events[i : i + EVENTS_A_CHUNK]) for i in range(0, DELTAS, EVENTS_A_CHUNK)]
    return {
        "paced": lines[:PACED_DELTAS],
        "chunks": [whole[i : i + WRITE_BYTES] for i in range(0, len(whole), WRITE_BYTES)],
        "bulk": [_chunk(group) for group in groups],
        "one": lines[:1],
    }


async def _serve() -> None:
    writes = _writes()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
                shape = json.loads(await reader.readexactly(length))["model"]
                writer.write(_HEAD)
                for piece in writes[shape]:
                    writer.write(piece)
                    await asyncio.sleep(PACE_SECONDS if shape == "paced" else 0)
                writer.write(_LAST + b"0\r\n\r\n")
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


# ---- the roads: each yields how many deltas a read brought ---------------------------------------------------------


async def _decoded(chunks: AsyncIterator[bytes]) -> AsyncIterator[int]:
    splitter, decoder = Splitter(), ResponsesDecoder()
    async for chunk in chunks:
        events = decoder.decode(splitter.feed(chunk))
        if events:
            yield len(events)


class _Raw(asyncio.Protocol):
    """The least a parser and a loop can cost."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.arrived = asyncio.Event()
        self.done = False
        self._parser = httptools.HttpResponseParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)
        self.arrived.set()

    def on_body(self, body: bytes) -> None:
        self.bodies.append(body)

    def on_message_complete(self) -> None:
        self.done = True


def _raw(port: int) -> Road:
    async def read(shape: str) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_connection(_Raw, "127.0.0.1", port)
        body = json.dumps({"model": shape}).encode()
        transport.write(b"POST /v1/responses HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        while protocol.bodies or not protocol.done:
            if protocol.bodies:
                bodies, protocol.bodies = protocol.bodies, []
                yield b"".join(bodies)
            else:
                protocol.arrived.clear()
                await protocol.arrived.wait()
        transport.close()

    return lambda shape: _decoded(read(shape))


def _aiohttp(session: aiohttp.ClientSession, url: str) -> Road:
    async def read(shape: str) -> AsyncIterator[bytes]:
        async with session.post(f"{url}/responses", json={"model": shape}) as response:
            async for chunk in response.content.iter_any():
                yield chunk

    return lambda shape: _decoded(read(shape))


def _httpx2(client: httpx2.AsyncClient, url: str) -> Road:
    async def read(shape: str) -> AsyncIterator[bytes]:
        async with client.stream("POST", f"{url}/responses", json={"model": shape}) as response:
            async for chunk in response.aiter_raw():
                yield chunk

    return lambda shape: _decoded(read(shape))


def _streaming_response(client: openai.AsyncOpenAI) -> Road:
    async def read(shape: str) -> AsyncIterator[bytes]:
        call = client.responses.with_streaming_response.create(model=shape, input="hello", stream=True, store=False)
        async with call as response:
            async for chunk in response.iter_bytes():
                yield chunk

    return lambda shape: _decoded(read(shape))


def _sdk(client: openai.AsyncOpenAI) -> Road:
    async def deltas(shape: str) -> AsyncIterator[int]:
        async for event in await client.responses.create(model=shape, input="hello", stream=True, store=False):
            if event.type == "response.output_text.delta":
                yield 1

    return deltas


def _chatdock(model: OpenAIResponses) -> Road:
    async def deltas(shape: str) -> AsyncIterator[int]:
        async for batch in model.stream(
            ModelRequest(model=shape, instructions="", turns=[UserTurn([TextPart("hello")])])
        ):
            yield len(batch)

    return deltas


# ---- the contest ---------------------------------------------------------------------------------------------------


async def _cost(road: Road, shape: str) -> tuple[float, float]:
    """CPU microseconds a delta, and deltas a read."""
    before = time.process_time()
    deltas = reads = 0
    async for count in road(shape):
        deltas += count
        reads += 1
    used = time.process_time() - before
    if deltas < (PACED_DELTAS if shape == "paced" else DELTAS):
        raise SystemExit(f"{shape}: only {deltas} deltas arrived")
    return used / deltas * 1e6, deltas / reads


async def _run_cost(road: Road) -> float:
    before = time.process_time()
    for _ in range(RUNS):
        async for _ in road("one"):
            pass
    return (time.process_time() - before) / RUNS * 1e6


async def _contest(port: int, rounds: int) -> None:
    url = f"http://127.0.0.1:{port}/v1"
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        plain = await stack.enter_async_context(httpx2.AsyncClient(trust_env=False))
        lean = httpx2.AsyncClient(transport=StreamingTransport(), trust_env=False)
        clients = {
            "default": openai.AsyncOpenAI(api_key="k", base_url=url),
            "aiohttp": openai.AsyncOpenAI(api_key="k", base_url=url, http_client=openai.DefaultAioHttpClient()),
            "lean": openai.AsyncOpenAI(api_key="k", base_url=url, http_client=lean),
        }
        for client in clients.values():
            stack.push_async_callback(client.close)
        model = OpenAIResponses(api_key="k", base_url=url)
        stack.push_async_callback(model.close)
        roads: dict[str, Road] = {
            "bare socket, httptools, msgspec: the floor": _raw(port),
            "Chatdock: openai over our transport, read from it": _chatdock(model),
            "openai over our transport, iter_bytes": _streaming_response(clients["lean"]),
            "aiohttp": _aiohttp(session, url),
            "openai over aiohttp, iter_bytes": _streaming_response(clients["aiohttp"]),
            "httpx2": _httpx2(plain, url),
            "openai, iter_bytes": _streaming_response(clients["default"]),
            "openai, its own objects (stream=True)": _sdk(clients["default"]),
        }
        figures: dict[str, dict[str, list[float]]] = {name: {shape: [] for shape in (*SHAPES, "run")} for name in roads}
        gathered: dict[str, list[float]] = {name: [] for name in roads}
        for road in roads.values():  # lazy schemas, connections, caches
            await _cost(road, "bulk")
        for _ in range(rounds):
            for name, road in roads.items():
                for shape in SHAPES:
                    cost, per_read = await _cost(road, shape)
                    figures[name][shape].append(cost)
                    if shape == "paced":
                        gathered[name].append(per_read)
                figures[name]["run"].append(await _run_cost(road))
        _print(figures, gathered)


def _print(figures: dict[str, dict[str, list[float]]], gathered: dict[str, list[float]]) -> None:
    columns = (*SHAPES, "run")
    print("| Road | " + " | ".join(columns) + " | deltas a read |")
    print("|---|" + "---:|" * (len(columns) + 1))
    for name, row in figures.items():
        cells = [f"{statistics.median(row[c]):.1f} ({min(row[c]):.1f} to {max(row[c]):.1f})" for c in columns]
        print(f"| {name} | " + " | ".join(cells) + f" | {statistics.median(gathered[name]):.1f} |")


def main() -> None:
    """Starts the upstream, runs the contest, prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        uvloop.run(_serve())
        return
    upstream = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert upstream.stdout is not None
        port = int(upstream.stdout.readline())
        run = uvloop.run if options.loop == "uvloop" else asyncio.run
        run(_contest(port, options.rounds))
    finally:
        upstream.terminate()
        upstream.wait()


if __name__ == "__main__":
    main()
