"""What statements share: parameters by name, the reach of a scope, a page's window, and where the dialects differ."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    Table,
    Text,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite

from chatdock.storage.sql.texts import Dialect

Named = tuple[str, Any]  # SQLAlchemy's statements share no typed base with `compile`
Condition = ColumnElement[bool]

_TEXTS = ("project", "user", "workflow", "thread", "item", "run", "file", "session", "key", "name", "data", "status")
P: dict[str, Any] = {
    name: bindparam(name, type_=Text()) for name in (*_TEXTS, "message", "low_id", "high_id", "parent", "owner", "tool")
}
P |= {name: bindparam(name, type_=BigInteger()) for name in ("limit", "low", "high", "before", "completed_at")}
P |= {name: bindparam(name, type_=BigInteger()) for name in ("epoch", "lease", "attempts", "started_at", "done_at")}

ONE: ColumnElement[int] = literal_column("1")
# Messages of queued runs stand behind whatever the run before them still says, each the root of a tree of its own, until
# they are taken up.
QUEUE: ColumnElement[int] = literal_column(str(1 << 40))

NOTHING: ColumnElement[int] = literal_column("0")  # SQLite's dialect would bind an OFFSET of its own


def reach(table: FromClause) -> Condition:
    """Rows of the scope; a None in it means any."""
    return and_(
        table.c.project == P["project"],
        or_(P["user"].is_(None), table.c.user_id == P["user"]),
        or_(P["workflow"].is_(None), table.c.workflow_id == P["workflow"]),
    )


def add(table: Table, names: Collection[str] = ()) -> Any:
    """A row: of all columns, or of those named."""
    columns = [column for column in table.columns if not names or column.name in names]
    return insert(table).values({column.name: bindparam(column.name, type_=column.type) for column in columns})


def between(table: Table) -> Condition:
    """A page's window in creation order, ends excluded. Without a cursor its ends lie outside everything."""
    place = tuple_(table.c.created_at, table.c.id)
    return and_(
        place > tuple_(P["low"], P["low_id"]),
        place < tuple_(P["high"], P["high_id"]),
    )


def in_list(dialect: Dialect, column: Any, name: str) -> Condition:
    """Membership in one bound list: a PostgreSQL array, and for SQLite a JSON text."""
    if dialect == "postgresql":
        return column == func.any(bindparam(name, type_=ARRAY(Text())))  # type: ignore[no-any-return]
    each = func.json_each(bindparam(name, type_=Text())).table_valued("value")
    return column.in_(select(each.c.value))  # type: ignore[no-any-return]


def insert_into(dialect: Dialect, table: Table) -> Any:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def telling(dialect: Dialect, statement: Any, column: Any) -> Any:
    """A write that answers a row for each it touched: SQLite counts them, for it RETURNING costs as much as the write."""
    return statement.returning(column) if dialect == "postgresql" else statement.execution_options(counts=True)
