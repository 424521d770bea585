"""The seam below the store: how a plan's statements reach a database.

A plan is a generator: it yields what it asks (a statement's name and its values) and is sent the rows. It does no I/O, so
one plan serves SQLite, which runs it in a thread, and PostgreSQL, which awaits between its steps. What a plan raises
undoes everything it wrote.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

Ask = tuple[str, Mapping[str, Any]]
Rows = Sequence[Sequence[Any]]
Plan = Generator[Ask, Rows, T]

NEVER = -(2**63)  # before every instant and position
FOREVER = 2**63 - 1  # and behind them; both fit a BIGINT


class Road(Protocol):
    """A way to a database. Errors of a database that is away are `Unavailable`; text it cannot hold is `BadRequest`."""

    async def open(self) -> None:
        """Raises: ConfigurationError (no database there, or its schema is not ours), Unavailable."""

    async def close(self) -> None:
        """Finishes what has begun."""

    async def migrate(self) -> None:
        """Brings the schema to the newest revision, alone among all processes."""

    async def read(self, plan: Plan[T]) -> T:
        """Runs a plan that writes nothing."""

    async def write(self, plan: Plan[T]) -> T:
        """Runs a plan as one transaction, durable on return."""


def run_plan(plan: Plan[T], ask: Any) -> T:
    """Drives a plan with a blocking `ask(name, values) -> rows`."""
    try:
        name, values = next(plan)
        while True:
            name, values = plan.send(ask(name, values))
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # a generator's return value is untyped here
    finally:
        plan.close()
