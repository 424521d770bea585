"""A store of every kind for every test that asks for one: SQLite in a file, SQLite in memory, and a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatdock.storage.base import Store
from chatdock.storage.sql import create_store
from servers.postgres import Postgres
from storage.world import World

BACKENDS = ("sqlite", "memory", "postgresql")


@pytest.fixture(scope="session")
def migrated_postgres_url(postgres: Postgres) -> str:
    """One database for all: tests keep apart by their projects."""
    url = postgres.create_database()
    asyncio.run(create_store(url).migrate())
    return url


@pytest.fixture(params=BACKENDS)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the store of this test is."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("migrated_postgres_url"))
    return _sqlite_url(request.param, tmp_path)


@pytest.fixture(params=BACKENDS)
def own_store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same, shared with no other test: who recovers takes every run there is, whatever test left it."""
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        return postgres.create_database()
    return _sqlite_url(request.param, tmp_path)


def _sqlite_url(kind: str, folder: Path) -> str:
    return "sqlite:///:memory:" if kind == "memory" else f"sqlite:///{folder}/chatdock.db"


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """Open, and closed afterwards."""
    store = create_store(store_url)
    await store.migrate()
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def world(store: Store) -> World:
    """A project of this test's own."""
    return World(store)
