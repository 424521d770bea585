"""What becomes of feeds when Redis is lost in every way it can be, and when messages and copies of a feed cross.

A tab that watches all the time is told everything that happens while Redis is there, in order; what it cannot be told makes it
start over; and within ten seconds of Redis' return it is told what happens as before.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chatdock.errors import Unavailable
from chatdock.feed import redis
from chatdock.feed.redis import RedisFeed
from contract.test_feed import ADA, Tab, happened
from servers.breakable import FAULTS, Breakable, Fault

HEAL_SECONDS = 10.0
WAIT_SECONDS = 60.0


@pytest.fixture
def prefix() -> str:
    return secrets.token_hex(4)


@pytest.fixture
async def pair(breakable_redis: Breakable, prefix: str) -> AsyncIterator[tuple[RedisFeed, RedisFeed]]:
    """Two processes."""
    feeds = RedisFeed(breakable_redis.url, prefix=prefix), RedisFeed(breakable_redis.url, prefix=prefix)
    yield feeds
    for feed in feeds:
        await feed.close()


async def look(tab: Tab) -> bool:
    """Whether the feed could be read."""
    try:
        await tab.look()
    except Unavailable:
        return False
    return True


async def until_told(tab: Tab, teller: RedisFeed, first: int) -> int:
    """Tells one thing after the other until the tab has heard one of them; how many."""
    async with asyncio.timeout(WAIT_SECONDS):
        number = first
        while True:
            teller.tell(ADA, happened(number))
            number += 1
            for _ in range(5):
                await asyncio.sleep(0.02)
                if await look(tab) and any(int(thread[5:]) >= first for thread in tab.threads):
                    return number - first


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_a_tab_goes_on_or_starts_over_within_ten_seconds_of_redis_return(
    breakable_redis: Breakable, pair: tuple[RedisFeed, RedisFeed], fault: Fault
) -> None:
    here, there = pair
    tab = Tab(there)
    await tab.look()
    await until_told(tab, here, 0)
    broken_at = len(tab.frames)

    breaking = asyncio.create_task(fault(breakable_redis))
    number = 1_000
    while not breaking.done():
        here.tell(ADA, happened(number))
        number += 1
        await asyncio.sleep(0.05)
        await look(tab)
    await breaking
    back_at = time.monotonic()
    await until_told(tab, here, 100_000)
    assert time.monotonic() - back_at < HEAL_SECONDS

    meanwhile = [thread for thread in tab.threads[broken_at:] if 1_000 <= int(thread[5:]) < 100_000]
    if not tab.resets:
        assert meanwhile == [f"cthr_{n}" for n in range(1_000, number)], "nothing is skipped silently"
    assert len(set(tab.ids)) == len(tab.ids), "nothing is told twice"


async def test_what_was_told_while_redis_was_away_is_made_up_for_without_anything_more_being_told(
    breakable_redis: Breakable, pair: tuple[RedisFeed, RedisFeed]
) -> None:
    here, there = pair
    tab = Tab(there)
    await tab.look()
    await until_told(tab, here, 0)
    resets = tab.resets
    breakable_redis.server.stop()
    here.tell(ADA, happened(1_000))
    await asyncio.sleep(1.5)  # it tries more than once
    breakable_redis.server.start()
    async with asyncio.timeout(WAIT_SECONDS):
        while not (tab.resets > resets or "cthr_1000" in tab.threads):
            await asyncio.sleep(0.05)
            await look(tab)


async def subscribed(feed: RedisFeed, tab: Tab) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while ADA not in feed._joined:
            await asyncio.sleep(0.01)
            await tab.look()


class Late:
    """A copy of a feed whose answer comes when it is let."""

    def __init__(self, feed: RedisFeed) -> None:
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self._join = feed._join
        feed._join = self  # type: ignore[assignment]

    async def __call__(self, **options: Any) -> Any:
        answer = await self._join(**options)
        self.was_asked.set()
        await self.may_answer.wait()
        return answer


async def test_what_is_heard_while_a_copy_is_on_its_way_is_not_taken_back(pair: tuple[RedisFeed, RedisFeed]) -> None:
    here, there = pair
    tab = Tab(there)
    await tab.look()
    await subscribed(there, tab)
    late = Late(there)
    there._doubt(ADA)
    looking = asyncio.create_task(tab.look())
    await late.was_asked.wait()
    here.tell(ADA, happened(1))
    async with asyncio.timeout(WAIT_SECONDS):
        while there._channels[ADA].count != 1:
            await asyncio.sleep(0.01)
    late.may_answer.set()
    await looking
    await tab.until(lambda tab: tab.threads == ["cthr_1"])
    assert tab.resets == 0


async def test_the_last_that_happens_before_a_first_copy_arrives_is_told(pair: tuple[RedisFeed, RedisFeed]) -> None:
    here, there = pair
    elsewhere = Tab(here)
    await elsewhere.look()
    late = Late(there)
    tab = Tab(there)
    async with asyncio.timeout(WAIT_SECONDS):
        while not there._doubts[ADA]:  # it hears; it has no copy yet
            await asyncio.sleep(0.01)
    looking = asyncio.create_task(tab.look())
    await late.was_asked.wait()
    doubts = there._doubts[ADA]
    here.tell(ADA, happened(1))
    async with asyncio.timeout(WAIT_SECONDS):
        while there._doubts[ADA] == doubts:
            await asyncio.sleep(0.01)
    late.may_answer.set()
    await looking
    await tab.until(lambda tab: tab.threads == ["cthr_1"])
    assert tab.resets == 0


async def test_what_happens_between_a_copy_and_the_subscription_is_told(pair: tuple[RedisFeed, RedisFeed]) -> None:
    here, there = pair
    elsewhere = Tab(here)
    await elsewhere.look()
    tab = Tab(there)
    await there._copy(ADA, there._channels[ADA])  # before its listener has had a turn
    await tab.look()
    here.tell(ADA, happened(1))
    await tab.until(lambda tab: tab.threads == ["cthr_1"])
    assert tab.resets == 0


async def test_numbers_that_redis_forgot_are_not_given_to_others(
    breakable_redis: Breakable, pair: tuple[RedisFeed, RedisFeed], prefix: str
) -> None:
    here, there = pair
    tab = Tab(there)
    await tab.look()
    await subscribed(there, tab)
    await until_told(tab, here, 0)
    position = tab.position
    await breakable_redis.command("HSET", f"{{{prefix}}}:feed:{ADA}:meta", "count", "0")  # as a failover may leave it
    there._doubt(ADA)
    async with asyncio.timeout(WAIT_SECONDS):
        while not tab.resets:
            await tab.look()
            await asyncio.sleep(0.01)
    back = Tab(there, after=position)
    await back.until(lambda tab: tab.resets == 1)


async def test_what_is_told_beyond_the_bound_while_a_batch_is_on_its_way_makes_tabs_start_over(
    pair: tuple[RedisFeed, RedisFeed], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = pair
    tab = Tab(there)
    await tab.look()
    await subscribed(there, tab)
    monkeypatch.setattr(redis, "MAX_WAITING", 20)
    for burst in range(5):
        for n in range(50):
            here.tell(ADA, happened(burst * 50 + n))
        await asyncio.sleep(0)
    async with asyncio.timeout(WAIT_SECONDS):
        while not tab.resets:
            await tab.look()
            await asyncio.sleep(0.01)
    await until_told(tab, here, 10_000)
