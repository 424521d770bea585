"""What the store costs: microseconds of CPU a page of 20 items and a commit of one message, on every database.

`python bench/store.py [--items 1000000]`. CPU is this process's own, user and system, all its threads; PostgreSQL's share
is its server's and not counted. Rounds alternate over the databases; medians, with the spread in brackets.
"""

import argparse
import asyncio
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "server"), str(ROOT / "tests")]

import asyncpg  # noqa: E402
import uvloop  # noqa: E402

from chatdock.storage.sql import create_store  # noqa: E402
from chatdock.types.page import PageQuery  # noqa: E402
from chatdock.types.thread import Thread  # noqa: E402
from servers.postgres import Postgres  # noqa: E402
from storage.world import World, message  # noqa: E402

ROUNDS = 7
THREAD_ITEMS = 1_000  # in the thread whose pages are read
TEXT = "A sentence of some eighty characters, as people write them when they chat away. "
GROUP = 50

Work = Callable[[], Awaitable[None]]


async def cpu_micros(work: Work, times: int) -> float:
    """CPU of one of `times` units that `work` does."""
    before = time.process_time()
    await work()
    return (time.process_time() - before) / times * 1e6


class Bench:
    """One database and what is measured on it."""

    def __init__(self, name: str, url: str, items: int) -> None:
        self.name = name
        self.figures: dict[str, list[float]] = {}
        self._url = url
        self._items = items
        self._store = create_store(url)
        self._world = World(self._store)
        self._thread: Thread
        self._others: list[Thread]

    async def prepare(self) -> None:
        """The thread to read, threads to write to, and the rest of the table."""
        await self._store.migrate()
        await self._store.open()
        self._thread = await self._world.new_thread(*(TEXT * 3 for _ in range(THREAD_ITEMS)))
        self._others = [await self._world.new_thread() for _ in range(GROUP)]
        if self._url.startswith("postgresql:"):
            await _fill_postgres(self._url, self._items)
        elif self._url != "sqlite:///:memory:":
            await asyncio.to_thread(_fill_sqlite, self._url.removeprefix("sqlite:///"), self._items)

    async def round(self) -> None:
        """Each figure once more."""
        for name, work, times in (
            ("page of 20", self._pages, 500),
            ("next page of 20", self._next_pages, 500),
            ("20 pages at once", self._pages_at_once, 500),
            ("commit alone", self._commits_alone, 100),
            (f"commit, {GROUP} at once", self._commits_at_once, 10 * GROUP),
        ):
            self.figures.setdefault(name, []).append(await cpu_micros(work, times))

    async def _pages(self) -> None:
        items = self._world.scoped.items
        for _ in range(500):
            assert len((await items.page(self._thread.id, PageQuery())).data) == 20

    async def _next_pages(self) -> None:
        items = self._world.scoped.items
        page = await items.page(self._thread.id, PageQuery(limit=400))
        query = PageQuery(after=page.after)
        for _ in range(500):
            assert len((await items.page(self._thread.id, query)).data) == 20

    async def _pages_at_once(self) -> None:
        items = self._world.scoped.items
        for _ in range(25):
            await asyncio.gather(*(items.page(self._thread.id, PageQuery()) for _ in range(20)))

    async def _commits_alone(self) -> None:
        for n in range(100):
            await self._commit(n)

    async def _commits_at_once(self) -> None:
        for _ in range(10):
            await asyncio.gather(*(self._commit(n) for n in range(GROUP)))

    async def _commit(self, n: int) -> None:
        thread = self._others[n % GROUP]
        await self._world.put(thread, message(thread, TEXT))

    async def close(self) -> None:
        """Ends the store."""
        await self._store.close()


async def _fill_postgres(url: str, items: int) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        f"INSERT INTO threads SELECT 'cthr_'||n, 'p', 'u', 'w', n, '{{}}' FROM generate_series(0, {items // 1000}) n"
    )
    await connection.execute(
        f"INSERT INTO items SELECT 'cthr_'||(n / 1000), 'cti_'||n, 'p', 'u', 'w', n, 'user_message', false, false, n,"
        f" '{TEXT * 3}' FROM generate_series(0, {items - 1}) n"
    )
    await connection.execute("ANALYZE")
    await connection.close()


def _fill_sqlite(path: str, items: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO threads VALUES (?, 'p', 'u', 'w', ?, '{}')",
            ((f"cthr_{n}", n) for n in range(items // 1000 + 1)),
        )
        connection.executemany(
            "INSERT INTO items VALUES (?, ?, 'p', 'u', 'w', ?, 'user_message', 0, 0, ?, ?)",
            ((f"cthr_{n // 1000}", f"cti_{n}", n, n, TEXT * 3) for n in range(items)),
        )


async def measure(benches: list[Bench]) -> None:
    """Prepares, alternates, prints."""
    for bench in benches:
        await bench.prepare()
        await bench.round()
        bench.figures.clear()  # the first round warms caches and prepares statements
    for _ in range(ROUNDS):
        for bench in benches:
            await bench.round()
    print("CPU in microseconds".ljust(24), *(bench.name.rjust(24) for bench in benches))
    for name in benches[0].figures:
        cells = []
        for bench in benches:
            values = bench.figures[name]
            cells.append(f"{statistics.median(values):.0f} [{min(values):.0f}..{max(values):.0f}]".rjust(24))
        print(name.ljust(24), *cells)
    for bench in benches:
        await bench.close()


def main() -> None:
    """Starts a PostgreSQL of its own and measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000, help="other items in the table")
    items = parser.parse_args().items
    directory = Path(tempfile.mkdtemp(prefix="chatdock-bench-"))
    (directory / "postgres").mkdir()
    directory.chmod(0o755)
    server = Postgres(directory / "postgres")
    try:
        uvloop.run(
            measure(
                [
                    Bench("SQLite in memory", "sqlite:///:memory:", 0),
                    Bench("SQLite, small table", f"sqlite:///{directory}/small.db", 0),
                    Bench(f"SQLite, {items:,} items", f"sqlite:///{directory}/large.db", items),
                    Bench("PostgreSQL, small table", server.create_database(), 0),
                    Bench(f"PostgreSQL, {items:,} items", server.create_database(), items),
                ]
            )
        )
    finally:
        server.stop()
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
