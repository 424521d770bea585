"""The store as commands use it: opened for one task and closed again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from chatdock.settings import read_settings
from chatdock.storage.base import Store
from chatdock.storage.sql import create_store

T = TypeVar("T")


@contextlib.asynccontextmanager
async def open_store(url: str, *, migrate: bool = False) -> AsyncIterator[Store]:
    """A connected store, its schema brought up to date first where asked for, or where the file is ours alone."""
    store = create_store(url)
    if migrate or url.startswith("sqlite"):
        await store.migrate()
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def run_with_store(task: Callable[[Store], Awaitable[T]], *, migrate: bool = False) -> T:
    """What the task returns, run with the store that the environment names."""

    async def run() -> T:
        async with open_store(read_settings(production=False).database, migrate=migrate) as store:
            return await task(store)

    return asyncio.run(run())
