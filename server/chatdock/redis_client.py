"""Clients of Redis as all parts of ours want them: a bounded pool, a deadline on everything, nothing tried twice.

Imported only where Redis is used: its package is a third of a start.
"""

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff


def redis_client(url: str, *, connections: int, seconds: float, as_text: bool = False) -> Redis:
    """A client that connects when first used. `seconds` bound the wait for a connection, to connect, and each answer.

    `as_text`: answers are str, else bytes. Whoever asks decides whether to try again: the client never does.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=seconds,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        decode_responses=as_text,
    )
    return Redis(connection_pool=pool)
