"""Looking after runs: who takes what others seem to have left, and when."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from chatdock.clock import now
from chatdock.errors import Unavailable
from chatdock.runs.keeper import Keeper
from chatdock.storage.base import Claimable
from chatdock.types.actor import Scope
from chatdock.types.lease import Held
from chatdock.types.run import Run

GRACE_SECONDS = 2.0


class Ledger:
    """Leases of one run, which seems to be left for as long as nobody renews its lease."""

    def __init__(self, *, owner: str | None = "another", is_over: bool = False) -> None:
        self.is_away = False
        self.is_renewed = False
        self._run = _left(owner, is_over=is_over)
        self.recovered: list[str] = []

    async def beat(self, owner: str, run_ids: Sequence[str]) -> None:
        raise AssertionError("nothing is at work here")

    async def held(self, owner: str) -> dict[str, Held]:
        raise AssertionError("nothing is at work here")

    async def orphans(self, limit: int) -> list[Claimable]:
        if self.is_away:
            raise Unavailable("The database cannot be reached right now.")
        return [] if self.is_renewed or self.recovered else [self._run]

    async def stalled(self, limit: int) -> list[tuple[Scope, str]]:
        return []

    async def recover(self, run: Claimable) -> bool:
        self.recovered.append(run.run.id)
        return True

    async def settle(self) -> None:
        pass


def _left(owner: str | None, *, is_over: bool) -> Claimable:
    started_at = now() - timedelta(seconds=30)
    run = Run(
        id="run_left",
        thread_id="cthr_a",
        user="u",
        workflow_id="wf_a",
        workflow_version="1",
        status="in_progress",
        created_at=started_at,
        started_at=started_at,
        expires_at=started_at + timedelta(seconds=600),
        last_seq=3,
        request={},
        session_id=None,
    )
    return Claimable(
        scope=Scope(project="p", user="u", workflow="wf_a"),
        run=run,
        owner=owner,
        epoch=1,
        attempts=1,
        shown=True,
        job=None,
        is_orphan=True,
        is_over=is_over,
    )


def _keeper(ledger: Ledger, grace_seconds: float = GRACE_SECONDS) -> Keeper:
    return Keeper(
        ledger,  # type: ignore[arg-type]  # the part of `Leases` that a keeper without runs asks
        "mine",
        {},
        ledger.recover,
        lambda scope, thread_id: None,
        ledger.settle,
        grace_seconds=grace_seconds,
    )


async def test_a_run_that_its_process_left_is_taken_when_it_is_found() -> None:
    ledger = Ledger()
    await _keeper(ledger)._reap()
    assert ledger.recovered == ["run_left"]


async def test_a_process_that_was_late_itself_takes_a_run_a_heartbeat_later() -> None:
    ledger = Ledger()
    keeper = _keeper(ledger)
    keeper._note_delay(60.0)
    await keeper._reap()
    assert ledger.recovered == [], "its owner may be as late"
    async with asyncio.timeout(30):
        while not ledger.recovered:
            keeper._note_delay(60.0)  # a machine that is late all the time still finds what was left
            await keeper._reap()
            await asyncio.sleep(0.02)
    assert ledger.recovered == ["run_left"]


async def test_an_owner_who_renews_his_lease_after_a_database_was_away_keeps_his_run() -> None:
    ledger = Ledger()
    ledger.is_away = True
    keeper = _keeper(ledger, grace_seconds=3600)
    keeper.start()
    async with asyncio.timeout(30):
        while keeper._troubled_at < 0:
            await asyncio.sleep(0.01)
    ledger.is_away = False
    await keeper._reap()
    ledger.is_renewed = True
    await keeper._reap()
    await keeper.close()
    assert ledger.recovered == []


async def test_what_has_no_owner_or_is_over_its_time_waits_for_nobody() -> None:
    for ledger in (Ledger(owner=None), Ledger(is_over=True)):
        keeper = _keeper(ledger)
        keeper._note_delay(60.0)
        await keeper._reap()
        assert ledger.recovered == ["run_left"]
