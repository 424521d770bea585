"""What uvicorn itself allows: a bare ASGI app that sends ready frames, one send a frame, and asks nobody anything.

`POST /chatkit` with `bench N MS` sends N frames MS milliseconds apart; `GET /idle` is a stream that stays open, with a
comment now and then from the process's one pinger; `POST /v1/chatkit/sessions` mints with an HMAC.

    python -m bench.peers.ceiling --port 9002
"""

import argparse
import asyncio
import base64
import hmac
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

from bench import wire

# The dictionaries of ASGI are a JSON-like edge: their values are of any type.
Message = dict[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PING_SECONDS = 15.0
MAX_FRAMES = 100_000

_PLAN = re.compile(rb"bench (\d{1,6}) (\d{1,7})")
_KEY = secrets.token_bytes(32)
_JSON: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json")],
}
_STREAM: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/event-stream; charset=utf-8")],
}
_END: Message = {"type": "http.response.body", "body": b"", "more_body": False}
_idle: set[Send] = set()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The four paths."""
    match scope["type"], scope.get("path"):
        case "lifespan", _:
            await _lifespan(receive, send)
        case "http", "/chatkit":
            await _frames(await _body(receive), send)
        case "http", "/v1/chatkit/sessions":
            await _body(receive)
            await _mint(send)
        case "http", "/idle":
            await _stay(receive, send)
        case _:
            await send(_JSON)
            await send({"type": "http.response.body", "body": b"{}"})


async def _frames(body: bytes, send: Send) -> None:
    plan = _PLAN.search(body)
    count, spacing_ms = (min(int(plan[1]), MAX_FRAMES), int(plan[2])) if plan else (100, 0)
    await send(_STREAM)
    due = asyncio.get_running_loop().time()
    for index in range(count):
        await send({"type": "http.response.body", "body": _frame(index, spacing_ms), "more_body": True})
        if spacing_ms and index < count - 1:
            due += spacing_ms / 1000
            await asyncio.sleep(due - asyncio.get_running_loop().time())
    await send({"type": "http.response.body", "body": _last_frame(count), "more_body": True})
    await send(_END)


def _frame(index: int, spacing_ms: int) -> bytes:
    text = b"t%019d " % time.monotonic_ns() if spacing_ms else wire.word(index)
    return (
        b'data: {"type":"thread.item.updated","item_id":"msg_0123456789abcdef0123456789abcdef","update":'
        b'{"type":"assistant_message.content_part.text_delta","content_index":0,"delta":"%b"}}\n\n'
    ) % text


def _last_frame(count: int) -> bytes:
    return b'data: {"type":"thread.item.done","item":{"type":"assistant_message","deltas":%d}}\n\n' % count


async def _mint(send: Send) -> None:
    claims = base64.urlsafe_b64encode(secrets.token_bytes(48))
    secret = claims + b"." + hmac.new(_KEY, claims, "sha256").hexdigest().encode()
    await send(_JSON)
    await send({"type": "http.response.body", "body": b'{"client_secret":"%b"}' % secret})


async def _stay(receive: Receive, send: Send) -> None:
    await send(_STREAM)
    await send({"type": "http.response.body", "body": b": open\n\n", "more_body": True})
    _idle.add(send)
    while (await receive())["type"] != "http.disconnect":
        pass
    _idle.discard(send)


async def _ping() -> None:
    while True:
        await asyncio.sleep(PING_SECONDS)
        for send in list(_idle):
            await send({"type": "http.response.body", "body": b": ping\n\n", "more_body": True})


async def _lifespan(receive: Receive, send: Send) -> None:
    pinger: asyncio.Task[None] | None = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            pinger = asyncio.create_task(_ping())
            await send({"type": "lifespan.startup.complete"})
        else:
            if pinger is not None:
                pinger.cancel()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, backlog=8192)


if __name__ == "__main__":
    main()
