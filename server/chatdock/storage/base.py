"""The seam for what is true: sessions, keys, threads, items, runs and files.

Rules: a row is only reachable through its owner (`scoped` first); a miss and a forbidden row look alike: `NotFound`.
Every write of a turn is one `Changes`, committed whole or not at all.
A store that cannot be reached raises `Unavailable`.
What takes an `audit` entry writes it in the same transaction, and only if it changed something.

What is written outlives the death of the process as soon as the call returns. It also outlives a power failure, being
synced to the disk, unless the loss of the newest few would cost no more than an attempt: new sessions (their users mint
others), partial items (the next checkpoint brings more) and their unfinished marks. A durable write takes everything
along that was written before it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from chatdock.outbox.base import Webhooks
from chatdock.storage.sharing import Shared, Shares
from chatdock.types.actor import Scope
from chatdock.types.attachment import StoredFile
from chatdock.types.audit import AuditEntry
from chatdock.types.item import Item
from chatdock.types.key import ServerKey
from chatdock.types.lease import Effect, Held, Hold, NewLease, Unqueued
from chatdock.types.page import Page, PageQuery
from chatdock.types.run import Run, RunStatus
from chatdock.types.search import Hit
from chatdock.types.session import Session
from chatdock.types.thread import Mark, MarkedThread, Shelf, Thread
from chatdock.types.webhook import Delivery


class AlreadyStarted(Exception):
    """The user already sent this `client_message_id`: here is its run."""

    def __init__(self, run: Run) -> None:
        super().__init__(run.id)
        self.run = run


class Feedback(msgspec.Struct, frozen=True):
    """A thumb on one item; the latest of a user wins."""

    item_id: str
    kind: Literal["positive", "negative"]


MAX_QUEUED = 20  # runs of a thread; somebody who sends more does not wait for answers


class Fork(msgspec.Struct, frozen=True, kw_only=True):
    """A place where a thread goes on in several ways.

    `versions` are ids of items, oldest first, of which `version` is read; `item_id` is the first visible item from there on.
    """

    item_id: str
    version: str
    versions: list[str]


ThreadField = Literal["title", "status", "allowed_image_domains", "metadata"]
ALL_THREAD_FIELDS: frozenset[ThreadField] = frozenset({"title", "status", "allowed_image_domains", "metadata"})


class Changes(msgspec.Struct, kw_only=True):
    """What one commit does, in this order, within one thread.

    - `create_thread` inserts it; `save_thread` writes those of its fields that `save_fields` names (`NotFound` if it is
      gone), so that a run and a rename do not undo each other.
    - `require_open`: the thread is neither locked nor closed (`ThreadClosed`). `require_pending`: the item with that id
      waits for its answer (`BadRequest`); two answers at once are one.
    - `hold`: the run is running, in that epoch, and its lease is renewed; otherwise another process owns it now, or it has
      ended (`Fenced`).
    - `settle_waiting` moves the thread's runs in `requires_action` to that status, `completed_at` = now.
    - `start_run` inserts a run, in epoch 1, with a lease as `start_as` says. The same user and `client_message_id` before:
      `AlreadyStarted`. Another run of the thread in a state of `run.RUNNING`: `ThreadBusy`, but that one which
      `goes_first`, because it answers what a run waits for, passes those that are queued, and a run that is itself
      `queued` waits behind up to `MAX_QUEUED`. Either way nothing of this commit is written.
    - `require_idle`: no run is at work on the thread (`ThreadBusy`).
    - `remove_after` deletes what follows the item with that id on the branch that is read, and what hangs on it;
      `remove_items` deletes by id, and what followed follows the item in front.
    - `fork_after` and `fork_before` begin a new branch behind, or in place of, the item with that id: what was read from
      there on is kept as another version. `read_branch` makes the branch that is read go through that item.
      `settle_branch`: where a branch was begun and nothing was put on it, its newest version is read again.
    - `queue_items` inserts items that stand behind everything else, and are not among the latest, until `Runs.take_up`.
    - `put_items` inserts at the end of the branch that is read, or replaces in place where the id exists in this thread.
      `partial_items` does the same and marks them unfinished, until `put_items` brings their final state; a commit of
      nothing else need not be durable.
    - `attach_files` binds uploaded files to the thread; a file that is unknown, foreign, not yet uploaded or bound to
      another thread: `NotFound`, and nothing is written.
    - `save_run` writes status, last_seq, started_at, completed_at, error and usage, but never leaves a terminal status.
    - `mark` changes the user's marks; an item he has read through that is not there: `NotFound`. A commit that ends a run,
      unless it was cancelled, or pushes items makes the thread unread from what was read before. A mark of what was read
      alone need not be durable.
    - `is_push`: the items come from outside of a run; says nothing to the store.
    - `put_feedback` upserts; ids that are not in the thread are `NotFound`.
    """

    thread_id: str
    create_thread: Thread | None = None
    save_thread: Thread | None = None
    save_fields: frozenset[ThreadField] = ALL_THREAD_FIELDS
    require_open: bool = False
    require_pending: str | None = None
    settle_waiting: RunStatus | None = None
    start_run: Run | None = None
    require_idle: bool = False
    goes_first: bool = False
    queue_items: Sequence[Item] = ()
    remove_after: str | None = None
    fork_after: str | None = None
    fork_before: str | None = None
    read_branch: str | None = None
    settle_branch: bool = False
    remove_items: Sequence[str] = ()
    put_items: Sequence[Item] = ()
    partial_items: Sequence[Item] = ()
    attach_files: Sequence[str] = ()
    save_run: Run | None = None
    hold: Hold | None = None
    start_as: NewLease | None = None
    put_feedback: Sequence[Feedback] = ()
    mark: Mark | None = None
    is_push: bool = False


class Deleted(msgspec.Struct, frozen=True):
    """What went with a thread, for the owner of the blobs and tapes.

    The blobs stay on the store's list of doomed ones until `Retention.blobs_gone` says that their bytes are gone.
    """

    thread_id: str
    owner: Scope
    blob_ids: tuple[str, ...]
    run_ids: tuple[str, ...]


Outbox = Callable[[Scope, Changes], Sequence[Delivery]]  # what is to be told outside of a commit; may be asked twice
Listener = Callable[[Scope, Changes | Deleted], None]  # with the whole scope of the thread's owner; it must not block


class Threads(Protocol):
    """The threads of a scope."""

    async def get(self, thread_id: str) -> Thread:
        """Raises: NotFound."""

    async def page(self, query: PageQuery) -> Page[Thread]:
        """Ordered by creation. An unknown or foreign cursor raises NotFound."""

    async def marked(self, thread_id: str) -> MarkedThread:
        """Raises: NotFound."""

    async def shelf(self, shelf: Shelf, query: PageQuery) -> Page[MarkedThread]:
        """Like `page`, of those on the shelf. The scope must name a user and a workflow."""

    async def delete(self, thread_id: str, audit: AuditEntry | None = None) -> Deleted:
        """Removes the thread with its items, runs, feedback and files, in one transaction. Raises: NotFound."""


class Items(Protocol):
    """The items of a scope's threads. Pages and `latest` read along the active branch."""

    async def get(self, thread_id: str, item_id: str) -> Item:
        """Hidden ones and those of other branches included. Raises: NotFound."""

    async def forks(self, thread_id: str) -> list[Fork]:
        """Where the active branch has other versions, in its order. Raises: NotFound."""

    async def page(self, thread_id: str, query: PageQuery) -> Page[msgspec.Raw]:
        """Visible items only, as the JSON they were stored as (the wire form), without decoding them.

        Constant time whatever the size of the table and the number of branches. Raises: NotFound (thread or cursor).
        """

    async def latest(self, thread_id: str, limit: int) -> list[Item]:
        """The newest `limit` items, hidden ones included, oldest first. Raises: NotFound."""


