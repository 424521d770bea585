"""A real Chatdock for tests: `chatdock dev` or `chatdock serve` in a process of its own, on a free port, in its own folder."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from servers.processes import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0  # on a busy machine; it takes about one
STOP_SECONDS = 35.0  # a drain may take 30
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")
KEY = "sk_test_0123456789abcdef"
SIGNING_KEYS = "1:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="


class Service:
    """One server. `environment` adds to what it gets; nothing of the test's own environment leaks in but PATH and HOME."""

    def __init__(
        self,
        folder: Path,
        *,
        command: str = "dev",
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.key = KEY
        self.log = folder / "server.log"
        self._arguments = [command, *(["--no-reload"] if command == "dev" else []), *arguments]
        self._environment = {
            **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
            "PYTHONPATH": str(ROOT / "server"),
            "PORT": str(self.port),
            "CHATDOCK_DATA_DIR": str(folder / "data"),
            "CHATDOCK_API_KEY": KEY,
            **({} if command == "dev" else {"CHATDOCK_SIGNING_KEYS": SIGNING_KEYS}),
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once `/readyz` answers; fails the test with the log's end otherwise."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "chatdock", *self._arguments],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                pytest.fail(f"the server did not start:\n{self.log.read_text()[-3000:]}", pytrace=False)
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int | None:
        """Its exit code; it is killed where it does not end in time."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.send_signal(how)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def kill(self) -> None:
        """At once, and whatever it was doing."""
        self.stop(signal.SIGKILL)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The one that runs."""
        assert self._process is not None
        return self._process

    def restart(self) -> None:
        """The same folder, port and keys; a second signal, because no test waits for a drain."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
        self.stop()
        self.start()

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as reply:
                return int(reply.status) == 200
        except (urllib.error.URLError, OSError):
            return False


class Worker(Service):
    """A process without a door: it is ready when its log says so."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        super().__init__(folder, command="worker", environment=environment)
        self._said = 0

    def start(self) -> None:
        """Returns once it has said, this time, that it works."""
        self._said = len(self.log.read_text()) if self.log.exists() else 0
        super().start()

    def _is_ready(self) -> bool:
        return '"working"' in self.log.read_text()[self._said :]


@contextlib.contextmanager
def running(folder: Path, *, command: str = "dev", environment: Mapping[str, str] | None = None) -> Iterator[Service]:
    """A server for the length of the block."""
    service = Service(folder, command=command, environment=environment)
    service.start()
    try:
        yield service
    finally:
        service.stop()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One `chatdock dev` for a file of tests."""
    with running(tmp_path_factory.mktemp("service")) as started:
        yield started
