"""From a path to its handler, and from what a handler raises to a refusal.

Starlette wraps every request in two nets for exceptions and tries one pattern after the other, 15 us of 30: here a path
is found by looking its parts up. What is not found so, wrong methods and paths that end in a path of their own among it,
goes Starlette's way.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, compile_path, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

from chatdock.errors import ChatdockError
from chatdock.web.errors import handle_error

Handler = Callable[[Request], Awaitable[Response]]

_PARAMETER = re.compile(r"\{([a-z_]+)\}")


class Door(Route):
    """A route whose pattern is made when Starlette first asks for it, which it hardly ever does: fifty of them are dear."""

    def __init__(self, path: str, endpoint: Handler, *, methods: Sequence[str] = ("GET",)) -> None:
        self.path = path
        self.endpoint = endpoint
        self.name = endpoint.__name__
        self.include_in_schema = True
        self.app = request_response(endpoint)
        self.methods = {*methods, "HEAD"} if "GET" in methods else set(methods)

    @cached_property
    def _compiled(self) -> tuple[Any, str, dict[str, Any]]:  # as Starlette's compile_path says
        return compile_path(self.path)

    path_regex = property(lambda self: self._compiled[0])
    path_format = property(lambda self: self._compiled[1])
    param_convertors = property(lambda self: self._compiled[2])


class _Room:
    """What is behind one part of a path: further parts by name, one of any name, and the doors by method."""

    def __init__(self) -> None:
        self.named: dict[str, _Room] = {}
        self.any: _Room | None = None
        self.doors: dict[str, tuple[Route, Handler, tuple[str, ...]]] = {}


class Doors:
    """The routes whose handlers are async functions, and `others` behind them for whatever they do not answer."""

    def __init__(self, routes: Iterable[BaseRoute], others: ASGIApp) -> None:
        self._others = others
        self._plain: dict[tuple[str, str], tuple[Route, Handler]] = {}
        self._hall = _Room()
        for route in routes:
            if isinstance(route, Route) and inspect.iscoroutinefunction(route.endpoint):
                self._add(route)

    def _add(self, route: Route) -> None:
        if "{" not in route.path:
            for method in route.methods or ():
                self._plain.setdefault((method, route.path), (route, route.endpoint))
            return
        if ":" in route.path:
            return
        room, names = self._hall, []
        for part in route.path.split("/"):
            name = _PARAMETER.fullmatch(part)
            if name is None:
                room = room.named.setdefault(part, _Room())
            else:
                names.append(name[1])
                room.any = room = room.any or _Room()
        for method in route.methods or ():
            room.doors.setdefault(method, (route, route.endpoint, tuple(names)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope.get("root_path"):
            await self._others(scope, receive, send)
            return
        found = self._plain.get((scope["method"], scope["path"]))
        if found is not None:
            scope["route"], handler = found
            scope["path_params"] = {}
        else:
            behind = self._behind(scope["path"].split("/"), scope["method"])
            if behind is None:
                await self._others(scope, receive, send)
                return
            scope["route"], handler, scope["path_params"] = behind
        request = Request(scope, receive, send)
        try:
            response = await handler(request)
        except (ChatdockError, msgspec.DecodeError) as error:
            response = await handle_error(request, error)
        await response(scope, receive, send)

    def _behind(self, parts: list[str], method: str) -> tuple[Route, Handler, dict[str, str]] | None:
        room: _Room | None = self._hall
        values = []
        for part in parts:
            assert room is not None
            further = room.named.get(part)
            if further is None:
                further = room.any if part else None
                values.append(part)
            if further is None:
                return None
            room = further
        assert room is not None
        found = room.doors.get(method)
        return None if found is None else (found[0], found[1], dict(zip(found[2], values, strict=True)))