class Runs(Protocol):
    """The runs of a scope."""

    async def take_up(self, thread_id: str, expires_at: datetime, owner: str | None = None) -> Unqueued | None:
        """Moves the thread's oldest queued run to `in_progress`, started now, its message behind what was said so far.
        It is the owner's then, in a new epoch.

        None if nothing is queued, or a run is at work or waits for the user. Two callers at once: one gets it.
        Raises: NotFound.
        """

    async def withdraw(self, run_id: str) -> Unqueued | None:
        """Cancels a run that is queued, in a new epoch, and removes its message; None if it is not. Raises: NotFound."""

    async def get(self, run_id: str) -> Run:
        """Raises: NotFound."""

    async def page(self, thread_id: str, statuses: Sequence[RunStatus] | None, query: PageQuery) -> Page[Run]:
        """Runs of a thread, all or those in these states. Raises: NotFound (thread or cursor)."""

    async def by_client_message(self, client_message_id: str) -> Run | None:
        """The scope's user's run for that id, if there is one."""

    async def ask_cancel(self, run_id: str) -> None:
        """Marks a running run `cancelling`; its owner sees that within a second. Does nothing to any other run."""


class Files(Protocol):
    """The files of a scope."""

    async def add(self, file: StoredFile) -> None:
        """A new row, bound to nothing yet."""

    async def get(self, file_id: str) -> StoredFile:
        """Raises: NotFound."""

    async def save(self, file: StoredFile) -> None:
        """Writes blob ids (no longer doomed; those they replace are), size, mime type and kind. Raises: NotFound."""

    async def delete(self, file_id: str, audit: AuditEntry | None = None) -> StoredFile:
        """Removes the row and returns it. Raises: NotFound; BadRequest if a message carries it."""

    async def unattached_count(self, session_id: str) -> int:
        """How many files this session has uploaded or announced without sending them."""


