"""The tree of a thread's items, as plans within a commit.

Rules: among siblings one at most is chosen; the active branch is the walk from the root along chosen items, and nothing else
is active. A child's position is behind its parent's, so the active branch in order of position is the branch in its order,
and a page of it is a range of the index `items_read`, however many other branches there are.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from chatdock.storage.base import Fork
from chatdock.storage.sql.road import NEVER, Plan
from chatdock.storage.sql.rows import missing, within
from chatdock.types.actor import Scope

ROOT = ""  # the parent of a thread's first items
MOST_ASIDE = 1_000  # versions that are not read, of one thread: the answer about forks stays a page


class Node(NamedTuple):
    """A row of `branch.path`."""

    id: str
    parent_id: str
    position: int
    chosen: bool
    active: bool


def activate(thread_id: str, item_id: str) -> Plan[Node]:
    """The active branch goes through the item, and on along what was chosen below it. Raises: NotFound."""
    rows = yield "branch.path", {"thread": thread_id, "item": item_id}
    if not rows:
        raise missing("item", item_id)
    path = [Node(*row) for row in rows]
    end = path[-1]
    if path[0].active:
        return path[0]
    yield "branch.retire", {"thread": thread_id, "low": end.position if end.active else NEVER}
    for node in path:
        if not node.chosen:
            yield "branch.unchoose", {"thread": thread_id, "parent": node.parent_id}
            yield "branch.choose", {"thread": thread_id, "item": node.id}
    yield "branch.wake", {"thread": thread_id, "parent": end.id if end.active else ROOT}
    return path[0]


def fork_after(thread_id: str, item_id: str) -> Plan[None]:
    """What followed the item is kept as a branch; what is put next follows the item. Raises: NotFound."""
    node = yield from activate(thread_id, item_id)
    yield from _fork(thread_id, node.id, node.position)


def fork_before(thread_id: str, item_id: str) -> Plan[None]:
    """What is put next becomes another version of the item, which is kept as a branch. Raises: NotFound."""
    node = yield from activate(thread_id, item_id)
    yield from _fork(thread_id, node.parent_id, node.position - 1)


def _fork(thread_id: str, parent_id: str, position: int) -> Plan[None]:
    yield "branch.retire", {"thread": thread_id, "low": position}
    yield "branch.unchoose", {"thread": thread_id, "parent": parent_id}


def cut_after(thread_id: str, item_id: str) -> Plan[None]:
    """What follows the item goes, with everything that hangs on it; versions beside it stay. Raises: NotFound."""
    yield from activate(thread_id, item_id)
    yield "branch.cut", {"thread": thread_id, "parent": item_id}


def remove(thread_id: str, item_id: str) -> Plan[None]:
    """Takes one item out; what followed it follows its parent."""
    rows = yield "branch.path", {"thread": thread_id, "item": item_id}
    if not rows:
        return
    node = Node(*rows[0])
    yield "item.remove", {"thread": thread_id, "item": item_id}
    # Two chosen siblings there must not be: what hung on a version that is not chosen joins those that are not.
    adopt = "branch.adopt" if node.chosen else "branch.set_aside"
    yield adopt, {"thread": thread_id, "item": item_id, "parent": node.parent_id}


def settle(thread_id: str) -> Plan[None]:
    """A fork at which nothing new was put goes back to its newest version."""
    leaf = yield "branch.leaf", {"thread": thread_id}
    parent_id = leaf[0][0] if leaf else ROOT
    newest = yield "branch.newest", {"thread": thread_id, "parent": parent_id}
    if newest:
        yield "branch.choose", {"thread": thread_id, "item": newest[0][0]}
        yield "branch.wake", {"thread": thread_id, "parent": parent_id}


def forks(scope: Scope, thread_id: str) -> Plan[list[Fork]]:
    """Where the active branch has versions beside it, in its order."""
    rows = yield "branch.forks", within(scope, thread=thread_id, limit=MOST_ASIDE)
    by_taken: dict[str, list[Sequence[Any]]] = {}
    for row in rows:
        by_taken.setdefault(row[2], []).append(row)
    found = []
    for taken_id, others in sorted(by_taken.items(), key=lambda each: each[1][0][3]):
        position, shown_id = others[0][3], others[0][4]
        if shown_id is None:
            continue  # nothing of this version is there to see yet
        versions = sorted([(position, taken_id), *((row[1], row[0]) for row in others)])
        found.append(Fork(item_id=shown_id, version=taken_id, versions=[each[1] for each in versions]))
    return found
