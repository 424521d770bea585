"""From a path to its handler, and from what a handler raises to a refusal.

Most requests ask for a path without parameters: those are found in one look and called without Starlette's layers, which
wrap every request in two nets for exceptions and try one pattern after the other (15 us of 30). All others go its way.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from chatdock.errors import ChatdockError
from chatdock.web.errors import handle_error

Handler = Callable[[Request], Awaitable[Response]]


class Doors:
    """The routes without parameters, and `others` behind them for whatever they do not answer."""

    def __init__(self, routes: Iterable[BaseRoute], others: ASGIApp) -> None:
        self._others = others
        self._plain: dict[tuple[str, str], tuple[Route, Handler]] = {}
        for route in routes:
            if isinstance(route, Route) and not route.param_convertors and inspect.iscoroutinefunction(route.endpoint):
                for method in route.methods or ():
                    self._plain.setdefault((method, route.path), (route, route.endpoint))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._plain.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if found is None or scope.get("root_path"):
            await self._others(scope, receive, send)
            return
        scope["route"], handler = found
        scope["path_params"] = {}
        request = Request(scope, receive, send)
        try:
            response = await handler(request)
        except (ChatdockError, msgspec.DecodeError) as error:
            response = await handle_error(request, error)
        await response(scope, receive, send)
