"""The seam below the store: how a plan's statements reach a database.

A plan is a function that makes a generator: it yields what it asks (a statement's name and its values) and is sent the
rows. It does no I/O, so one plan serves SQLite, which runs it without awaiting, and PostgreSQL, which awaits between its
steps. What it raises undoes everything it wrote. A road may begin a plan again, if nothing of the first time is kept.
"""

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

Ask = tuple[str, Mapping[str, Any]]
Rows = Sequence[Sequence[Any]]
Plan = Generator[Ask, Rows, T]
Planned = Callable[[], Plan[T]]

NEVER = -(2**63)  # before every instant and position
FOREVER = 2**63 - 1  # and behind them; both fit a BIGINT
SMALL_ROWS = 50  # a read of at most so many rows is small; twice a page's default and a bit


class Road(Protocol):
    """A way to a database. Errors of a database that is away are `Unavailable`; text it cannot hold is `BadRequest`."""

    async def open(self) -> None:
        """Raises: ConfigurationError (no database there, or its schema is not ours), Unavailable."""

    async def close(self) -> None:
        """Finishes what has begun."""

    async def migrate(self) -> None:
        """Brings the schema to the newest revision, alone among all processes."""

    def read(self, plan: Planned[T], *, is_small: bool = True, is_urgent: bool = False) -> Awaitable[T]:
        """Runs a plan that writes nothing. Small: a few statements that walk an index to `SMALL_ROWS` rows at most.

        Urgent: it waits for no connection that others are in line for, and not for long.
        """

    def write(
        self,
        plan: Planned[T],
        *,
        is_durable: bool = True,
        is_small: bool = False,
        is_urgent: bool = False,
        may_wait: bool = False,
    ) -> Awaitable[T]:
        """Runs a plan as one transaction, committed on return, and durable unless that is not asked for.

        Small: a statement or two on a row or two. Urgent: as for `read`. What may wait leaves room for what may not,
        however much of it there is.
        What is durable makes everything durable that was committed before it.
        """

    async def scrub(self) -> None:
        """Leaves nothing of removed rows in logs of the database's own; for SQLite, whose log is a file beside it."""


def run_plan(plan: Plan[T], ask: Callable[[str, Mapping[str, Any]], Rows]) -> T:
    """Drives a plan with a blocking `ask(name, values) -> rows`."""
    try:
        name, values = next(plan)
        while True:
            name, values = plan.send(ask(name, values))
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # a generator's return value is untyped here
