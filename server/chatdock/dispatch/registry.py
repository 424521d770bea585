"""Queues by URL."""

from chatdock.dispatch.base import RunQueue
from chatdock.dispatch.redis import RedisRunQueue


def create_run_queue(url: str) -> RunQueue | None:
    """The queue a URL names; none where every process runs what it was asked for. The event log has checked the URL."""
    return RedisRunQueue(url) if url else None
