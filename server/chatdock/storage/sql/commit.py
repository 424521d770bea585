"""One commit: every write of a turn within one thread, in the order `storage.base.Changes` states.

The thread's row is locked first, so commits on one thread follow each other and positions stay dense.
"""

from collections.abc import Sequence

import msgspec

from chatdock import clock
from chatdock.clock import to_micros
from chatdock.errors import BadRequest, ChatdockError, Fenced, ThreadBusy, ThreadClosed, Unprocessable
from chatdock.storage.base import MAX_QUEUED, AlreadyStarted, Changes, Feedback, Outbox
from chatdock.storage.sql import branches
from chatdock.storage.sql.files import lock_file
from chatdock.storage.sql.leases import columns_of_lease, hold_run
from chatdock.storage.sql.road import Plan
from chatdock.storage.sql.rows import missing, to_text, within
from chatdock.storage.sql.runs import columns_of, progress_of, to_run
from chatdock.storage.sql.search import index_items, index_title
from chatdock.storage.sql.threads import mark
from chatdock.storage.sql.webhooks import put_deliveries
from chatdock.types.actor import Scope
from chatdock.types.item import Item, is_hidden
from chatdock.types.lease import Hold, NewLease
from chatdock.types.run import RUNNING, Run, RunStatus
from chatdock.types.thread import Mark, Thread, closed_reason
from chatdock.types.wire import decode


class _Waiting(msgspec.Struct):
    """The part of a call or a form that says whether it is answered."""

    status: str


Owner = tuple[str, str, str]  # project, user, workflow

START_ATTEMPTS = 3  # a conflicting run may vanish between two looks, hardly three times running


def commit(scope: Scope, changes: Changes, outbox: Outbox | None = None) -> Plan[Owner]:
    """All of it or nothing; says whose thread it was. Raises: NotFound, ThreadBusy, AlreadyStarted, Unprocessable."""
    thread_id = changes.thread_id
    if changes.create_thread is not None:
        owner = yield from _create_thread(scope, changes.create_thread)
    else:
        owner = yield from _lock_thread(scope, changes)
    if changes.hold is not None and changes.save_run is None:
        yield from hold_run(changes.hold)
    if changes.require_pending is not None:
        yield from _require_pending(scope, thread_id, changes.require_pending)
    if changes.settle_waiting is not None:
        yield from _settle_waiting(thread_id, changes.settle_waiting)
    if changes.start_run is not None:
        lease = changes.start_as or NewLease()
        yield from _start_run(scope, owner, changes.start_run, lease, goes_first=changes.goes_first)
    if changes.require_idle:
        yield from _require_idle(thread_id)
    yield from _turn(thread_id, changes)
    for item_id in changes.remove_items:
        yield from branches.remove(thread_id, item_id)
    if changes.queue_items:
        yield from _put_items("item.queue", thread_id, owner, changes.queue_items, partial=False)
        yield from index_items(thread_id, owner, changes.queue_items)
    if changes.put_items:
        yield from _put_items("item.put", thread_id, owner, changes.put_items, partial=False)
        yield from index_items(thread_id, owner, changes.put_items)
    if changes.partial_items:
        yield from _put_items("item.put", thread_id, owner, changes.partial_items, partial=True)
    if changes.attach_files:
        yield from _attach_files(thread_id, owner, changes.attach_files)
    if changes.settle_branch:
        yield from branches.settle(thread_id)
    if changes.save_run is not None:
        yield from _save_run(thread_id, changes.save_run, changes.hold)
    if is_answered(changes):
        yield "thread.answered", {"thread": thread_id}
    if changes.mark is not None:
        yield from mark(scope, thread_id, changes.mark)
    if changes.put_feedback:
        yield from _put_feedback(thread_id, owner, changes.put_feedback)
    if outbox is not None:
        project, user, workflow = owner
        yield from put_deliveries(outbox(Scope(project=project, user=user, workflow=workflow), changes))
    return owner


def is_durable(changes: Changes) -> bool:
    """Whether the commit must outlive a power failure: not if all it brings is unfinished items, or what was read."""
    if changes.mark is not None:
        read = Mark(read_through=changes.mark.read_through)
        return changes != Changes(thread_id=changes.thread_id, mark=read)
    if not changes.partial_items:
        return True
    rest = msgspec.structs.replace(changes, partial_items=(), hold=None)
    return rest != Changes(thread_id=changes.thread_id)


def is_answered(changes: Changes) -> bool:
    """Whether there is something new for the user to read."""
    run = changes.save_run
    return changes.is_push or (run is not None and run.status not in (*RUNNING, "cancelled"))


def _create_thread(scope: Scope, thread: Thread) -> Plan[Owner]:
    if scope.user is None or scope.workflow is None:
        raise ValueError("a thread is created in the scope of a user and a workflow")
    owner = (scope.project, scope.user, scope.workflow)
    yield (
        "thread.add",
        {
            "id": thread.id,
            "project": owner[0],
            "user_id": owner[1],
            "workflow_id": owner[2],
            "created_at": to_micros(thread.created_at),
            "data": to_text(thread),
        },
    )
    if thread.title:
        yield from index_title(thread.id, owner, thread.title)
    return owner


