"""`/share/{token}`: a shared conversation, for whoever has the link. The widget draws it, and can do nothing but read.

Rules: no cookie and no credential but the link; nothing tells a wrong link from a revoked one, or from sharing that is off;
it speaks its reader's language; no search engine lists it, no cache keeps it, no page it links to hears of it; nothing
but this server's code runs on it.
"""

import html
import re
import secrets
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from chatdock.errors import Forbidden, NotFound
from chatdock.types.share import digest_of, picture_of, with_pictures
from chatdock.web.body import read_json
from chatdock.web.languages import words_for
from chatdock.web.parts import base_url_of, parts_of
from chatdock.web.rest.raster import MEDIA_TYPE

MAX_BODY_BYTES = 4 * 1024
MAX_PLACE_DIGITS = 6
HEADERS = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")

_HEAD = """<!doctype html>
<html lang="{lang}" dir="{dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style nonce="{nonce}">html,body{{margin:0;height:100%}}body{{font:17px/1.6 system-ui,sans-serif}}
.lost{{display:grid;place-content:center;height:100%;padding:0 24px;text-align:center}}h1{{font-size:22px}}
.unseen{{position:absolute;width:1px;height:1px;margin:0;overflow:hidden;clip-path:inset(50%)}}</style>
</head>
"""
PAGE = (
    _HEAD
    + """<body>
<script nonce="{nonce}" src="../widget/share.js"></script>
</body>
</html>
"""
)
LOST = (
    _HEAD
    + """<body>
<main class="lost"><h1>{title}</h1><p>{why}</p></main>
</body>
</html>
"""
)


class Asked(msgspec.Struct):
    """An operation of the chat protocol, as the widget sends it."""

    type: str
    params: dict[str, Any] = {}


async def page(request: Request) -> Response:
    """`GET /share/{token}`: the page, or one that says there is nothing, with status 404."""
    await parts_of(request).limits.wasted(request)
    nonce = secrets.token_urlsafe(16)
    try:
        await _read(request)
    except NotFound:
        return _answer(request, LOST, nonce, 404)
    return _answer(request, PAGE, nonce, 200)


async def conversation(request: Request) -> Response:
    """`POST /share/{token}`: `threads.get_by_id`, whatever its id. Raises: NotFound; Forbidden for any other operation."""
    await parts_of(request).limits.wasted(request)
    asked = await read_json(request, Asked, MAX_BODY_BYTES)
    data = await _read(request)
    if asked.type != "threads.get_by_id":
        raise Forbidden("A shared conversation can only be read.", code="read_only")
    address = f"{base_url_of(request)}/share/{request.path_params['token']}/pictures"
    return Response(with_pictures(data, address), media_type="application/json", headers=HEADERS)


async def picture(request: Request) -> Response:
    """`GET /share/{token}/pictures/{place}`: a picture of a message, re-encoded by us. Gone with the link, and with its file."""
    parts = parts_of(request)
    await parts.limits.wasted(request)
    data = await _read(request)
    scope, thread_id = await parts.store.shared.source(digest_of(request.path_params["token"]))
    place = request.path_params["place"]
    file_id = (
        picture_of(data, int(place)) if len(place) <= MAX_PLACE_DIGITS and place.isascii() and place.isdigit() else None
    )
    if file_id is None:
        raise NotFound("No such picture.")
    file = await parts.store.scoped(scope).files.get(file_id)
    if file.preview_blob_id is None or file.thread_id != thread_id:
        raise NotFound("No such picture.")
    headers = {**HEADERS, "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'"}
    return Response(await parts.blobs.get(file.preview_blob_id), media_type=MEDIA_TYPE, headers=headers)


async def _read(request: Request) -> bytes:
    parts, token = parts_of(request), request.path_params["token"]
    if not parts.sharing or not _TOKEN.fullmatch(token):
        raise NotFound("No such link.")
    return await parts.store.shared.read(digest_of(token))


def _answer(request: Request, template: str, nonce: str, status: int) -> Response:
    words = words_for(request.headers.get("accept-language"))
    policy = (
        "default-src 'none'",
        f"script-src 'self' 'nonce-{nonce}'",
        f"style-src 'nonce-{nonce}'",
        "img-src 'self' https: data: blob:",  # the widget asks before it loads one
        "font-src 'self' data:",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
    headers = {
        **HEADERS,
        "Content-Security-Policy": "; ".join(policy),
        "Content-Language": words.code,
        "Vary": "Accept-Language",
    }
    title = words.shared if status == 200 else words.lost
    body = template.format(
        lang=words.code, dir=words.dir, title=html.escape(title), why=html.escape(words.why), nonce=nonce
    )
    return HTMLResponse(body, status_code=status, headers=headers)
