"""Everything of a user as one JSON document, written in pieces: a long history never lies in memory whole."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from chatdock.clock import now
from chatdock.errors import NotFound
from chatdock.storage.base import Store
from chatdock.types.actor import Scope
from chatdock.types.attachment import StoredFile
from chatdock.types.page import PageQuery
from chatdock.types.thread import Thread
from chatdock.types.webhook import Delivery
from chatdock.types.wire import encode

PAGE = 100  # records a query

Files = list[tuple[Scope, StoredFile]]


async def export_user(store: Store, project: str, user: str) -> AsyncIterator[bytes]:
    """Everything, as stored, in one object:

    `{object, project, user, exported_at, sessions, threads: [{thread, marks, items, runs, shares, feedback}],
    webhook_deliveries, files}`. Hidden items are included. A file's bytes are not: `GET /v1/chatkit/files/{id}` or
    `chatdock users export` has them. Of a share there is its id and when it was made: its address is known to nobody but its makers.
    """
    head = {"object": "chatkit.user.export", "project": project, "user": user, "exported_at": now()}
    yield encode(head)[:-1] + b',"sessions":' + encode(await store.records.sessions(project, user)) + b',"threads":['
    whose = Scope(project=project, user=user)
    query: PageQuery | None = PageQuery(limit=PAGE, order="asc")
    separator = b""
    while query is not None:
        page = await store.scoped(whose).threads.page(query)
        for thread in page.data:
            yield separator
            async for piece in _thread(store, whose, thread):
                yield piece
            separator = b","
        query = msgspec.structs.replace(query, after=page.after) if page.has_more else None
    yield b'],"webhook_deliveries":['
    async for piece in _deliveries(store, project, user):
        yield piece
    yield b'],"files":' + encode([file for _, file in await store.records.files(project, user)]) + b"}\n"


async def _thread(store: Store, whose: Scope, thread: Thread) -> AsyncIterator[bytes]:
    scope = Scope(project=whose.project, user=whose.user, workflow=thread.workflow_id)
    marks = b""
    with contextlib.suppress(NotFound):  # deleted while we read
        marks = b',"marks":' + encode((await store.scoped(scope).threads.marked(thread.id)).marks)
    yield b'{"thread":' + encode(thread) + marks + b',"items":['
    after, separator = 0, b""
    while items := await store.records.items(scope, thread.id, after, PAGE):
        yield separator + b",".join(bytes(raw) for _, raw in items)
        after, separator = items[-1][0], b","
    yield b'],"runs":['
    try:
        async for piece in _runs(store, scope, thread.id):
            yield piece
    except NotFound:  # deleted while we read
        pass
    shares: list[dict[str, Any]] = []
    with contextlib.suppress(NotFound):
        found = await store.scoped(scope).shares.list(thread.id)
        shares = [{"id": share.id, "created_at": share.created_at} for share in found]
    yield b'],"shares":' + encode(shares)
    yield b',"feedback":' + encode(await store.records.feedback(scope, thread.id)) + b"}"


async def _runs(store: Store, scope: Scope, thread_id: str) -> AsyncIterator[bytes]:
    query: PageQuery | None = PageQuery(limit=PAGE, order="asc")
    separator = b""
    while query is not None:
        page = await store.scoped(scope).runs.page(thread_id, None, query)
        if page.data:
            yield separator + b",".join(map(encode, page.data))
            separator = b","
        query = msgspec.structs.replace(query, after=page.after) if page.has_more else None


async def _deliveries(store: Store, project: str, user: str) -> AsyncIterator[bytes]:
    after, separator = "", b""
    while page := await store.webhooks.of_user(project, user, after, PAGE):
        yield separator + b",".join(encode(_plain(each)) for each in page)
        after, separator = page[-1].id, b","


def _plain(delivery: Delivery) -> dict[str, Any]:
    """A delivery with its body as JSON, not as a text of JSON."""
    return {**msgspec.structs.asdict(delivery), "body": msgspec.Raw(delivery.body.encode())}
