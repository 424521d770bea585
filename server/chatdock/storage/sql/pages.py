"""Pages: from a query and its cursors to a window of rows, and back to a page.

`after` and `before` are positions in the requested order. With `before` alone the page holds the records nearest to that
cursor, still in the requested order; `has_more` looks in the direction of travel.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from chatdock.storage.sql.road import FOREVER, NEVER, Ask, Plan, Rows
from chatdock.storage.sql.rows import missing
from chatdock.types.page import Order, PageQuery

T = TypeVar("T")

Place = tuple[int, str]  # an instant or a position, and the id that breaks ties

_FIRST: Place = (NEVER, "")
_LAST: Place = (FOREVER, "")


class Window(NamedTuple):
    """What to select: rows strictly between two places, walked in `order`; one more than the page holds."""

    low: Place
    high: Place
    order: Order
    limit: int
    is_reversed: bool

    def values(self) -> dict[str, Any]:
        """For the statement's parameters."""
        return {
            "low": self.low[0],
            "low_id": self.low[1],
            "high": self.high[0],
            "high_id": self.high[1],
            "limit": self.limit + 1,
        }

    def cut(self, rows: Sequence[T]) -> tuple[list[T], bool]:
        """The page's own rows in the requested order, and whether there are more behind them."""
        page = list(rows[: self.limit])
        if self.is_reversed:
            page.reverse()
        return page, len(rows) > self.limit


def window(query: PageQuery, place: str, values: Mapping[str, Any], noun: str) -> Plan[Window]:
    """Looks the cursors up with the statement `place`. Raises: NotFound."""
    if query.after is None and query.before is None:  # the first page, which is asked for most
        return Window(_FIRST, _LAST, query.order, query.limit, False)
    after = yield from _find(query.after, place, values, noun)
    before = yield from _find(query.before, place, values, noun)
    ascending = query.order == "asc"
    low, high = (after, before) if ascending else (before, after)
    backwards = before is not None and after is None
    return Window(
        low=low or _FIRST,
        high=high or _LAST,
        order="asc" if ascending is not backwards else "desc",
        limit=query.limit,
        is_reversed=backwards,
    )


def _find(cursor: str | None, place: str, values: Mapping[str, Any], noun: str) -> Generator[Ask, Rows, Place | None]:
    if cursor is None:
        return None
    rows = yield place, {**values, noun: cursor}
    if not rows:
        raise missing(noun, cursor)
    return rows[0][0], rows[0][1]
