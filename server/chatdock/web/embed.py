"""`/embed`: the chat as a page of its own, for an iframe on somebody else's.

Rules: only listed origins may frame it, and the one named by `parent` is the only one it listens to; the page holds no secret, no
user's data and no inline code; the client secret comes from the page around it, by message.
"""

import html
import secrets

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from chatdock.errors import BadRequest, Forbidden
from chatdock.web.parts import parts_of

PAGE = """<!doctype html>
<html lang="en" data-parent="{parent}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">
<title>Chat</title>
<link rel="modulepreload" nonce="{nonce}" href="widget/app.js">
<style nonce="{nonce}">html,body{{margin:0;height:100%}}html:has([data-height=auto]),html:has([data-height=auto]) body{{height:auto;overflow:hidden}}</style>
</head>
<body>
<script nonce="{nonce}" src="widget/embed.js"></script>
</body>
</html>
"""


def content_security_policy(ancestors: list[str], nonce: str) -> str:
    """Code from this server alone; pictures from anywhere, because the widget asks before it loads one; framed by `ancestors`."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            f"style-src 'nonce-{nonce}'",
            "img-src 'self' https: data: blob:",
            "media-src 'self' blob:",
            "font-src 'self' https: data:",
            "connect-src 'self'",
            "form-action 'none'",
            "base-uri 'none'",
            f"frame-ancestors {' '.join(ancestors)}",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


async def page(request: Request) -> Response:
    """`GET /embed?parent=<origin>`. Raises: BadRequest without a parent; Forbidden for one that is not listed."""
    parts = parts_of(request)
    await parts.limits.wasted(request)
    parent = request.query_params.get("parent", "")
    if not parent:
        raise BadRequest("Name the page around the frame: /embed?parent=https://www.example.com", param="parent")
    if not parts.origins.allows(parent, request.headers.get("host", ""), request.url.scheme):
        raise Forbidden("This origin may not embed the chat: add it to CHATDOCK_ALLOWED_ORIGINS.", param="parent")
    nonce = secrets.token_urlsafe(16)
    return HTMLResponse(
        PAGE.format(parent=html.escape(parent), nonce=nonce),
        headers={
            "Content-Security-Policy": content_security_policy(["'self'", *parts.origins.sources()], nonce),
            # A page that is isolated itself frames only what says this.
            "Cross-Origin-Embedder-Policy": "credentialless",
        },
    )
