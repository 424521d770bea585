"""SQLite through the standard library: threads wait for the disk, and the event loop reads what is small and in memory.

A database in memory has one connection, and one thread does everything on it.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from chatdock.errors import ConfigurationError, Unavailable
from chatdock.storage.sql.revision import HEAD, require_head
from chatdock.storage.sql.road import Planned
from chatdock.storage.sql.sqlite_file import (
    checkpoint,
    connect,
    explain,
    leave_checkpoints,
    upgrade,
    version,
)
from chatdock.storage.sql.sqlite_jobs import Job, JobQueue
from chatdock.storage.sql.sqlite_link import Link
from chatdock.storage.sql.sqlite_loop import LoopReader, LoopWriter
from chatdock.storage.sql.sqlite_threads import Reader, Writer
from chatdock.storage.sql.texts import Statement, load_statements

T = TypeVar("T")

READERS = 2  # threads; more would only queue for the GIL
GROUP = 256  # about the most writes in one transaction: bounds how long the first of them waits
BUSY_SECONDS = 5.0  # how long to wait for another process's write, such as `chatdock keys create`
MIGRATE_SECONDS = 120.0  # and for another process's migration
SCRUB_WAIT_SECONDS = 0.1  # how long a checkpoint may hold up writers while it waits for a reader
SCRUB_TRIES = 50
SCRUB_PAUSE_SECONDS = 0.2


class SqliteRoad:
    """The road to one file, or to a database in memory (`path` is None)."""

    def __init__(self, path: Path | None, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._statements = load_statements("sqlite", lambda value: msgspec.json.encode(value).decode())
        self._memory: sqlite3.Connection | None = None
        self._threads: list[threading.Thread] = []
        self._writes = JobQueue(GROUP)
        self._reads = JobQueue(1) if path else self._writes
        self._loop_reader = LoopReader(self.new_link(busy_seconds=0.0))
        self._loop_writer = LoopWriter(
            Link(self._connect_without_checkpoints, self.release, self._statements), self._writes
        )
        self._is_open = False

    def new_link(self, *, busy_seconds: float | None = None) -> Link:
        """For one thread's use."""
        return Link(partial(self.connect, busy_seconds=busy_seconds), self.release, self._statements)

    async def open(self) -> None:
        """Checks the schema and starts the threads."""
        await asyncio.to_thread(self._check)
        self._start(Writer(self.new_link(), self._writes))
        if self._path:
            for _ in range(READERS):
                self._start(Reader(self.new_link(), self._reads))
            self._loop_reader.open()
            self._loop_writer.open()
        self._is_open = True

    def _start(self, worker: Reader) -> None:
        thread = threading.Thread(target=worker.work, name=type(worker).__name__.lower(), daemon=True)
        thread.start()
        self._threads.append(thread)

    async def close(self) -> None:
        """Lets the threads finish their queues."""
        self._is_open = False
        self._loop_reader.close()
        self._loop_writer.close()
        threads, self._threads = self._threads, []
        self._reads.end(len(threads[1:]))
        self._writes.end(len(threads[:1]))
        for thread in threads:
            await asyncio.to_thread(thread.join)
        if self._memory:
            self._memory.close()
            self._memory = None

    async def read(self, plan: Planned[T], *, is_small: bool = True, is_urgent: bool = False) -> T:
        """Here if it is small, else on a reader's thread. Nothing is urgent: one process has the file."""
        if is_small and self._is_open:
            answer = self._loop_reader.try_read(plan)
            if answer is not None:
                return answer.value
        return await self._hand(Job(plan, is_durable=False), self._reads)

    def write(
        self,
        plan: Planned[T],
        *,
        is_durable: bool = True,
        is_small: bool = False,
        is_urgent: bool = False,
        may_wait: bool = False,
    ) -> Awaitable[T]:
        """In the writer's next transaction; what is small and need not be durable, in one on this thread."""
        queue = self._loop_writer if is_small and not is_durable else self._writes
        return self._hand(Job(plan, is_durable=is_durable), queue)

    def _hand(self, job: Job[T], queue: JobQueue | LoopWriter) -> Awaitable[T]:
        if not self._is_open:
            raise Unavailable("The database is closed.")
        queue.put(job)
        return job.future

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
            if version(connection) != HEAD:
                upgrade(connection)
        except sqlite3.Error as error:
            raise explain(error) from error
        finally:
            self.release(connection)

    async def scrub(self) -> None:
        """Writes the log into the file and empties it; removed content in the file was overwritten when it was removed."""
        if self._path is None:
            return
        for _ in range(SCRUB_TRIES):
            if await asyncio.to_thread(self._apart, checkpoint, SCRUB_WAIT_SECONDS):
                return
            await asyncio.sleep(SCRUB_PAUSE_SECONDS)
        raise Unavailable("The database is too busy to be tidied up right now.")

    def _apart(self, work: Callable[[sqlite3.Connection], bool], busy_seconds: float) -> bool:
        """On a connection of its own."""
        try:
            connection = self.connect(busy_seconds=busy_seconds)
            try:
                return work(connection)
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise explain(error) from error

    def _check(self) -> None:
        try:
            connection = self.connect()
        except sqlite3.Error as error:
            if self._path and not self._path.exists():
                require_head(None)
            raise ConfigurationError(f"The database file cannot be opened: {error}.") from error
        try:
            require_head(version(connection))
        except sqlite3.Error as error:
            raise explain(error) from error
        finally:
            self.release(connection)

    def connect(self, *, busy_seconds: float | None = None, create: bool = False) -> sqlite3.Connection:
        """A connection of the caller's own; for a database in memory always the same one."""
        busy_seconds = self._busy_seconds if busy_seconds is None else busy_seconds
        if self._path is None:
            if self._memory is None:
                self._memory = connect(":memory:", busy_seconds)
            return self._memory
        mode = "rwc" if create else "rw"
        return connect(f"{self._path.absolute().as_uri()}?mode={mode}", busy_seconds)

    def _connect_without_checkpoints(self) -> sqlite3.Connection:
        connection = self.connect(busy_seconds=0.0)
        leave_checkpoints(connection)
        return connection

    def release(self, connection: sqlite3.Connection) -> None:
        """Closes it, unless it is the database."""
        if connection is not self._memory:
            connection.close()

    @property
    def statements(self) -> dict[str, Statement]:
        """The texts by name."""
        return self._statements
