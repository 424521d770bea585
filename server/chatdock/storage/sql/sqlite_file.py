"""Connections to SQLite: how one is opened, what its schema is, what its errors mean."""

import sqlite3
import time

from chatdock.errors import BadRequest, ChatdockError, Unavailable
from chatdock.storage.sql.revision import READ_VERSION

WAL_RETRY_SECONDS = 0.01
STATEMENTS_KEPT = 256  # prepared statements a connection; there are some sixty


def connect(target: str, busy_seconds: float) -> sqlite3.Connection:
    """A connection whose commits are durable. Raises: sqlite3.Error."""
    connection = sqlite3.connect(
        target,
        uri=target.startswith("file:"),
        timeout=busy_seconds,
        isolation_level=None,  # transactions are ours to begin
        check_same_thread=False,  # made where it is checked, used in one thread
        cached_statements=STATEMENTS_KEPT,
    )
    try:
        connection.execute("PRAGMA foreign_keys=ON")
        _use_wal(connection, busy_seconds)
        connection.execute("PRAGMA secure_delete=ON")  # what is removed or replaced is overwritten, not only let go
        connection.execute("PRAGMA synchronous=FULL")  # WAL's default would lose acknowledged messages on power loss
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """For two that turn a new file to WAL at once SQLite does not wait, whatever its timeout: one of them tries again."""
    until = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(WAL_RETRY_SECONDS)


def set_durable(connection: sqlite3.Connection, *, is_durable: bool) -> None:
    """Whether the next transaction ends in an fsync. Without one a commit survives a kill, though not a power failure.

    SQLite acts on this pragma when it compiles it, so a prepared one, kept by `execute`, would do nothing.
    """
    connection.executescript(f"PRAGMA synchronous={'FULL' if is_durable else 'NORMAL'}")


def leave_checkpoints(connection: sqlite3.Connection) -> None:
    """No commit of this connection moves the log into the file, which asks the disk: other connections' commits do."""
    connection.execute("PRAGMA wal_autocheckpoint=0")


def checkpoint(connection: sqlite3.Connection) -> bool:
    """Moves all of the log into the file and empties it; False if somebody was in the way. Raises: sqlite3.Error."""
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def version(connection: sqlite3.Connection) -> str | None:
    """The schema's revision; None in an empty database. Raises: sqlite3.Error."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchall():
        return None
    row = connection.execute(READ_VERSION).fetchone()
    return str(row[0]) if row else None


def upgrade(connection: sqlite3.Connection) -> None:
    """To the newest revision, in one transaction. Raises: sqlite3.Error."""
    from chatdock.storage.sql.migrations.script import upgrade_script  # Alembic costs 0.2 s: only when it has work

    connection.execute("BEGIN IMMEDIATE")
    try:
        statement = ""
        for line in upgrade_script("sqlite", version(connection)).splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                connection.execute(statement).fetchall()
                statement = ""
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def explain(error: Exception) -> Exception:
    """The error a client of the store may see for one of SQLite's."""
    if isinstance(error, sqlite3.IntegrityError):
        told: ChatdockError = ChatdockError("A row would break a rule of the database.")
    elif is_away(error):
        told = Unavailable("The database cannot be reached right now.")
    elif isinstance(error, UnicodeEncodeError):
        told = BadRequest("Text must be valid Unicode.")
    else:
        return error
    told.__cause__ = error
    return told


def is_away(error: Exception) -> bool:
    """Locked, full, unreadable, read-only or damaged; a wrong binding is not: that is our own mistake."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError
