"""SQLite through the standard library: one thread writes, others read, and the event loop never waits for a disk.

Writes that queue up while the last fsync runs share the next transaction, each in a savepoint of its own, so one fsync
and one wake-up of the loop serve them all and a refused one undoes only itself. A database in memory has one connection,
and one thread does everything on it.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import msgspec

from chatdock.errors import BadRequest, ChatdockError, ConfigurationError, Unavailable
from chatdock.storage.sql.revision import HEAD, READ_VERSION, require_head
from chatdock.storage.sql.road import Plan, run_plan
from chatdock.storage.sql.texts import Statement, Values, load_statements

T = TypeVar("T")

READERS = 2  # threads; a page takes some 30 us, so more would only queue for the GIL
GROUP = 256  # the most writes in one transaction: bounds how long the first of them waits
BUSY_SECONDS = 5.0  # how long to wait for another process's write, such as `chatdock keys create`
MIGRATE_SECONDS = 120.0  # and for another process's migration
STATEMENTS_KEPT = 256  # prepared statements a connection; there are some sixty


class _Job:
    """A plan on its way, and where its result goes."""

    __slots__ = ("error", "future", "loop", "plan", "result")

    def __init__(self, plan: Plan[Any]) -> None:
        self.plan = plan
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None


class SqliteRoad:
    """The road to one file, or to a database in memory (`path` is None)."""

    def __init__(self, path: Path | None, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._statements = load_statements("sqlite", lambda value: msgspec.json.encode(value).decode())
        self._memory: sqlite3.Connection | None = None
        self._threads: list[threading.Thread] = []
        self._writes: SimpleQueue[_Job | None] = SimpleQueue()
        self._reads: SimpleQueue[_Job | None] = SimpleQueue() if path else self._writes
        self._is_open = False

    async def open(self) -> None:
        """Checks the schema and starts the threads."""
        await asyncio.to_thread(self._check)
        self._start(_Writer(self))
        if self._path:
            for _ in range(READERS):
                self._start(_Reader(self))
        self._is_open = True

    def _start(self, worker: "_Reader") -> None:
        thread = threading.Thread(target=worker.work, name=type(worker).__name__.strip("_").lower(), daemon=True)
        thread.start()
        self._threads.append(thread)

    async def close(self) -> None:
        """Lets the threads finish their queues."""
        self._is_open = False
        threads, self._threads = self._threads, []
        for _ in threads[1:]:
            self._reads.put(None)
        for _ in threads[:1]:
            self._writes.put(None)
        for thread in threads:
            await asyncio.to_thread(thread.join)
        if self._memory:
            self._memory.close()
            self._memory = None

    async def read(self, plan: Plan[T]) -> T:
        """On a reader's thread."""
        return await self._hand(plan, self._reads)

    async def write(self, plan: Plan[T]) -> T:
        """In the writer's next transaction."""
        return await self._hand(plan, self._writes)

    async def _hand(self, plan: Plan[T], queue: "SimpleQueue[_Job | None]") -> T:
        if not self._is_open:
            raise Unavailable("The database is closed.")
        job = _Job(plan)
        queue.put(job)
        return await job.future  # type: ignore[no-any-return]  # the job carries any plan's result

    async def migrate(self) -> None:
        """In one transaction that holds SQLite's write lock, so a second process waits and finds it done."""
        await asyncio.to_thread(self._migrate)

    def _migrate(self) -> None:
        try:
            if self._path:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = self.connect(busy_seconds=MIGRATE_SECONDS, create=True)
        except (OSError, sqlite3.Error) as error:
            raise ConfigurationError(f"The database file cannot be opened: {error}.") from error
        try:
            if _version(connection) != HEAD:
                _upgrade(connection)
        except sqlite3.Error as error:
            raise explain(error) from error
        finally:
            self.release(connection)

    def _check(self) -> None:
        try:
            connection = self.connect()
        except sqlite3.Error as error:
            if self._path and not self._path.exists():
                require_head(None)
            raise ConfigurationError(f"The database file cannot be opened: {error}.") from error
        try:
            require_head(_version(connection))
        except sqlite3.Error as error:
            raise explain(error) from error
        finally:
            self.release(connection)

    def connect(self, *, busy_seconds: float | None = None, create: bool = False) -> sqlite3.Connection:
        """A connection of the caller's own; for a database in memory always the same one."""
        busy_seconds = self._busy_seconds if busy_seconds is None else busy_seconds
        if self._path is None:
            if self._memory is None:
                self._memory = _connect(":memory:", busy_seconds)
            return self._memory
        mode = "rwc" if create else "rw"
        return _connect(f"{self._path.absolute().as_uri()}?mode={mode}", busy_seconds)

    def release(self, connection: sqlite3.Connection) -> None:
        """Closes it, unless it is the database."""
        if connection is not self._memory:
            connection.close()

    @property
    def reads(self) -> "SimpleQueue[_Job | None]":
        """What the readers take from."""
        return self._reads

    @property
    def writes(self) -> "SimpleQueue[_Job | None]":
        """What the writer takes from."""
        return self._writes

    @property
    def statements(self) -> dict[str, Statement]:
        """The texts by name."""
        return self._statements


