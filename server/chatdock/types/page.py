"""One page of something, and how to ask for it."""

from typing import Generic, Literal, TypeVar

import msgspec

from chatdock.types.wire import Wire

T = TypeVar("T")

Order = Literal["asc", "desc"]

DEFAULT_PAGE = 20  # the reference's default, also meant by 0 and null
MAX_PAGE = 10_000  # stock clients ask for 9,999 threads at once


class Page(Wire, Generic[T]):
    """`after` is the id of the last record, there only when there is more."""

    data: list[T]
    has_more: bool
    after: str | None = None


class PageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Records in `order` of creation, positioned after (or before) the record with that id, at most `limit`."""

    limit: int = DEFAULT_PAGE
    order: Order = "desc"
    after: str | None = None
    before: str | None = None


def page_query(limit: int | None, order: Order | None, after: str | None) -> PageQuery:
    """A query from a chat request's loose parameters: 0 and null mean the default."""
    return PageQuery(limit=min(limit or DEFAULT_PAGE, MAX_PAGE), order=order or "desc", after=after or None)
