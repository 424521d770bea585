"""A connection to SQLite that is made when first used, dropped when it fails, and answers statements by name."""

import contextlib
import sqlite3
from collections.abc import Callable, Mapping

from chatdock.storage.sql.road import Planned, Rows, T, run_plan
from chatdock.storage.sql.sqlite_file import set_durable
from chatdock.storage.sql.texts import Statement, Values


class Link:
    """For one thread at a time. `connect` makes the connection and `release` ends it."""

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        release: Callable[[sqlite3.Connection], None],
        statements: Mapping[str, Statement],
    ) -> None:
        self._connect = connect
        self._release = release
        self._statements = statements
        self._connection: sqlite3.Connection | None = None
        self._cursor: sqlite3.Cursor
        self._is_durable = True

    def connected(self) -> sqlite3.Connection:
        """Connects, unless it is. Raises: sqlite3.Error."""
        if self._connection is None:
            connection = self._connect()
            self._cursor = connection.cursor()
            self._is_durable = True
            self._connection = connection
        return self._connection

    def run(self, plan: Planned[T]) -> T:
        """The plan's result. Raises: what the plan raises; sqlite3.Error; UnicodeEncodeError."""
        self.connected()
        return run_plan(plan(), self._ask)

    def _ask(self, name: str, values: Values) -> Rows:
        statement = self._statements[name]
        cursor = self._cursor.execute(statement.sql, statement.arrange(values))
        return [()] * cursor.rowcount if statement.counts else cursor.fetchall()

    def drop(self) -> None:
        """The next use makes a fresh connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._release(connection)

    def begin(self, *, is_durable: bool) -> None:
        """A transaction that may write. Raises: sqlite3.Error."""
        connection = self.connected()
        if is_durable is not self._is_durable:
            set_durable(connection, is_durable=is_durable)
            self._is_durable = is_durable
        self._cursor.execute("BEGIN IMMEDIATE")

    def execute(self, sql: str) -> None:
        """A statement without values, within a transaction. Raises: sqlite3.Error."""
        self._cursor.execute(sql)

    def roll_back(self) -> None:
        """Whatever was written since `begin` is undone; nothing happens outside a transaction."""
        if self._connection is not None and self._connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
