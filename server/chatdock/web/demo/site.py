"""The routes of the demo shop."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from chatdock.errors import BadRequest, Forbidden
from chatdock.web.demo.page import VIEWS, WORKFLOWS, Asked, render
from chatdock.web.parts import parts_of

Mint = Callable[[str, str], Awaitable[str]]
"""User and workflow -> a fresh client secret, as the customer's server would get from `POST /v1/chatkit/sessions`."""

COOKIE = "harbor_visitor"
COOKIE_SECONDS = 30 * 24 * 3600  # long enough to come back and find yesterday's chat
ASSETS = {
    "demo.css": "text/css",
    "demo.js": "text/javascript",
    "scheme.js": "text/javascript",
    "themes.css": "text/css",
    "themes.js": "text/javascript",
    "themes-contrast.js": "text/javascript",
    "themes-states.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


def content_security_policy(nonce: str) -> str:
    """As strict as a careful customer's: nothing foreign, no inline code without the nonce, no HTML from strings."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


@dataclass(frozen=True)
class DemoSite:
    """Everything the demo shop serves. `model` is the model's name, or empty where the built-in one answers."""

    mint: Mint
    model: str
    cookie_key: str

    def routes(self) -> list[Route]:
        """The pages, their assets and the route that mints."""
        pages = [Route(view.path, self.page, name=f"demo-{name}") for name, view in VIEWS.items()]
        return [
            *pages,
            Route("/demo/session", self.session, methods=["POST"]),
            Route("/demo/{asset}", self.asset),
        ]

    async def page(self, request: Request) -> Response:
        """One of the ways to embed, for the workflow and the look that the query asks for."""
        nonce = secrets.token_urlsafe(16)
        asked = Asked(
            path=request.url.path,
            workflow=request.query_params.get("workflow", ""),
            scheme=request.query_params.get("scheme", ""),
        )
        body = render(asked, model=self.model, nonce=nonce, base_url=str(request.base_url).rstrip("/"))
        return HTMLResponse(
            body,
            headers={
                "Content-Security-Policy": content_security_policy(nonce),
                "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def session(self, request: Request) -> Response:
        """What a customer's server does: know its visitor, ask for a session, hand on the secret alone."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise Forbidden("The demo's sessions are for its own page.")
        workflow = request.query_params.get("workflow", WORKFLOWS[0].id)
        if workflow not in {known.id for known in WORKFLOWS}:
            raise BadRequest("The demo has no such workflow.", param="workflow")
        await parts_of(request).limits.wasted(request)
        visitor = self._visitor(request)
        response = JSONResponse(
            {"client_secret": await self.mint(visitor, workflow)}, headers={"Cache-Control": "no-store"}
        )
        response.set_cookie(COOKIE, self._cookies.dumps(visitor), max_age=COOKIE_SECONDS, httponly=True, samesite="lax")
        return response

    async def asset(self, request: Request) -> Response:
        """The page's own style, script and icon."""
        name = request.path_params["asset"]
        if name not in ASSETS:
            return Response(status_code=404)
        body = (files("chatdock.web.demo") / name).read_bytes()
        return Response(
            body, media_type=ASSETS[name], headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        )

    def _visitor(self, request: Request) -> str:
        try:
            return str(self._cookies.loads(request.cookies.get(COOKIE, "")))
        except BadSignature:
            return f"visitor-{secrets.token_hex(8)}"

    @property
    def _cookies(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.cookie_key, salt="demo-visitor")