class Search(Protocol):
    """What a user's threads say. Titles and visible messages of the branches that are read, as they read now."""

    async def find(self, question: str, *, limit: int, below: int | None = None) -> list[Hit]:
        """The newest `limit` that hold every word of the question, or one that begins with it; newest first.

        `below` is the last hit's `place`, to go on behind it. The scope must name a user and a workflow.
        """


class Scoped(Protocol):
    """Everything one scope may reach. Every query carries its project, and its user and workflow where it has them."""

    threads: Threads
    items: Items
    runs: Runs
    files: Files
    search: Search
    shares: Shares

    async def commit(self, changes: Changes) -> None:
        """All of it or nothing; durable on return, unless it brings partial items alone.

        The scope must name a user and a workflow where the changes create a thread or start a run.
        Raises: NotFound (the thread is not in this scope), ThreadBusy, AlreadyStarted, Fenced; Unprocessable when the user spent
        this client_message_id in another workflow, whose run this scope may not see.
        """


class Sessions(Protocol):
    """Sessions by id. A session row is the authority over the secret that names it."""

    async def add(self, session: Session, audit: AuditEntry | None = None) -> None:
        """Readable on return, by every process; not yet durable. Of the entry, a `minting`, only actor and request are kept."""

    async def get(self, session_id: str) -> Session:
        """For a verified client secret only, which names project and user itself. Raises: NotFound."""

    async def cancel(self, project: str, session_id: str, audit: AuditEntry | None = None) -> Session:
        """Idempotent and durable. Raises: NotFound (unknown or another project's)."""

    async def cancelled(self, session_ids: Sequence[str]) -> list[str]:
        """Which of these are cancelled or gone: one query for a process's open streams."""


