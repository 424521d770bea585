"""Event logs by URL."""

from chatdock.errors import ConfigurationError
from chatdock.eventlog.base import EventLog
from chatdock.eventlog.memory import MemoryEventLog


def create_event_log(url: str) -> EventLog:
    """The event log a URL names; none keeps the tapes in this process's memory.

    Raises: ConfigurationError.
    """
    if not url:
        return MemoryEventLog()
    if url.startswith(("redis://", "rediss://")):
        from chatdock.eventlog.redis import RedisEventLog  # Redis's client is a third of a start: only where it is used

        try:
            return RedisEventLog(url)
        except ValueError as error:
            raise ConfigurationError("REDIS_URL cannot be read; it looks like redis://host:6379/0.") from error
    raise ConfigurationError("REDIS_URL has to begin with redis:// or rediss://, or be empty.")
