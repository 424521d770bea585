"""Between rows and records, and what every plan says the same way."""

from datetime import datetime
from typing import Any

from chatdock.clock import from_micros, to_micros
from chatdock.errors import NotFound
from chatdock.types.actor import Scope
from chatdock.types.wire import encode


def within(scope: Scope, **values: Any) -> dict[str, Any]:
    """Values for a statement that reaches only into the scope."""
    return {"project": scope.project, "user": scope.user, "workflow": scope.workflow, **values}


def to_text(record: Any) -> str:
    """The wire JSON, as text columns hold it."""
    return encode(record).decode()


def to_text_or_none(record: Any) -> str | None:
    """The same for what may be missing."""
    return None if record is None else to_text(record)


def micros_or_none(instant: datetime | None) -> int | None:
    """Microseconds, where there is an instant."""
    return None if instant is None else to_micros(instant)


def instant_or_none(micros: int | None) -> datetime | None:
    """An instant, where there is one."""
    return None if micros is None else from_micros(micros)


_SHOWN_CHARS = 100  # of an id that is not ours and may be as long as its sender liked


def missing(noun: str, row_id: str) -> NotFound:
    """The one sentence for what is not there and what is somebody else's."""
    return NotFound(f"No {noun} found with id '{row_id[:_SHOWN_CHARS]}'.")
