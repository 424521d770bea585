"""The in-memory `Store` an openai-chatkit integration starts with: dictionaries, nothing shared, nothing copied."""

from typing import TypeVar

from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

Context = dict[str, str]
Row = TypeVar("Row", ThreadMetadata, ThreadItem)


class MemoryStore(Store[Context]):
    """Threads and items in insertion order, which is their order of creation."""

    def __init__(self) -> None:
        self._threads: dict[str, ThreadMetadata] = {}
        self._items: dict[str, dict[str, ThreadItem]] = {}

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        try:
            return self._threads[thread_id]
        except KeyError:
            raise NotFoundError(thread_id) from None

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        self._threads[thread.id] = thread

    async def load_threads(self, limit: int, after: str | None, order: str, context: Context) -> Page[ThreadMetadata]:
        return _page(list(self._threads.values()), limit, after, order)

    async def delete_thread(self, thread_id: str, context: Context) -> None:
        self._threads.pop(thread_id, None)
        self._items.pop(thread_id, None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        return _page(list(self._items.get(thread_id, {}).values()), limit, after, order)

    async def load_item(self, thread_id: str, item_id: str, context: Context) -> ThreadItem:
        try:
            return self._items[thread_id][item_id]
        except KeyError:
            raise NotFoundError(item_id) from None

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        self._items.setdefault(thread_id, {})[item.id] = item

    async def save_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        self._items.setdefault(thread_id, {})[item.id] = item

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Context) -> None:
        self._items.get(thread_id, {}).pop(item_id, None)

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        raise NotImplementedError

    async def load_attachment(self, attachment_id: str, context: Context) -> Attachment:
        raise NotFoundError(attachment_id)

    async def delete_attachment(self, attachment_id: str, context: Context) -> None:
        raise NotFoundError(attachment_id)


def _page(rows: list[Row], limit: int, after: str | None, order: str) -> Page[Row]:
    """The page that follows the row `after`, in the requested order."""
    if order == "desc":
        rows.reverse()
    start = next((place + 1 for place, row in enumerate(rows) if row.id == after), 0) if after else 0
    data = rows[start : start + limit]
    has_more = start + limit < len(rows)
    return Page(data=data, has_more=has_more, after=data[-1].id if has_more and data else None)