class Keys(Protocol):
    """Server keys of every project; for the verifier and the command line."""

    async def add(self, key: ServerKey, audit: AuditEntry | None = None) -> None:
        """Durable on return."""

    async def get(self, key_id: str) -> ServerKey:
        """Raises: NotFound."""

    async def list(self) -> list[ServerKey]:
        """Every key, oldest first."""

    async def save(self, key: ServerKey, audit: AuditEntry | None = None) -> None:
        """Writes expires_at and revoked_at. Raises: NotFound."""

    async def note_use(self, key_id: str, at: datetime, unless_since: datetime) -> None:
        """Writes last_used_at alone, unless one after `unless_since` is there; not durable at once. An unknown key is fine."""


class Audit(Protocol):
    """Audit entries of every project; for the command line and for what has no row of its own."""

    async def add(self, entry: AuditEntry) -> None:
        """Durable on return."""

    async def latest(
        self, limit: int, *, project: str | None = None, subject: str | None = None, before_id: str | None = None
    ) -> list[AuditEntry]:
        """The newest, newest first: of one project, about one subject, older than that entry, where asked for."""


class Claimable(msgspec.Struct, frozen=True, kw_only=True):
    """A run at work as somebody sees it who may take it over.

    `is_orphan`: its owner has not been heard of for a lease, or its time is up (`is_over`). Without an `owner` it was left
    for others: nothing of it is lost. `attempts` counts how often it was begun, `shown` whether anything was answered.
    """

    scope: Scope
    run: Run
    owner: str | None
    epoch: int
    attempts: int
    shown: bool
    job: str | None
    is_orphan: bool
    is_over: bool


class Leases(Protocol):
    """Who is at work on which run, in every project; time is the database's."""

    async def beat(self, owner: str, run_ids: Sequence[str]) -> None:
        """Renews the leases of those runs that are still this owner's."""

    async def held(self, owner: str) -> dict[str, Held]:
        """Every running run of this owner's."""

    async def orphans(self, limit: int) -> list[Claimable]:
        """Runs at work that nobody looks after."""

    async def stalled(self, limit: int) -> list[tuple[Scope, str]]:
        """Threads in which a run is queued and none is at work: somebody has to take it up, unless it waits for the user."""

    async def find(self, run_id: str) -> Claimable | None:
        """That run, if it is at work, whoever owns it."""

    async def take(self, run: Claimable, owner: str, *, attempts: int = 0, by_force: bool = False) -> int | None:
        """Makes the owner of an orphan, or of a run without an owner, and adds to its attempts; returns the new epoch.

        None: somebody else was faster, the old owner is back, or the run has ended. `by_force` takes it in any case.
        """

    async def line_up(self, run_id: str) -> int | None:
        """A new epoch of a run that is queued, for whoever keeps its tape until its turn; None if it is not queued."""

    async def release(self, hold: Hold) -> None:
        """Leaves a run for others."""

    async def begin_effect(self, hold: Hold, effect: Effect) -> None:
        """Durable on return, before the effect; one that is on record stays as it is. Raises: Fenced."""

    async def end_effect(self, run_id: str, key: str) -> None:
        """The effect is over."""

    async def effects(self, run_id: str) -> list[Effect]:
        """Everything the run's tools began, in that order."""


class Upkeep(Protocol):
    """What the server does for nobody in particular."""

    async def running_runs(self) -> list[tuple[Scope, Run]]:
        """Every run in a state of `run.RUNNING`, with its owner's scope: what a crash may have left behind."""

    async def finish_partial_items(self, thread_id: str) -> None:
        """Clears the unfinished mark of a thread's items."""

    async def index_threads(self, limit: int) -> int:
        """Indexes threads of before there was a search, or that a crash left; returns how many were left to do, at most `limit`."""

    async def stale_files(self, before: datetime, limit: int) -> list[tuple[Scope, StoredFile]]:
        """Files never attached and created before that instant."""

    async def secrets(self, name: str, fresh: bytes) -> bytes:
        """The value kept under that name; stores `fresh` if there is none. For keys made in development."""


class Old(msgspec.Struct, frozen=True):
    """A page of threads that have been idle, each under its owner's scope, and where the next page begins."""

    threads: list[tuple[Scope, str]]
    next: tuple[datetime, str] | None


