"""Full text search: what is indexed with each commit, and how a question is answered.

A word is stored behind a mark of its owner. So a question, which is beginnings of words, reads the owner's words and nobody
else's, however many rows the table has; what is found still has to be in the scope. SQLite has no index over the words: it
looks through the rows of their owner, a message in a few microseconds, on a thread of its own. Its FTS5 (3.40) was tried,
and refused a message ("malformed") while another connection removed others.
"""

import hashlib
from collections.abc import Sequence

from msgspec.json import Decoder

from chatdock.storage.sql.road import FOREVER, Plan, Road
from chatdock.storage.sql.rows import within
from chatdock.types.actor import Scope
from chatdock.types.item import Item
from chatdock.types.search import Hit, snippet_of, terms_of, text_of, words_of
from chatdock.types.thread import Thread
from chatdock.types.wire import decode

Owner = tuple[str, str, str]  # project, user, workflow

_decoder: Decoder[Item] = Decoder(Item)

MARK_BYTES = 6  # two owners in 16 million million share a mark, and would share nothing but work
MESSAGES_A_STEP = 500  # indexed in one transaction


class SqlSearch:
    """`storage.base.Search`."""

    def __init__(self, road: Road, scope: Scope) -> None:
        self._road = road
        self._scope = scope

    async def find(self, question: str, *, limit: int, below: int | None = None) -> list[Hit]:
        """One question to the index, on a thread: how much it has to read nobody knows before."""
        return await self._road.read(lambda: _find(self._scope, question, limit, below), is_small=False)


def index_items(thread_id: str, owner: Owner, items: Sequence[Item]) -> Plan[None]:
    """Messages that are finished, as they read now."""
    for item in items:
        text = text_of(item)
        if text is not None:
            yield from _index(thread_id, owner, item.id, text)


def index_title(thread_id: str, owner: Owner, title: str | None) -> Plan[None]:
    """The thread's title as it is now."""
    yield "search.untitle", {"thread": thread_id}
    if title:
        yield from _index(thread_id, owner, None, title)


def index_thread(thread_id: str) -> Plan[None]:
    """All of a thread that was never indexed."""
    rows = yield "search.thread", {"thread": thread_id}
    if rows:
        project, user, workflow, data = rows[0]
        owner = (project, user, workflow)
        yield from index_title(thread_id, owner, decode(data, Thread).title)
        low = 0
        while messages := (yield "search.messages", {"thread": thread_id, "low": low, "limit": MESSAGES_A_STEP}):
            yield from index_items(thread_id, owner, [_decoder.decode(row[2]) for row in messages])
            low = messages[-1][0]
    yield "search.done", {"thread": thread_id}


def _index(thread_id: str, owner: Owner, item_id: str | None, text: str) -> Plan[None]:
    project, user, workflow = owner
    mark = _mark(owner)
    yield (
        "search.put",
        {
            "thread": thread_id,
            "item": item_id,
            "project": project,
            "user": user,
            "workflow": workflow,
            "words": " ".join(f"{mark}{word}" for word in sorted(words_of(text))),
        },
    )


def _find(scope: Scope, question: str, limit: int, below: int | None) -> Plan[list[Hit]]:
    if scope.user is None or scope.workflow is None:
        raise ValueError("a search is made in the scope of a user and a workflow")
    terms = terms_of(question)
    if not terms:
        return []
    mark = _mark((scope.project, scope.user, scope.workflow))
    asked = {
        "terms": [mark + term for term in terms],  # SQLite looks through the owner's rows
        "question": " & ".join(f"'{mark}{term}':*" for term in terms),  # PostgreSQL's tsquery asks an index
        "limit": limit,
        "high": FOREVER if below is None else below,
    }
    rows = yield "search.found", within(scope, **asked)
    hits = []
    for place, item_id, thread_data, item_data in rows:
        thread = decode(thread_data, Thread)
        item = _decoder.decode(item_data) if item_data else None
        text = (text_of(item) if item else thread.title) or ""
        hits.append(
            Hit(
                place=place,
                thread=thread,
                item_id=item_id,
                created_at=item.created_at if item else thread.created_at,
                snippet=snippet_of(text, question),
            )
        )
    return sorted(hits, key=lambda hit: -hit.place)


def _mark(owner: Owner) -> str:
    named = "\0".join(owner).encode("utf-8", "surrogatepass")
    return "o" + hashlib.blake2b(named, digest_size=MARK_BYTES).hexdigest()
