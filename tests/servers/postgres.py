"""A real PostgreSQL for tests: started on a free port in a temporary directory, once a session, and stopped after it."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from servers.processes import Server, as_user, find, free_port, ordinary_user

# No test cuts the power, so nothing waits for the disk.
OPTIONS = (
    "fsync=off",
    "full_page_writes=off",
    "unix_socket_directories=",
    "max_connections=100",
    "log_min_messages=fatal",
)


def installed() -> list[Path]:
    """Where a distribution puts its servers, the newest first."""
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)


class Postgres:
    """A cluster of its own, with trust for everybody on the loopback."""

    def __init__(self, directory: Path) -> None:
        versions = installed()
        self._ready = find("pg_isready", *versions, package="postgresql")
        self.port = free_port()
        self.data = data = directory / "data"
        user = ordinary_user("postgres")
        if user is not None:
            os.chown(directory, user.pw_uid, user.pw_gid)
        subprocess.run(
            [
                find("initdb", *versions, package="postgresql"),
                *("-D", data, "-U", "chatdock", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd=directory,
            **as_user(user),  # type: ignore[call-overload]
        )
        command = [str(find("postgres", *versions, package="postgresql")), "-D", str(data), "-p", str(self.port)]
        for option in OPTIONS:
            command += ["-c", option]
        self._server = Server([*command, "-h", "127.0.0.1"], directory / "log", user, signal.SIGQUIT)
        self.start()

    def start(self) -> None:
        """Again, after `stop`, on the same port."""
        self._server.start(self._is_ready)

    def stop(self) -> None:
        """At once: every connection breaks."""
        self._server.stop()

    def _is_ready(self) -> bool:
        command = [self._ready, "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def url(self, database: str = "postgres") -> str:
        """Where a store finds it."""
        return f"postgresql://chatdock@127.0.0.1:{self.port}/{database}"

    def create_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test_{uuid4().hex}"

        async def create() -> None:
            connection = await asyncpg.connect(self.url())
            await connection.execute(f"CREATE DATABASE {name}")
            await connection.close()

        asyncio.run(create())
        return self.url(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server."""
    directory = Path(tempfile.mkdtemp(prefix="chatdock-postgres-"))
    server = None
    try:
        server = Postgres(directory)
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """An empty database of this test's own."""
    return postgres.create_database()
