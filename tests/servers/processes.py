"""What real servers in tests have in common: finding them, a port, a directory, a user, and an end."""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

START_SECONDS = 30.0
STOP_SECONDS = 10.0
PR_SET_PDEATHSIG = 1


def find(program: str, *folders: Path, package: str) -> Path:
    """The program's path; the folders come before PATH. A missing one fails the test and says what to install."""
    for folder in folders:
        if (folder / program).exists():
            return folder / program
    found = shutil.which(program)
    if found is None:
        pytest.fail(f"{program} is missing: apt-get install {package}", pytrace=False)
    return Path(found)


def free_port() -> int:
    """A TCP port nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def ordinary_user(preferred: str) -> pwd.struct_passwd | None:
    """Whom to run a server as that refuses root; None when we are not root ourselves."""
    if os.geteuid() != 0:
        return None
    for name in (preferred, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.fail(f"this test runs as root and needs a user {preferred} or nobody", pytrace=False)


class Server:
    """A process that was started here and ends here."""

    def __init__(
        self,
        command: list[str],
        log: Path,
        user: pwd.struct_passwd | None = None,
        how: signal.Signals = signal.SIGTERM,
    ) -> None:
        self._command = command
        self._log = log
        self._user = user
        self._how = how
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, is_ready: Callable[[], bool]) -> None:
        """Returns once it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=partial(_end_with_parent, self._how),
                **as_user(self._user),
            )
        deadline = time.monotonic() + START_SECONDS
        while not is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"{self._command[0]} did not start:\n{self._log.read_text()[-2000:]}", pytrace=False)
            time.sleep(0.02)

    def stop(self) -> None:
        """Asks, waits, and insists."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(self._how)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)


def _end_with_parent(how: signal.Signals) -> None:
    """On Linux the kernel stops the server when the tests are killed; elsewhere their own ending has to."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(how))


def as_user(user: pwd.struct_passwd | None) -> dict[str, object]:
    """Arguments for `subprocess` that change to this user."""
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
