"""The one place that asks what time it is: aware UTC instants."""

import time
from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """The current instant, in UTC."""
    return datetime.now(UTC)


def this_second() -> datetime:
    """The current second, in UTC."""
    return datetime.fromtimestamp(int(time.time()), UTC)


def from_micros(value: int) -> datetime:
    """An instant from microseconds since the epoch, as the stores keep it."""
    return _EPOCH + timedelta(microseconds=value)


def to_micros(instant: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    delta = instant - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
