"""A busy loop gathers its readers; a calm one never makes a reader wait."""

import asyncio

from chatdock.models.gather import CHECK_SECONDS, LEAST_SECONDS, MOST_SECONDS, Gather


class Meter:
    """The processor time a loop has used, as the test says."""

    def __init__(self) -> None:
        self.share = 0.0
        self._loop = asyncio.get_running_loop()
        self._began_at = self._loop.time()
        self._used = 0.0
        self._read_at = self._began_at

    def __call__(self) -> float:
        now = self._loop.time()
        self._used += (now - self._read_at) * self.share
        self._read_at = now
        return self._used


async def test_a_calm_loop_hands_over_at_once() -> None:
    gather = Gather(asyncio.get_running_loop(), Meter())
    for _ in range(5):
        await asyncio.sleep(CHECK_SECONDS / 2)
        assert not gather.take(lambda: None)


async def test_a_busy_loop_wakes_all_its_readers_together_and_soon() -> None:
    loop, meter = asyncio.get_running_loop(), Meter()
    gather = Gather(loop, meter)
    meter.share = 0.9
    await asyncio.sleep(CHECK_SECONDS * 1.2)
    woken: list[tuple[int, float]] = []
    asked_at = loop.time()
    assert all(gather.take(lambda n=n: woken.append((n, loop.time()))) for n in range(3))  # type: ignore[misc]
    assert not woken
    await asyncio.sleep(LEAST_SECONDS * 3)
    assert [n for n, _ in woken] == [0, 1, 2]
    assert woken[-1][1] - asked_at < LEAST_SECONDS * 3


async def test_a_loop_that_has_become_calm_stops_gathering() -> None:
    meter = Meter()
    gather = Gather(asyncio.get_running_loop(), meter)
    meter.share = 0.9
    await asyncio.sleep(CHECK_SECONDS * 1.2)
    assert gather.take(lambda: None)
    meter.share = 0.6
    await asyncio.sleep(CHECK_SECONDS * 1.2)
    assert gather.take(lambda: None), "gathering itself made it calmer: it goes on"
    meter.share = 0.1
    await asyncio.sleep(CHECK_SECONDS * 1.2)
    assert not gather.take(lambda: None)
    await asyncio.sleep(LEAST_SECONDS * 3)


async def test_readers_wait_longer_while_waiting_does_not_help_and_never_longer_than_the_most() -> None:
    meter = Meter()
    gather = Gather(asyncio.get_running_loop(), meter)
    meter.share = 0.95
    waits = []
    for _ in range(6):
        await asyncio.sleep(CHECK_SECONDS * 1.05)
        gather.take(lambda: None)
        waits.append(gather.seconds)
    assert waits == sorted(waits) and waits[0] == LEAST_SECONDS and waits[-1] == MOST_SECONDS
    await asyncio.sleep(MOST_SECONDS * 1.5)
