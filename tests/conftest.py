"""Fixtures for every test: real servers, and stores over them, started when the first test asks for one."""

from servers.postgres import postgres, postgres_url
from servers.redis import redis_server, redis_url
from storage.stores import migrated_postgres_url, store, store_url, world

__all__ = [
    "migrated_postgres_url",
    "postgres",
    "postgres_url",
    "redis_server",
    "redis_url",
    "store",
    "store_url",
    "world",
]
