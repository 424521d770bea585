"""`/openapi.json` and `/docs`: what they are made from is loaded when somebody asks, in a thread."""

import asyncio
from importlib import import_module
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from chatdock.web.parts import parts_of


async def document(request: Request) -> Response:
    """`GET /openapi.json`."""
    return await _show(request, "document")


async def page(request: Request) -> Response:
    """`GET /docs`: one page, no script, nothing from elsewhere."""
    return await _show(request, "page")


async def _show(request: Request, what: str) -> Response:
    parts = parts_of(request)
    await parts.limits.wasted(request)

    def made() -> Any:
        return getattr(import_module("chatdock.web.openapi"), what)(parts.public_url)

    response: Response = await asyncio.to_thread(made)
    return response
