"""Full text search over a user's own threads, our own. For client secrets.

A POST, because what somebody looks for belongs in no address and no log.
Source: docs/protocol.md.
"""

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chatdock.storage.base import Scoped
from chatdock.types.page import PageQuery
from chatdock.types.search import Hit
from chatdock.types.session import Session
from chatdock.types.wire import encode
from chatdock.web.auth import authenticate_client
from chatdock.web.body import read_json
from chatdock.web.parts import parts_of

MAX_BODY_BYTES = 4 * 1024
MAX_QUERY_CHARS = 200
MAX_LIMIT = 50
DEFAULT_LIMIT = 20


class SearchQuery(msgspec.Struct, kw_only=True):
    """Words, each the beginning of one that has to be there. `after` is the `after` of the page before."""

    query: Annotated[str, msgspec.Meta(max_length=MAX_QUERY_CHARS)]
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    after: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,18}$")] | None = None


class SearchHit(msgspec.Struct, kw_only=True):
    """A message, or a thread's title (then `item_id` is null). `ranges` mark the matches in `snippet`, in UTF-16 units."""

    object: str = "chatdock.search_hit"
    thread_id: str
    title: str | None
    item_id: str | None
    created_at: int
    snippet: str
    ranges: list[list[int]]


class SearchResults(msgspec.Struct, kw_only=True):
    """Newest first."""

    object: str = "list"
    data: list[SearchHit]
    has_more: bool
    after: str | None


async def find(request: Request) -> Response:
    """`POST /v1/chatkit/search`."""
    actor, session = await authenticate_client(request)
    parts = parts_of(request)
    await parts.limits.lookup(actor)
    asked = await read_json(request, SearchQuery, MAX_BODY_BYTES)
    scoped = parts.store.scoped(actor.scope)
    hits: list[Hit] = []
    if session.configuration.history.enabled:
        below = int(asked.after) if asked.after else None
        hits = await scoped.search.find(asked.query, limit=asked.limit + 1, below=below)
    page = hits[: asked.limit]
    has_more = len(hits) > len(page)
    shown = await _within_history(scoped, session, page)
    results = SearchResults(
        data=[_hit(hit) for hit in shown], has_more=has_more, after=str(page[-1].place) if has_more else None
    )
    return Response(encode(results), media_type="application/json")


async def _within_history(scoped: Scoped, session: Session, hits: list[Hit]) -> list[Hit]:
    """Those of the threads that this session's history shows."""
    recent = session.configuration.history.recent_threads
    if recent is None or not hits:
        return hits
    newest = {thread.id for thread in (await scoped.threads.page(PageQuery(limit=recent))).data}
    return [hit for hit in hits if hit.thread.id in newest]


def _hit(hit: Hit) -> SearchHit:
    return SearchHit(
        thread_id=hit.thread.id,
        title=hit.thread.title,
        item_id=hit.item_id,
        created_at=int(hit.created_at.timestamp()),
        snippet=hit.snippet.text,
        ranges=[list(span) for span in hit.snippet.ranges],
    )
