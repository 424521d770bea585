"""The tables, once for SQLite and PostgreSQL.

Instants are microseconds since the epoch, UTC. Rows with an owner carry project, user_id and workflow_id. `data` is the
wire JSON of the whole record; columns beside it are what queries look for, and they win where both say something.
Only `statements`, the migrations and tests import this file: a serving process runs ready text and spares the import.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    and_,
    false,
    literal_column,
    or_,
    text,
    true,
)

from chatdock.types.run import ACTIVE, AT_WORK, RUNNING
from chatdock.types.thread import Shelf

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)

# Compared as exact bytes: SQLite's default, and on PostgreSQL the collation C, whatever the database was made with.
EXACT = Text().with_variant(Text(collation="C"), "postgresql")


def _owner() -> tuple[Column[str], Column[str], Column[str]]:
    return (
        Column("project", EXACT, nullable=False),
        Column("user_id", EXACT, nullable=False),
        Column("workflow_id", EXACT, nullable=False),
    )


def one_of(column: Column[str], words: tuple[str, ...]) -> ColumnElement[bool]:
    """A condition written out in the text, so that a planner sees that a partial index covers it.

    With OR, because SQLite builds a table for an IN list whenever it is asked.
    """
    return or_(*(column == literal_column(f"'{word}'") for word in words))


server_keys = Table(
    "server_keys",
    metadata,
    Column("id", EXACT, nullable=False),
    Column("project", EXACT, nullable=False),
    Column("name", EXACT, nullable=False),
    Column("digest", EXACT, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("last_used_at", BigInteger),
    Column("revoked_at", BigInteger),
    PrimaryKeyConstraint("id"),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", EXACT, nullable=False),
    Column("value", LargeBinary, nullable=False),
    PrimaryKeyConstraint("name"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", EXACT, nullable=False),
    Column("owner", EXACT, nullable=False),
    Column("expires_at", BigInteger, nullable=False),  # by the database's clock
    PrimaryKeyConstraint("name"),
)

doomed_blobs = Table(  # their rows are gone and their bytes perhaps not yet, or the other way round
    "doomed_blobs",
    metadata,
    Column("id", EXACT, nullable=False),
    PrimaryKeyConstraint("id"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", EXACT, nullable=False),  # sorts by time: the newest are read and the oldest removed along it
    Column("project", EXACT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("actor", EXACT, nullable=False),
    Column("action", EXACT, nullable=False),
    Column("subject", EXACT, nullable=False),
    Column("request_id", EXACT),
    PrimaryKeyConstraint("id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", EXACT, nullable=False),
    *_owner(),
    Column("status", EXACT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
    # The audit entry of its minting, for as long as the row is here: an actor and a request. A table of its own for most
    # entries would cost as much again as the session. With the row they move to `audit`.
    Column("minted_by", EXACT),
    Column("minted_in", EXACT),
    PrimaryKeyConstraint("id"),
)

threads = Table(
    "threads",
    metadata,
    Column("id", EXACT, nullable=False),
    *_owner(),
    Column("created_at", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
    # The owner's marks. `answered` and `seen` are positions of items: as far as others spoke, and as far as he has read.
    Column("pinned_at", BigInteger),
    Column("archived_at", BigInteger),
    Column("answered", BigInteger, nullable=False, server_default="0"),
    Column("seen", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("id"),
    # One index for each way to ask: by project, by user, by workflow, by user and workflow; each ends in the page's order.
    Index("threads_by_project", "project", "created_at", "id"),
    Index("threads_by_user", "project", "user_id", "created_at", "id"),
    Index("threads_by_workflow", "project", "workflow_id", "created_at", "id"),
    Index("threads_by_user_and_workflow", "project", "user_id", "workflow_id", "created_at", "id"),
)

UNREAD = and_(threads.c.archived_at.is_(None), threads.c.answered > threads.c.seen)
SHELVES: dict[Shelf, ColumnElement[bool]] = {
    "listed": threads.c.archived_at.is_(None),
    "pinned": and_(threads.c.archived_at.is_(None), threads.c.pinned_at.is_not(None)),
    "archived": threads.c.archived_at.is_not(None),
    "unread": UNREAD,
}
for shelf, on_it in SHELVES.items():
    Index(
        f"threads_{shelf}",
        threads.c.project,
        threads.c.user_id,
        threads.c.workflow_id,
        threads.c.created_at,
        threads.c.id,
        sqlite_where=on_it,
        postgresql_where=on_it,
    )

items = Table(
    "items",
    metadata,
    Column("thread_id", EXACT, ForeignKey("threads.id", ondelete="CASCADE"), nullable=False),
    Column("id", EXACT, nullable=False),
    *_owner(),
    Column("position", BigInteger, nullable=False),
    Column("kind", EXACT, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("partial", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
    # The tree. The parent is '' for a thread's first items; a child's position is behind its parent's. `chosen`: the one
    # among its siblings that a walk from the root takes; `active`: it lies on that walk, the branch everybody reads.
    Column("parent_id", EXACT, nullable=False, server_default=text("''")),
    Column("chosen", Boolean, nullable=False, server_default=true()),
    Column("active", Boolean, nullable=False, server_default=true()),
    PrimaryKeyConstraint("thread_id", "id"),
    UniqueConstraint("thread_id", "position"),
    Index("items_by_parent", "thread_id", "parent_id", "position"),
)
READ = items.c.active
ASIDE = ~items.c.chosen
Index("items_read", items.c.thread_id, items.c.position, sqlite_where=READ, postgresql_where=READ)
Index("items_aside", items.c.thread_id, items.c.parent_id, sqlite_where=ASIDE, postgresql_where=ASIDE)

runs = Table(
    "runs",
    metadata,
    Column("id", EXACT, nullable=False),
    *_owner(),
    Column("thread_id", EXACT, ForeignKey("threads.id", ondelete="CASCADE"), nullable=False),
    Column("workflow_version", EXACT, nullable=False),
    Column("session_id", EXACT),
    Column("status", EXACT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("completed_at", BigInteger),
    Column("last_seq", BigInteger, nullable=False),
    Column("request", Text, nullable=False),
    Column("error", Text),
    Column("usage", Text),
    Column("client_message_id", EXACT),
    Column("fingerprint", EXACT),
    Column("cause", Text),
    Column("owner", EXACT),  # a process; none while the run waits for one
    Column("epoch", BigInteger, nullable=False, server_default="1"),
    Column("lease_until", BigInteger),
    Column("attempts", BigInteger, nullable=False, server_default="1"),
    Column("shown", Boolean, nullable=False, server_default=true()),
    Column("job", Text),
    PrimaryKeyConstraint("id"),
    Index("runs_by_thread", "thread_id", "created_at", "id"),
)
AT_WORK_NOW = one_of(runs.c.status, AT_WORK)
RUNNING_NOW = one_of(runs.c.status, RUNNING)
ACTIVE_NOW = one_of(runs.c.status, ACTIVE)
ONCE_SENT = runs.c.client_message_id.is_not(None)
Index("runs_one_running", runs.c.thread_id, unique=True, sqlite_where=AT_WORK_NOW, postgresql_where=AT_WORK_NOW)
Index(
    "runs_active",
    runs.c.thread_id,
    runs.c.created_at,
    runs.c.id,
    sqlite_where=ACTIVE_NOW,
    postgresql_where=ACTIVE_NOW,
)
Index(
    "runs_one_a_message",
    runs.c.project,
    runs.c.user_id,
    runs.c.client_message_id,
    unique=True,
    sqlite_where=ONCE_SENT,
    postgresql_where=ONCE_SENT,
)

files = Table(
    "files",
    metadata,
    Column("id", EXACT, nullable=False),
    *_owner(),
    Column("session_id", EXACT, nullable=False),
    Column("thread_id", EXACT, ForeignKey("threads.id", ondelete="CASCADE")),
    Column("created_at", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
    PrimaryKeyConstraint("id"),
)
LOOSE = files.c.thread_id.is_(None)
ATTACHED = files.c.thread_id.is_not(None)
Index("files_by_thread", files.c.thread_id, sqlite_where=ATTACHED, postgresql_where=ATTACHED)
Index("files_loose_by_session", files.c.session_id, sqlite_where=LOOSE, postgresql_where=LOOSE)
Index(
    "files_attached_by_age",
    files.c.project,
    files.c.workflow_id,
    files.c.created_at,
    files.c.id,
    sqlite_where=ATTACHED,
    postgresql_where=ATTACHED,
)
Index("files_loose_by_age", files.c.created_at, files.c.id, sqlite_where=LOOSE, postgresql_where=LOOSE)

feedback = Table(
    "feedback",
    metadata,
    Column("thread_id", EXACT, nullable=False),
    Column("item_id", EXACT, nullable=False),
    *_owner(),
    Column("kind", EXACT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("thread_id", "item_id", "user_id"),
    ForeignKeyConstraint(["thread_id", "item_id"], ["items.thread_id", "items.id"], ondelete="CASCADE"),
)

# What threads are found by: one row a message and one a title (without an item). `words` are words behind a mark of their
# owner, so that looking for one touches the owner's own alone. SQLite looks through those; PostgreSQL has `search_words`, a
# GIN index that the migration makes and a function asks.
search_texts = Table(
    "search_texts",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), autoincrement=True, nullable=False),
    Column("thread_id", EXACT, ForeignKey("threads.id", ondelete="CASCADE"), nullable=False),
    Column("item_id", EXACT),
    *_owner(),
    Column("words", Text, nullable=False),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("thread_id", "item_id"),
    Index("search_texts_by_owner", "project", "user_id", "workflow_id", "id"),
    ForeignKeyConstraint(["thread_id", "item_id"], ["items.thread_id", "items.id"], ondelete="CASCADE"),
)

# Threads of before there was a search, until they are indexed.
search_todo = Table(
    "search_todo",
    metadata,
    Column("thread_id", EXACT, ForeignKey("threads.id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("thread_id"),
)

shares = Table(  # what links show is here whole, so that what happens to the thread later is not in it
    "shares",
    metadata,
    Column("id", EXACT, nullable=False),
    Column("thread_id", EXACT, ForeignKey("threads.id", ondelete="CASCADE"), nullable=False),
    *_owner(),
    Column("digest", EXACT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("digest"),
    Index("shares_by_thread", "thread_id", "created_at", "id"),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", EXACT, nullable=False),
    Column("project", EXACT, nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("kid", EXACT, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("previous_kid", EXACT),
    Column("previous_until", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("include_text", Boolean, nullable=False, server_default=false()),
    Column("disabled_at", BigInteger),
    PrimaryKeyConstraint("id"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", EXACT, nullable=False),  # sorts by time
    Column("webhook_id", EXACT, nullable=False),
    *_owner(),
    Column("type", EXACT, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("status", EXACT, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("next_at", BigInteger, nullable=False),  # while it is being tried: when somebody else may
    Column("last_at", BigInteger),
    Column("response_status", BigInteger),
    Column("error", Text),
    PrimaryKeyConstraint("id"),
    Index("webhook_deliveries_by_project", "project", "id"),
    Index("webhook_deliveries_by_user", "project", "user_id", "id"),
    Index("webhook_deliveries_by_webhook", "webhook_id"),
)
PENDING = one_of(webhook_deliveries.c.status, ("pending",))
Index(
    "webhook_deliveries_due",
    webhook_deliveries.c.webhook_id,
    webhook_deliveries.c.next_at,
    sqlite_where=PENDING,
    postgresql_where=PENDING,
)

effects = Table(
    "effects",
    metadata,
    Column("run_id", EXACT, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("key", EXACT, nullable=False),
    *_owner(),
    Column("tool", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("call_id", Text, nullable=False, server_default=text("''")),
    Column("arguments", Text, nullable=False, server_default=text("'{}'")),
    Column("idempotent", Boolean, nullable=False, server_default=false()),
    PrimaryKeyConstraint("run_id", "key"),
)