class Retention(Protocol):
    """What may not be kept any longer: found in pages, removed in transactions that are over in a moment."""

    async def lease(self, name: str, owner: str, seconds: float) -> bool:
        """Whether this owner has the name for so long from now, by the database's clock. Its own it may renew."""

    async def places(self) -> list[tuple[str, str]]:
        """Project and workflow, wherever there are threads."""

    async def idle_threads(
        self, project: str, workflow: str, before: datetime, after: tuple[datetime, str] | None, limit: int
    ) -> Old:
        """Threads that were created and last added to before that instant, from a walk over `limit` of those created then."""

    async def remove_thread(
        self, scope: Scope, thread_id: str, idle_since: datetime | None, limit: int
    ) -> Deleted | None:
        """A thread with everything in it; of one with more items than `limit` only the oldest ones, and None: ask again.

        With `idle_since` it must still have been idle since then and have no run at work. Raises: NotFound, if it is gone
        or was used meanwhile.
        """

    async def old_files(
        self, project: str, workflow: str, before: datetime, limit: int
    ) -> list[tuple[Scope, StoredFile]]:
        """Files that messages carry, created before that instant, oldest first."""

    async def remove_file(self, scope: Scope, file_id: str) -> StoredFile:
        """Whether a message carries it or not. Raises: NotFound."""

    async def remove_expired_sessions(self, before: datetime, limit: int) -> int:
        """Up to `limit` sessions that expired before that instant; returns how many."""

    async def remove_audit(self, before: datetime, limit: int) -> int:
        """Up to `limit` audit entries from before that instant; returns how many."""

    async def doom(self, blob_ids: Sequence[str]) -> None:
        """Puts blobs on the list of doomed ones before their bytes are stored; `Files.save` takes them off it."""

    async def doomed_blobs(self, before: datetime, limit: int) -> list[str]:
        """Blobs, of ids made before that instant, whose rows are gone or never came."""

    async def blobs_gone(self, blob_ids: Sequence[str]) -> None:
        """Their bytes are gone as well."""

    async def scrub(self) -> None:
        """Leaves no removed content in files of the database's own, as far as it is ours to say. Safe at any time."""


class Records(Protocol):
    """Everything of one user, for whoever asks for it or wants it gone."""

    async def sessions(self, project: str, user: str) -> list[Session]:
        """All that are kept."""

    async def remove_sessions(self, session_ids: Sequence[str]) -> None:
        """The rows; their secrets are void."""

    async def items(self, scope: Scope, thread_id: str, after: int, limit: int) -> list[tuple[int, msgspec.Raw]]:
        """Hidden ones included, oldest first, each with its place, behind which the next page begins (the first at 0)."""

    async def feedback(self, scope: Scope, thread_id: str) -> list[Feedback]:
        """The thumbs of a thread."""

    async def files(self, project: str, user: str) -> list[tuple[Scope, StoredFile]]:
        """All of them, whether a message carries them or not."""


class Store(Protocol):
    """The whole."""

    sessions: Sessions
    keys: Keys
    audit: Audit
    retention: Retention
    records: Records
    upkeep: Upkeep
    leases: Leases
    shared: Shared
    webhooks: Webhooks

    async def open(self) -> None:
        """Connects; the schema must be there (`migrate`). Raises: ConfigurationError, Unavailable."""

    async def close(self) -> None:
        """Ends every connection; commits in flight finish first."""

    async def ping(self) -> None:
        """Raises: Unavailable."""

    def scoped(self, scope: Scope) -> Scoped:
        """The only road to a thread, an item, a run or a file."""

    def listen(self, told: Listener) -> None:
        """From now on `told` is called after every commit in a thread, and after a deletion, made through this object."""

    def deliver(self, outbox: Outbox) -> None:
        """From now on every commit made through this object also stores what `outbox` says."""

    async def migrate(self) -> None:
        """Brings the schema to the newest revision; idempotent."""
