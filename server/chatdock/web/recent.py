"""What a session shows of a user's threads where its history is limited to the newest few."""

from collections.abc import Sequence
from typing import TypeVar

from chatdock.errors import BadRequest
from chatdock.types.page import Page, PageQuery
from chatdock.types.thread import Thread

T = TypeVar("T")


def cut(records: Sequence[tuple[Thread, T]], query: PageQuery, param: str) -> Page[T]:
    """A page of these few, given newest first. Raises: BadRequest naming the parameter, if `after` is none of them."""
    ordered = list(records) if query.order == "desc" else list(records)[::-1]
    if query.after is not None:
        ids = [thread.id for thread, _ in ordered]
        if query.after not in ids:
            raise BadRequest("There is no such thread to continue after.", param=param)
        ordered = ordered[ids.index(query.after) + 1 :]
    shown = ordered[: query.limit]
    has_more = len(ordered) > len(shown)
    return Page(
        data=[record for _, record in shown],
        has_more=has_more,
        after=shown[-1][0].id if has_more and shown else None,
    )
