"""Several processes on one port: a parent that listens, and children that accept. One that dies is replaced."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType

from chatdock.errors import ChatdockError
from chatdock.settings import Settings
from chatdock.storage.sql import create_store

BACKLOG = 2048
LEAST_SECONDS = 1.0  # a child that lived shorter is not replaced at once
PR_SET_PDEATHSIG = 1

log = logging.getLogger(__name__)


def check_database(settings: Settings) -> None:
    """Says once, and not in every child, what is wrong with the database. Raises: ConfigurationError, Unavailable."""

    async def check() -> None:
        store = create_store(settings.database)
        await store.open()
        await store.close()

    asyncio.run(check())


def listen(host: str, port: int) -> socket.socket:
    """What the children accept from."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    return listener


class Children:
    """That many processes that do `work`, which returns an exit status."""

    def __init__(self, count: int, work: Callable[[], int]) -> None:
        self._count = count
        self._work = work
        self._born: dict[int, float] = {}
        self._stopping = False

    def run(self) -> int:
        """Until a signal has ended them all; the worst of their statuses."""
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, self._pass_on)
        for _ in range(self._count):
            self._bear()
        worst = 0
        while self._born:
            pid, status = os.wait()
            born = self._born.pop(pid, None)
            if born is None:
                continue
            code = os.waitstatus_to_exitcode(status)
            if self._stopping:
                worst = max(worst, 0 if code == -signal.SIGTERM else abs(code))  # it may not have begun to serve
                continue
            log.error("a process ended; another takes its place", extra={"fields": {"pid": pid, "status": code}})
            time.sleep(max(0.0, born + LEAST_SECONDS - time.monotonic()))
            if not self._stopping:
                self._bear()
        return worst

    def _pass_on(self, sig: int, frame: FrameType | None) -> None:
        self._stopping = True
        for pid in tuple(self._born):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def _bear(self) -> None:
        pid = os.fork()
        if pid:
            self._born[pid] = time.monotonic()
            return
        status = 1
        try:
            for sig in (signal.SIGTERM, signal.SIGINT):
                signal.signal(sig, signal.SIG_DFL)
            os.setpgid(0, 0)  # Ctrl-C reaches the parent alone, which passes it on once
            if sys.platform == "linux":
                import ctypes  # dear, and only here

                ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
            status = self._work()
        except ChatdockError as error:
            print(f"chatdock serve: {error.message}", file=sys.stderr)
        finally:
            sys.stderr.flush()
            os._exit(status)  # nothing of the parent's is the child's to end
