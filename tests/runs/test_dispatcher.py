"""Runs from the queue: who takes one whose owner was not heard of."""

import asyncio
from collections.abc import Sequence

import pytest

from chatdock.dispatch.base import Ticket
from chatdock.runs.dispatcher import Dispatcher
from chatdock.storage.base import Claimable
from runs.test_keeper import Ledger, _keeper


class Handed:
    """A queue that hands out one run, once. `finished` are the tickets that came back."""

    has_workers = False

    def __init__(self) -> None:
        self.finished: list[Ticket] = []
        self._left = [Ticket(id="1-0", run_id="run_left")]

    async def take(self, most: int) -> Sequence[Ticket]:
        tickets, self._left = self._left, []
        if not tickets:
            await asyncio.sleep(3600)
        return tickets

    async def done(self, tickets: Sequence[Ticket]) -> None:
        self.finished += tickets

    async def announce(self) -> None:
        raise AssertionError("this is no worker")

    async def look(self) -> None:
        pass


class Known(Ledger):
    """One that is asked for a run, too."""

    async def find(self, run_id: str) -> Claimable:
        assert run_id == "run_left"
        return self._run


@pytest.mark.parametrize(
    ("owner", "is_late", "taken"), [(None, True, True), ("another", False, True), ("another", True, False)]
)
async def test_a_process_that_was_late_takes_from_the_queue_only_what_nobody_owns(
    owner: str | None, is_late: bool, taken: bool
) -> None:
    ledger, queue = Known(owner=owner), Handed()
    keeper = _keeper(ledger, grace_seconds=3600)
    if is_late:
        keeper._note_delay(60.0)
    dispatcher = Dispatcher(
        queue,  # type: ignore[arg-type]  # the part of `RunQueue` that a replica asks
        ledger,  # type: ignore[arg-type]  # the part of `Leases` that a dispatcher asks
        ledger.recover,
        lambda: 10,
        keeper.is_left,
        is_worker=False,
    )
    dispatcher.start()
    async with asyncio.timeout(30):
        while not queue.finished:
            await asyncio.sleep(0.01)
    await dispatcher.close()
    assert ledger.recovered == (["run_left"] if taken else [])
    await keeper._reap()
    assert ledger.recovered == (["run_left"] if taken else []), "its owner has a heartbeat's time to come back"
