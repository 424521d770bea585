"""Is this process alive, and does it want work? For load balancers, orchestrators and the image's health check."""

from starlette.requests import Request
from starlette.responses import Response

from chatdock.errors import Unavailable
from chatdock.web.answer import Json
from chatdock.web.parts import parts_of


async def healthz(request: Request) -> Response:
    """`GET /healthz`: 200 as long as the event loop turns."""
    return Json({"status": "ok"})


async def readyz(request: Request) -> Response:
    """`GET /readyz`: 200 while the stores answer and the server is not draining, 503 otherwise."""
    parts = parts_of(request)
    if parts.readiness.draining:
        raise Unavailable("The server is draining.", retry_after_seconds=2)
    await parts.store.ping()
    return Json({"status": "ready"})
