"""Fixtures for every test: real servers, and stores over them, started when the first test asks for one."""

from hypothesis import HealthCheck, settings

from servers.breakable import breakable_redis
from servers.browser import browser
from servers.postgres import postgres, postgres_url
from servers.redis import redis_server, redis_url
from servers.service import service
from storage.stores import migrated_postgres_url, store, store_url, world

__all__ = [
    "breakable_redis",
    "browser",
    "migrated_postgres_url",
    "postgres",
    "postgres_url",
    "redis_server",
    "redis_url",
    "service",
    "store",
    "store_url",
    "world",
]

settings.register_profile(
    "no clocks", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # a busy machine is no error
settings.load_profile("no clocks")
