"""Queues by URL."""

from chatdock.dispatch.base import RunQueue


def create_run_queue(url: str) -> RunQueue | None:
    """The queue a URL names; none where every process runs what it was asked for. The event log has checked the URL."""
    if not url:
        return None
    from chatdock.dispatch.redis import RedisRunQueue  # the redis package, only where it is used

    return RedisRunQueue(url)
