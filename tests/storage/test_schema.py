"""What the migrations make is what the code means, in both databases."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from chatdock.errors import ConfigurationError
from chatdock.storage.sql import create_store, revision, statements, texts
from chatdock.storage.sql.migrations.script import newest_revision, upgrade_script
from chatdock.storage.sql.schema import metadata
from chatdock.types.run import AT_WORK
from storage import raw


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/chatdock.db"


async def ask(url: str, question: Callable[[Connection], Any]) -> Any:
    """Runs a function of a SQLAlchemy connection."""
    if url.startswith("sqlite:"):
        engine = create_engine(url)
        with engine.connect() as connection:
            answer = question(connection)
        engine.dispose()
        return answer
    async_engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"))
    async with async_engine.connect() as async_connection:
        answer = await async_connection.run_sync(question)
    await async_engine.dispose()
    return answer


async def test_the_migrated_schema_is_the_one_the_code_declares(empty_url: str) -> None:
    await create_store(empty_url).migrate()
    differences = await ask(
        empty_url,
        lambda connection: compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True}),
            metadata,
        ),
    )
    own = ("alembic_version", "search_words")  # the indexes over words, which one database alone knows
    assert [difference for difference in differences if not any(name in str(difference) for name in own)] == []


async def test_partial_indexes_and_foreign_keys_are_there_as_declared(empty_url: str) -> None:
    await create_store(empty_url).migrate()
    dialect = "sqlite" if empty_url.startswith("sqlite:") else "postgresql"

    def look(connection: Connection) -> None:
        inspector = inspect(connection)
        for table in metadata.sorted_tables:
            found = {index["name"]: index for index in inspector.get_indexes(table.name)}
            for index in table.indexes:
                there = found[str(index.name)]
                assert there["column_names"] == [column.name for column in index.columns]
                assert bool(there["unique"]) is bool(index.unique)
                declared = index.dialect_options[dialect]["where"]
                condition = there.get("dialect_options", {}).get(f"{dialect}_where")
                assert (condition is None) == (declared is None)
                if index.name == "runs_one_running":
                    assert all(f"'{status}'" in str(condition) for status in AT_WORK)
            keys = {key["name"]: key for key in inspector.get_foreign_keys(table.name)}
            for declared_key in table.foreign_key_constraints:
                assert keys[declared_key.name]["options"]["ondelete"] == "CASCADE"  # type: ignore[index]

    await ask(empty_url, look)


async def test_every_indexed_text_is_compared_as_bytes_on_postgresql(postgres_url: str) -> None:
    await create_store(postgres_url).migrate()
    rows = await raw.fetch(
        postgres_url,
        """
        SELECT c.relname, a.attname, o.collname FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
        JOIN pg_collation o ON o.oid = a.attcollation
        WHERE n.nspname = 'public' AND c.relname <> 'alembic_version'
        """,
    )
    assert len(rows) > 20
    assert {row[2] for row in rows} == {"C"}


async def test_migrating_twice_and_at_once_from_many_sides_makes_one_schema(empty_url: str) -> None:
    await asyncio.gather(*(create_store(empty_url).migrate() for _ in range(4)))
    await create_store(empty_url).migrate()
    assert await raw.fetch(empty_url, revision.READ_VERSION) == [(revision.HEAD,)]


MIGRATE = "import asyncio, sys; from chatdock.storage.sql import create_store; asyncio.run(create_store(sys.argv[1]).migrate())"


async def test_processes_that_migrate_at_the_same_time_wait_for_each_other(empty_url: str) -> None:
    command = (sys.executable, "-c", MIGRATE, empty_url)
    processes = [await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE) for _ in range(3)]
    for process in processes:
        _, told = await process.communicate()
        assert process.returncode == 0, told.decode()
    store = create_store(empty_url)
    await store.open()
    await store.close()


async def test_a_migration_that_fails_half_way_leaves_nothing(empty_url: str) -> None:
    await raw.fetch(empty_url, "CREATE TABLE runs (in_the_way TEXT)")
    store = create_store(empty_url)
    with pytest.raises(Exception, match=r"."):
        await store.migrate()
    tables = await ask(empty_url, lambda connection: inspect(connection).get_table_names())
    assert tables == ["runs"]
    await raw.fetch(empty_url, "DROP TABLE runs")
    await store.migrate()
    await store.open()
    await store.close()


async def indexes_of(url: str) -> list[tuple[str, str]]:
    """Every index as the database tells it."""
    if url.startswith("sqlite:"):
        sql = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
    else:
        sql = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"
    return [(name, text) for name, text in await raw.fetch(url, sql)]


async def test_a_database_of_an_earlier_revision_becomes_what_a_new_one_is(empty_url: str) -> None:
    store = create_store(empty_url)
    await store.migrate()
    new = await indexes_of(empty_url)
    await empty_again(empty_url)
    dialect: texts.Dialect = "sqlite" if empty_url.startswith("sqlite:") else "postgresql"
    await raw.run_script(empty_url, upgrade_script(dialect, None, "0001"))
    old = await indexes_of(empty_url)
    assert {name for name, _ in old} <= {name for name, _ in new}
    assert old != new, "there is something to migrate"
    await store.migrate()
    assert await indexes_of(empty_url) == new
    await store.open()
    await store.close()


async def test_the_items_of_an_earlier_revision_become_one_branch(empty_url: str) -> None:
    dialect: texts.Dialect = "sqlite" if empty_url.startswith("sqlite:") else "postgresql"
    await raw.run_script(empty_url, upgrade_script(dialect, None, "0002"))
    for thread in ("t1", "t2"):
        await raw.fetch(empty_url, f"INSERT INTO threads VALUES ('{thread}', 'p', 'u', 'w', 1, '{{}}')")
        for position, item in ((1, "a"), (3, "b"), (7, "c")):
            await raw.fetch(
                empty_url,
                "INSERT INTO items VALUES"
                f" ('{thread}', '{item}', 'p', 'u', 'w', {position}, 'user_message', false, false, 1, '{{}}')",
            )
    await create_store(empty_url).migrate()
    rows = await raw.fetch(empty_url, "SELECT thread_id, id, parent_id, chosen, active FROM items ORDER BY 1, position")
    assert [tuple(row) for row in rows] == [
        (thread, item, parent, True, True)
        for thread in ("t1", "t2")
        for item, parent in (("a", ""), ("b", "a"), ("c", "b"))
    ]


async def empty_again(url: str) -> None:
    if url.startswith("sqlite:"):
        await asyncio.to_thread(Path(url.removeprefix("sqlite:///")).unlink)
    else:
        await raw.run_script(url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")


async def test_opening_without_tables_or_with_those_of_another_release_says_what_to_do(empty_url: str) -> None:
    store = create_store(empty_url)
    with pytest.raises(ConfigurationError, match="chatdock migrate"):
        await store.open()
    await store.migrate()
    await raw.fetch(empty_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigurationError, match=r"9999.*chatdock migrate"):
        await store.open()


def test_the_revision_the_code_expects_is_the_newest_there_is() -> None:
    assert newest_revision() == revision.HEAD
    for dialect in ("sqlite", "postgresql"):
        assert upgrade_script(dialect, revision.HEAD).strip() == ""


def test_the_compiled_statements_are_those_of_their_source() -> None:
    assert texts.PATH.read_bytes() == statements.render(), "run `python -m chatdock.storage.sql.statements`"


SERVE = """
import asyncio, sys
from chatdock.storage.sql import create_store

async def main():
    store = create_store(sys.argv[1])
    await store.migrate()
    await store.open()
    await store.close()

asyncio.run(main())
print(*(name for name in ("sqlalchemy", "alembic", "asyncpg") if name in sys.modules))
"""


async def test_a_process_that_finds_its_schema_in_place_imports_neither_sqlalchemy_nor_alembic(empty_url: str) -> None:
    await create_store(empty_url).migrate()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVE, empty_url, stdout=subprocess.PIPE)
    told, _ = await process.communicate()
    assert process.returncode == 0
    assert told.decode().split() == ([] if empty_url.startswith("sqlite:") else ["asyncpg"])
