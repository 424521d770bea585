"""What is committed is told: the user's other tabs and devices hear of it, whoever changed it and where."""

from collections.abc import Iterator

from chatdock.feed.base import Feed, address_of
from chatdock.storage.base import Changes, Deleted
from chatdock.types.actor import Scope
from chatdock.types.happening import Happening
from chatdock.types.run import RUNNING
from chatdock.types.thread import Mark


class Teller:
    """For `Store.listen`."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def __call__(self, owner: Scope, what: Changes | Deleted) -> None:
        """Tells what a commit did in a thread of that owner."""
        address = None
        for happening in happenings(what):
            address = address or address_of(owner.project, owner.user or "", owner.workflow or "")
            self._feed.tell(address, happening)


def happenings(what: Changes | Deleted) -> Iterator[Happening]:
    """What a user's other tabs need to know of a commit; most commits of a run say nothing to them."""
    thread_id = what.thread_id
    if isinstance(what, Deleted):
        yield Happening(type="thread.deleted", thread_id=thread_id)
        return
    if what.create_thread is not None:
        yield Happening(type="thread.created", thread_id=thread_id)
    elif what.save_thread is not None and what.save_fields & {"title", "status"}:
        yield Happening(type="thread.updated", thread_id=thread_id)
    if what.mark is not None:
        only_read = what.mark == Mark(read_through=what.mark.read_through)
        yield Happening(type="thread.read" if only_read else "thread.updated", thread_id=thread_id)
    if what.read_branch is not None or what.is_push:
        yield Happening(type="thread.items_changed", thread_id=thread_id)
    if what.start_run is not None:
        run = what.start_run
        yield Happening(type="run.started", thread_id=thread_id, run_id=run.id, status=run.status)
    if what.save_run is not None and what.save_run.status not in RUNNING:
        run = what.save_run
        yield Happening(type="run.ended", thread_id=thread_id, run_id=run.id, status=run.status)
    elif what.save_run is not None and what.save_run.last_seq == 0:  # its turn came
        run = what.save_run
        yield Happening(type="run.started", thread_id=thread_id, run_id=run.id, status=run.status)
    for kind in sorted({thumb.kind for thumb in what.put_feedback}):
        ids = [thumb.item_id for thumb in what.put_feedback if thumb.kind == kind]
        yield Happening(type="feedback.created", thread_id=thread_id, item_ids=ids, kind=kind)
