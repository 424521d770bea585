"""Idle streams with sse-starlette's response, its own ping task for each: what a stream costs without further care.

python -m bench.peers.sse_starlette_idle --port 9003
"""

import argparse
import asyncio
from collections.abc import AsyncIterator

import uvicorn
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def _silence() -> AsyncIterator[dict[str, str]]:
    yield {"data": "open"}
    await asyncio.Event().wait()


async def idle(request: Request) -> Response:
    return EventSourceResponse(_silence())


async def healthz(request: Request) -> Response:
    return JSONResponse({})


app = Starlette(routes=[Route("/idle", idle), Route("/healthz", healthz)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, backlog=8192)


if __name__ == "__main__":
    main()
