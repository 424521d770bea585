"""A run at work in this process: its task, who watches it, and how it is asked to stop."""

import asyncio
from typing import Literal

from chatdock.runs.viewers import Viewers
from chatdock.runs.writer import Writer
from chatdock.types.run import Run

StopReason = Literal["cancelled", "abandoned", "restarted", "fenced", "left", "withdrawn"]


class ActiveRun:
    """One task and its watchers."""

    def __init__(self, run: Run, writer: Writer, *, grace_seconds: float) -> None:
        self.run = run
        self.writer = writer
        self.task: asyncio.Task[None] | None = None
        self.stop_reason: StopReason | None = None
        self.started = False  # a task that is cancelled before its first step would never settle anything
        self.settling = False  # the responder is done: it is too late to stop
        self.viewers = Viewers(grace_seconds, lambda: self.stop("abandoned"))

    def look_for_viewers(self) -> None:
        """Its turn came while nobody may have been watching: then the grace begins now."""
        self.viewers.came()
        self.viewers.went()

    def stop(self, reason: StopReason) -> None:
        """Asks the task to end; the first reason stands."""
        if self.task is None or self.task.done() or self.settling or self.stop_reason is not None:
            return
        if not self.started:
            asyncio.get_running_loop().call_soon(self.stop, reason)
            return
        self.stop_reason = reason
        self.run.status = "cancelling"
        self.task.cancel()

    def withdraw(self) -> None:
        """It never was in the store: its task ends without a trace."""
        self.stop_reason = "withdrawn"
        if self.task is not None:
            self.task.cancel()

    async def cancel(self, reason: StopReason, *, wait_seconds: float) -> None:
        """Asks and waits a little for the partial answer to be stored."""
        self.stop(reason)
        if self.task is not None and not self.task.done():
            await asyncio.wait([self.task], timeout=wait_seconds)
