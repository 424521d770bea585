"""The store over SQLite or PostgreSQL, chosen by URL."""

import re
from pathlib import Path

from chatdock.errors import ConfigurationError
from chatdock.storage.base import Store
from chatdock.storage.sql.road import Road
from chatdock.storage.sql.road_sqlite import SqliteRoad
from chatdock.storage.sql.store import SqlStore


def create_store(url: str) -> Store:
    """A store that is not connected yet: `sqlite:///path`, `sqlite:///:memory:` or `postgresql://...`.

    Raises: ConfigurationError.
    """
    return SqlStore(_road(url))


def _road(url: str) -> Road:
    scheme, separator, rest = url.partition("://")
    if separator and scheme == "sqlite":
        return SqliteRoad(_path(rest))
    if separator and scheme in ("postgresql", "postgres", "postgresql+asyncpg"):
        from chatdock.storage.sql.road_postgres import PostgresRoad  # asyncpg, only where it is used

        return PostgresRoad(f"postgresql://{rest}")
    shown = re.sub(r"//[^/@]*@", "//...@", url)  # a password is nobody's business
    raise ConfigurationError(
        f"DATABASE_URL must be sqlite:///path, sqlite:///:memory: or postgresql://..., not '{shown}'."
    )


def _path(rest: str) -> Path | None:
    if rest in ("", "/", "/:memory:"):
        return None
    if not rest.startswith("/") or "?" in rest:
        raise ConfigurationError(
            "DATABASE_URL for SQLite is sqlite:///relative/path or sqlite:////absolute/path, without options."
        )
    return Path(rest[1:])
