"""The items of a scope's threads."""

from msgspec import Raw
from msgspec.json import Decoder

from chatdock.storage.base import Fork
from chatdock.storage.sql.branches import forks
from chatdock.storage.sql.pages import window
from chatdock.storage.sql.road import SMALL_ROWS, Plan, Road
from chatdock.storage.sql.rows import missing, within
from chatdock.storage.sql.threads import require_thread
from chatdock.types.actor import Scope
from chatdock.types.item import Item
from chatdock.types.page import Page, PageQuery

_decoder: Decoder[Item] = Decoder(Item)  # made once: for a union of twelve that costs ten times what it then decodes


class SqlItems:
    """`storage.base.Items`."""

    def __init__(self, road: Road, scope: Scope) -> None:
        self._road = road
        self._scope = scope

    async def get(self, thread_id: str, item_id: str) -> Item:
        """One row."""
        return await self._road.read(lambda: _get(self._scope, thread_id, item_id))

    async def page(self, thread_id: str, query: PageQuery) -> Page[Raw]:
        """A range of the thread's index; the owner is checked in the same query."""
        return await self._road.read(lambda: _page(self._scope, thread_id, query), is_small=query.limit <= SMALL_ROWS)

    async def forks(self, thread_id: str) -> list[Fork]:
        """A range of the index of versions that are not read, and a look at those that are."""
        return await self._road.read(lambda: _forks(self._scope, thread_id))

    async def latest(self, thread_id: str, limit: int) -> list[Item]:
        """The end of the thread's index, turned round."""
        return await self._road.read(lambda: _latest(self._scope, thread_id, limit), is_small=limit <= SMALL_ROWS)


def _get(scope: Scope, thread_id: str, item_id: str) -> Plan[Item]:
    rows = yield "item.get", within(scope, thread=thread_id, item=item_id)
    if not rows:
        raise missing("item", item_id)
    return _decoder.decode(rows[0][0])


def _page(scope: Scope, thread_id: str, query: PageQuery) -> Plan[Page[Raw]]:
    values = within(scope, thread=thread_id)
    view = yield from window(query, "item.place", values, "item")
    rows = yield f"item.page.{view.order}", {**values, **view.values()}
    if not rows:
        yield from require_thread(scope, thread_id)
    page, has_more = view.cut(rows)
    data = [Raw(row[1]) for row in page]
    return Page(data=data, has_more=has_more, after=page[-1][0] if has_more and page else None)


def _forks(scope: Scope, thread_id: str) -> Plan[list[Fork]]:
    found = yield from forks(scope, thread_id)
    if not found:
        yield from require_thread(scope, thread_id)
    return found


def _latest(scope: Scope, thread_id: str, limit: int) -> Plan[list[Item]]:
    rows = yield "item.latest", within(scope, thread=thread_id, limit=limit)
    if not rows:
        yield from require_thread(scope, thread_id)
    return [_decoder.decode(row[0]) for row in reversed(rows)]
