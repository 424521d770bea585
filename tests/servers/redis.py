"""A real Redis for tests: started on a free port in a temporary directory, once a session, and stopped after it."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.processes import Server, find, free_port


class RedisServer:
    """A server that keeps nothing on disk."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        program = str(find("redis-server", package="redis-server"))
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._server = Server([program, *options, "--dir", str(directory)], directory / "log")
        self.start()

    def start(self) -> None:
        """Again, after `stop`, on the same port, with nothing in it."""
        self._server.start(self._is_ready)

    def stop(self) -> None:
        """Every connection breaks."""
        self._server.stop()

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """The server."""
    directory = Path(tempfile.mkdtemp(prefix="chatdock-redis-"))
    server = None
    try:
        server = RedisServer(directory)
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """Where a client finds it; tests that need it empty use keys of their own."""
    return redis_server.url
