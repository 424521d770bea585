"""Feeds by URL."""

from chatdock.errors import ConfigurationError
from chatdock.feed.base import Feed
from chatdock.feed.memory import MemoryFeed


def create_feed(url: str) -> Feed:
    """The feeds a URL names; none keeps them in this process's memory. Raises: ConfigurationError."""
    if not url:
        return MemoryFeed()
    from chatdock.feed.redis import RedisFeed  # the redis package, only where it is used

    try:
        return RedisFeed(url)
    except ValueError as error:
        raise ConfigurationError("REDIS_URL cannot be read; it looks like redis://host:6379/0.") from error
