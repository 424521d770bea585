"""A database is named by its URL; anything else is refused in one sentence before anything connects."""

import pytest

from chatdock.errors import ConfigurationError
from chatdock.storage.sql import create_store


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///relative/chatdock.db",
        "sqlite:////absolute/chatdock.db",
        "postgresql://user:secret@host:5432/name",
        "postgres://host/name?sslmode=require",
        "postgresql+asyncpg://host/name",
    ],
)
def test_a_url_of_a_known_kind_makes_a_store_that_has_not_connected(url: str) -> None:
    create_store(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "chatdock.db",
        "/var/lib/chatdock.db",
        "sqlite:chatdock.db",
        "sqlite://relative/chatdock.db",
        "sqlite:///chatdock.db?mode=ro",
        "sqlite+aiosqlite:///chatdock.db",
        "mysql://user:secret@host/name",
        "redis://host",
        "postgresql:/host/name",
    ],
)
def test_any_other_url_is_refused_in_one_sentence_that_names_the_setting_and_no_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        create_store(url)
    told = str(caught.value)
    assert told.startswith("DATABASE_URL")
    assert told.endswith(".")
    assert "secret" not in told


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
async def test_memory_is_a_database_of_its_own_that_ends_with_its_store(url: str) -> None:
    one, two = create_store(url), create_store(url)
    for store in (one, two):
        await store.migrate()
        await store.open()
    assert await one.upkeep.secrets("name", b"one") == b"one"
    assert await two.upkeep.secrets("name", b"two") == b"two"
    for store in (one, two):
        await store.close()
