"""The process: one uvicorn server with our own signal handling, so that a stop drains instead of cutting.

SIGTERM -> not ready, no new runs; streams of other processes' runs end -> runs end (25 s at most)
        -> what is not answered yet is left to others -> streams end after a whole frame -> exit 0
a second SIGTERM -> exit within two seconds

Whatever still hangs then, such as a database that does not answer, is left behind: nothing depends on a clean end. What was
acknowledged is stored, and runs without an owner are found by the other processes, or by the next one.
"""

import asyncio
import gc
import json
import logging
import os
import resource
import signal
import socket
import sys
import threading
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from types import FrameType

from starlette.applications import Starlette
from uvicorn.config import Config
from uvicorn.server import Server

from chatdock.web.parts import Parts
from chatdock.web.protocol import ChatdockProtocol

CLOSE_SECONDS = 3.0  # for responses that are not streams, once the streams have ended
HARD_CLOSE_SECONDS = 1.0
AFTER_DRAIN_SECONDS = 4.0  # for what comes after the drain; with its usual 25 seconds that is an exit within 30
AFTER_HURRY_SECONDS = 1.8
BACKLOG = 2048
WANTED_DESCRIPTORS = 65_536

# What uvicorn's other modules ask the package's own file for; the rest of that is its command line (`cli.later`).
sys.modules["uvicorn"].Config = Config  # type: ignore[attr-defined]

log = logging.getLogger(__name__)


class DrainingServer(Server):
    """uvicorn, except that the first signal drains and the second one hurries."""

    def __init__(self, config: Config, app: Starlette, drain_seconds: float) -> None:
        super().__init__(config)
        self._app = app
        self._drain_seconds = drain_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._drain: asyncio.Task[None] | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Opens the backends first: nothing listens before, and what goes wrong reaches the caller as it was raised."""
        async with self._app.router.lifespan_context(self._app):
            await super().serve(sockets)

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Remembers the loop that signals are handed to."""
        self._loop = asyncio.get_running_loop()
        gc.freeze()  # what has been loaded stays: later collections need not look at it
        await super().startup(sockets)  # type: ignore[arg-type]

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called in the main thread, between two bytecodes."""
        if self._loop is None or self._drain is not None:
            self.should_exit = True
            self.force_exit = True
            exit_within(AFTER_HURRY_SECONDS)
            return
        exit_within(self._drain_seconds + AFTER_DRAIN_SECONDS)
        self._loop.call_soon_threadsafe(self._begin_drain)

    def _begin_drain(self) -> None:
        if self._drain is None:
            log.info("draining")
            self._drain = asyncio.ensure_future(self._drain_and_exit())

    async def _drain_and_exit(self) -> None:
        try:
            parts: Parts = self._app.parts  # type: ignore[attr-defined]  # as `app` makes it
            parts.readiness.draining = True
            until = asyncio.get_running_loop().time() + self._drain_seconds
            parts.streams.send_away(lambda run_id: parts.engine.live(run_id) is not None)
            await parts.engine.drain(self._drain_seconds)
            await parts.streams.until_gone(until - asyncio.get_running_loop().time())
            parts.streams.close("restart")
        finally:
            self.should_exit = True


def exit_within(seconds: float) -> None:
    """Ends the process by force if it is still there then. From a thread: the loop may be what hangs."""
    timer = threading.Timer(seconds, _give_up)
    timer.daemon = True
    timer.start()


def _give_up() -> None:
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": "warning",
        "logger": __name__,
        "message": "something did not end: exiting without it",
    }
    os.write(2, json.dumps(line).encode() + b"\n")  # not by the log, whose lock may be what somebody holds
    os._exit(0)


def run_worker(opened: AbstractAsyncContextManager[Parts], *, drain_seconds: float) -> int:
    """Works until a signal, then drains as a server does; a second signal hurries. Returns the exit status."""
    raise_descriptor_limit()

    async def main() -> None:
        told, hurry = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def tell() -> None:
            exit_within(AFTER_HURRY_SECONDS if told.is_set() else drain_seconds + AFTER_DRAIN_SECONDS)
            (hurry if told.is_set() else told).set()

        for sig in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sig, tell)
        async with opened as parts:
            log.info("working")
            await told.wait()
            log.info("draining")
            parts.readiness.draining = True
            drain = asyncio.ensure_future(parts.engine.drain(drain_seconds))
            hurried = asyncio.ensure_future(hurry.wait())
            await asyncio.wait([drain, hurried], return_when=asyncio.FIRST_COMPLETED)
            for task in (drain, hurried):
                task.cancel()
            await asyncio.wait([drain, hurried])

    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(main())
    return 0


def _new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


def run_server(
    app: Starlette, *, host: str, port: int, drain_seconds: float, listener: socket.socket | None = None
) -> int:
    """Serves until a signal; returns the exit status. Raises: what the app's lifespan raises."""
    raise_descriptor_limit()
    config = Config(
        app,
        host=host,
        port=port,
        http=ChatdockProtocol,
        ws="none",
        lifespan="off",
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=int(CLOSE_SECONDS),
    )
    server = DrainingServer(config, app, drain_seconds)
    server.run(None if listener is None else [listener])
    return 0 if server.started else 1


def raise_descriptor_limit() -> None:
    """Each stream is a descriptor, and the soft limit is often 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, WANTED_DESCRIPTORS)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
