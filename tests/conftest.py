"""Fixtures for every test: real servers, started when the first test asks for one."""

from servers.postgres import postgres, postgres_url
from servers.redis import redis_server, redis_url

__all__ = ["postgres", "postgres_url", "redis_server", "redis_url"]