def _lock_thread(scope: Scope, changes: Changes) -> Plan[Owner]:
    thread_id, saved = changes.thread_id, changes.save_thread
    rows = yield "thread.lock", within(scope, thread=thread_id)
    if not rows:
        raise missing("thread", thread_id)
    project, user, workflow, data = rows[0]
    if changes.require_open and (reason := closed_reason(decode(data, Thread))) is not None:
        raise ThreadClosed(reason, param="params.thread_id")
    if saved is not None:
        fields = {field: getattr(saved, field) for field in changes.save_fields}
        yield (
            "thread.save",
            {"thread": thread_id, "data": to_text(msgspec.structs.replace(decode(data, Thread), **fields))},
        )
        if "title" in fields:
            yield from index_title(thread_id, (project, user, workflow), saved.title)
    return project, user, workflow


def _require_pending(scope: Scope, thread_id: str, item_id: str) -> Plan[None]:
    rows = yield "item.get", within(scope, thread=thread_id, item=item_id)
    if not rows:
        raise missing("item", item_id)
    if decode(rows[0][0], _Waiting).status != "pending":
        raise BadRequest("This was answered already.", param="params.item_id")


def _settle_waiting(thread_id: str, status: RunStatus) -> Plan[None]:
    yield "run.settle", {"thread": thread_id, "status": status, "completed_at": to_micros(clock.now())}


def _start_run(scope: Scope, owner: Owner, run: Run, lease: NewLease, *, goes_first: bool) -> Plan[None]:
    if scope.user is None or scope.workflow is None:
        raise ValueError("a run is started in the scope of a user and a workflow")
    project, user, workflow = owner
    if run.status == "queued" and len((yield "run.queue", {"thread": run.thread_id})) >= MAX_QUEUED:
        raise ThreadBusy(run.thread_id, run.id)
    how = "run.add" if goes_first or run.status == "queued" else "run.start"
    for _ in range(START_ATTEMPTS):
        if (yield how, columns_of(run, owner) | columns_of_lease(lease)):
            return
        if run.client_message_id is not None:
            sent = yield "run.sent", {"project": project, "user": user, "message": run.client_message_id}
            if sent:
                raise _already_started(to_run(sent[0]), workflow)
        running = yield "run.running", {"thread": run.thread_id}
        if running:
            raise ThreadBusy(run.thread_id, running[0][0])
    raise ChatdockError(f"The run {run.id} exists already.")


def _already_started(run: Run, workflow: str) -> Exception:
    """The id is the user's, but a run of another workflow is out of reach: then it only counts as used."""
    if run.workflow_id == workflow:
        return AlreadyStarted(run)
    return Unprocessable("This client_message_id was used for another message.", param="metadata.client_message_id")


def _require_idle(thread_id: str) -> Plan[None]:
    running = yield "run.running", {"thread": thread_id}
    if running:
        raise ThreadBusy(thread_id, running[0][0])


def _turn(thread_id: str, changes: Changes) -> Plan[None]:
    """Where the thread goes on."""
    if changes.read_branch is not None:
        yield from branches.activate(thread_id, changes.read_branch)
    if changes.remove_after is not None:
        yield from branches.cut_after(thread_id, changes.remove_after)
        yield "thread.rewind", {"thread": thread_id}
    if changes.fork_after is not None:
        yield from branches.fork_after(thread_id, changes.fork_after)
    if changes.fork_before is not None:
        yield from branches.fork_before(thread_id, changes.fork_before)


def _put_items(how: str, thread_id: str, owner: Owner, items: Sequence[Item], *, partial: bool) -> Plan[None]:
    project, user, workflow = owner
    for item in items:
        yield (
            how,
            {
                "thread": thread_id,
                "item": item.id,
                "project": project,
                "user": user,
                "workflow": workflow,
                "kind": item.__struct_config__.tag,
                "hidden": is_hidden(item),
                "partial": partial,
                "created_at": to_micros(item.created_at),
                "data": to_text(item),
            },
        )


def _attach_files(thread_id: str, owner: Owner, file_ids: Sequence[str]) -> Plan[None]:
    scope = Scope(project=owner[0], user=owner[1], workflow=owner[2])
    for file_id in sorted(set(file_ids)):  # one order for everybody: two commits never wait for each other
        file = yield from lock_file(scope, file_id)
        if file.blob_id is None or file.thread_id not in (None, thread_id):
            raise missing("file", file_id)
        yield "file.attach", {"file": file_id, "thread": thread_id}


def _save_run(thread_id: str, run: Run, hold: Hold | None) -> Plan[None]:
    which = "run.save.running" if run.status in RUNNING else "run.save.ended"
    epoch = None if hold is None else hold.epoch
    if (yield which, {"run": run.id, "thread": thread_id, "epoch": epoch, **progress_of(run)}):
        return
    found = yield "run.status", {"run": run.id, "thread": thread_id}
    if not found:
        raise missing("run", run.id)
    if epoch not in (None, found[0][1]):
        raise Fenced(run.id)


def _put_feedback(thread_id: str, owner: Owner, thumbs: Sequence[Feedback]) -> Plan[None]:
    project, user, workflow = owner
    for thumb in thumbs:
        put = yield (
            "feedback.put",
            {
                "thread": thread_id,
                "item": thumb.item_id,
                "project": project,
                "user": user,
                "workflow": workflow,
                "kind": thumb.kind,
                "created_at": to_micros(clock.now()),
            },
        )
        if not put:
            raise missing("item", thumb.item_id)
