"""The servers that tests start are real and start again where they were."""

import asyncpg
from redis import Redis

from servers.postgres import Postgres
from servers.redis import RedisServer


async def test_postgresql_answers_and_starts_again_with_what_it_had(postgres: Postgres, postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE TABLE kept (word text)")
    await connection.close()
    postgres.stop()
    postgres.start()
    connection = await asyncpg.connect(postgres_url)
    assert await connection.fetch("SELECT * FROM kept") == []
    await connection.close()


def test_redis_answers_and_starts_again_empty(redis_server: RedisServer, redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.set("word", "kept")
    redis_server.stop()
    redis_server.start()
    with Redis.from_url(redis_url) as client:
        assert client.get("word") is None
