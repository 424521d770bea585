"""Who watches a run that nobody can come back to: when the last one goes, its grace begins."""

import asyncio
import math
from collections.abc import Callable


class Viewers:
    """A count. `on_abandoned` is called at the grace's end; a grace without end never does."""

    def __init__(self, grace_seconds: float, on_abandoned: Callable[[], None]) -> None:
        self.grace_seconds = grace_seconds
        self._on_abandoned = on_abandoned
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    def came(self) -> None:
        """Somebody watches: nobody is waited for any more."""
        self._count += 1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def went(self) -> None:
        """Perhaps the last one."""
        self._count -= 1
        if self._count or math.isinf(self.grace_seconds):
            return
        if self.grace_seconds == 0:
            self._on_abandoned()
        else:
            self._timer = asyncio.get_running_loop().call_later(self.grace_seconds, self._on_abandoned)
