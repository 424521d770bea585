"""A store in memory for the tests that need rows."""

from collections.abc import AsyncIterator

import pytest

from chatdock.storage.base import Store
from chatdock.storage.sql import create_store


@pytest.fixture
async def memory() -> AsyncIterator[Store]:
    """Open, and closed afterwards."""
    store = create_store("sqlite:///:memory:")
    await store.migrate()
    await store.open()
    yield store
    await store.close()