class _Reader:
    """A thread's work: take a job, run its plan, hand the result back."""

    def __init__(self, road: SqliteRoad) -> None:
        self._road = road
        self._statements = road.statements
        self._queue = self._take_from(road)
        self._connection: sqlite3.Connection | None = None

    def _take_from(self, road: SqliteRoad) -> "SimpleQueue[_Job | None]":
        return road.reads

    def work(self) -> None:
        """Until a None arrives."""
        last = False
        while not last:
            jobs, last = self._take()
            if jobs:
                try:
                    self._run(jobs)
                except Exception as error:  # noqa: BLE001 - a thread's edge: nobody may wait for ever
                    for job in jobs:
                        job.error = job.error or explain(error)
                _settle(jobs)
        self._drop_connection()

    def _take(self) -> tuple[list[_Job], bool]:
        job = self._queue.get()
        return ([job], False) if job else ([], True)

    def _run(self, jobs: list[_Job]) -> None:
        for job in jobs:
            try:
                job.result = run_plan(job.plan, self._ask)
            except Exception as error:  # noqa: BLE001 - a thread's edge: everything goes to the one who asked
                job.error = self._explain(error)

    def _ask(self, name: str, values: Values) -> Sequence[Sequence[Any]]:
        statement = self._statements[name]
        return self._connected().execute(statement.sql, statement.arrange(values)).fetchall()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._road.connect()
        return self._connection

    def _drop_connection(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._road.release(self._connection)
            self._connection = None

    def _explain(self, error: Exception) -> BaseException:
        if _is_away(error):
            self._drop_connection()  # the next job tries a fresh one
        return explain(error)


class _Writer(_Reader):
    """Group commit: whatever queued up during the last fsync goes into one transaction."""

    def _take_from(self, road: SqliteRoad) -> "SimpleQueue[_Job | None]":
        return road.writes

    def _take(self) -> tuple[list[_Job], bool]:
        jobs, last = super()._take()
        with contextlib.suppress(Empty):
            while not last and len(jobs) < GROUP:
                job = self._queue.get_nowait()
                if job is None:
                    last = True
                else:
                    jobs.append(job)
        return jobs, last

    def _run(self, jobs: list[_Job]) -> None:
        try:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            for job in jobs:
                self._run_in_savepoint(connection, job)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            # Nothing of the group is written: a full disk or a lost file is everybody's error.
            if self._connection is not None and self._connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
            self._drop_connection()
            for job in jobs:
                job.plan.close()
                job.error = explain(error)

    def _run_in_savepoint(self, connection: sqlite3.Connection, job: _Job) -> None:
        connection.execute("SAVEPOINT job")
        try:
            job.result = run_plan(job.plan, self._ask)
        except Exception as error:
            if _is_away(error):
                raise
            job.error = explain(error)
            connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")


def _settle(jobs: list[_Job]) -> None:
    """Wakes each loop once, however many of its futures are ready."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, ready in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, ready)


def _resolve(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.done():  # its waiter was cancelled
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)


def _connect(target: str, busy_seconds: float) -> sqlite3.Connection:
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
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")  # WAL's default would lose acknowledged messages on power loss
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> str | None:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchall():
        return None
    row = connection.execute(READ_VERSION).fetchone()
    return str(row[0]) if row else None


def _upgrade(connection: sqlite3.Connection) -> None:
    from chatdock.storage.sql.migrations.script import upgrade_script  # Alembic costs 0.2 s: only when it has work

    connection.execute("BEGIN IMMEDIATE")
    try:
        statement = ""
        for line in upgrade_script("sqlite", _version(connection)).splitlines(keepends=True):
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
    elif _is_away(error):
        told = Unavailable("The database cannot be reached right now.")
    elif isinstance(error, UnicodeEncodeError):
        told = BadRequest("Text must be valid Unicode.")
    else:
        return error
    told.__cause__ = error
    return told


def _is_away(error: Exception) -> bool:
    """Locked, full, unreadable, read-only or damaged; a wrong binding is not: that is our own mistake."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError
