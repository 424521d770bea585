"""Runs whose commit met a store that did not answer: it may have happened, may happen yet, or never does.

If it did, the run is this process's own and nobody is at work on it. Nobody else would look before its lease lapses.
"""

import time
from collections.abc import Awaitable, Callable, Sequence

from chatdock.errors import NotFound
from chatdock.storage.base import Claimable, Store
from chatdock.types.actor import Scope
from chatdock.types.run import Run

FORGET_SECONDS = 60.0  # a statement is given up well before; a lease lapses, too
MOST = 10_000
LOOKS = 10  # a turn, at runs that are not known to be ours: after an outage there may be thousands that never were

TakeOver = Callable[[Claimable], Awaitable[bool]]
LineUp = Callable[[Sequence[tuple[Scope, Run]]], Awaitable[None]]


class Unsure:
    """Of one process. `is_here` says whether a run is at work, or about to be, after all."""

    def __init__(
        self, store: Store, owner: str, take_over: TakeOver, line_up: LineUp, is_here: Callable[[str], bool]
    ) -> None:
        self._store = store
        self._owner = owner
        self._take_over = take_over
        self._line_up = line_up
        self._is_here = is_here
        self._runs: dict[str, tuple[Scope, float]] = {}

    def note(self, scope: Scope, run_id: str) -> None:
        """Whether the store has it is to be found out."""
        if len(self._runs) < MOST:
            self._runs[run_id] = (scope, time.monotonic() + FORGET_SECONDS)

    async def settle(self) -> None:
        """Puts what was committed to work. Raises: Unavailable; then everything is looked at again."""
        if not self._runs:
            return
        held = await self._store.leases.held(self._owner)
        ours = [run_id for run_id in self._runs if run_id in held]
        others = [run_id for run_id in self._runs if run_id not in held]
        for run_id in ours + others[:LOOKS]:
            scope, until = self._runs[run_id]
            is_settled = await self._is_settled(scope, run_id)
            del self._runs[run_id]
            if not is_settled and time.monotonic() < until:
                self._runs[run_id] = (scope, until)  # behind the others

    async def _is_settled(self, scope: Scope, run_id: str) -> bool:
        if self._is_here(run_id):
            return True
        found = await self._store.leases.find(run_id)
        if found is not None:
            if found.owner in (self._owner, None) and not self._is_here(run_id):
                await self._take_over(found)
            return True
        try:
            run = await self._store.scoped(scope).runs.get(run_id)
        except NotFound:
            return False
        if run.status == "queued":
            await self._line_up([(scope, run)])
        return run.status not in ("in_progress", "cancelling")  # it may have begun since the first look
