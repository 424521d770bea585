"""Straight into the database behind a store, for what no store tells."""

import sqlite3
from contextlib import closing
from typing import Any

import asyncpg


async def fetch(url: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows. Parameters are `$1, $2` for PostgreSQL and `?1, ?2` for SQLite: write `$1`, it is translated."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            return connection.execute(sql.replace("$", "?"), values).fetchall()
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql, *values)]
    finally:
        await connection.close()


async def run_script(url: str, script: str) -> None:
    """Statements that answer nothing, ending in `;`."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(script)
        return
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(script)
    finally:
        await connection.close()
