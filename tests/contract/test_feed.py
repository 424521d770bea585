"""Every feed keeps these promises; a new backend joins by one line in BACKENDS."""

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from chatdock.feed.base import KEEP_COUNT, Feed, address_of
from chatdock.feed.memory import MemoryFeed
from chatdock.feed.redis import RedisFeed
from chatdock.types.happening import Happening

Backend = Callable[[], Feed]


def _redis(request: pytest.FixtureRequest) -> Backend:
    url, prefix = request.getfixturevalue("redis_url"), secrets.token_hex(4)
    return lambda: RedisFeed(url, prefix=prefix)


BACKENDS: dict[str, Callable[[pytest.FixtureRequest], Backend]] = {"memory": lambda _: MemoryFeed, "redis": _redis}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    return BACKENDS[request.param](request)


@pytest.fixture
async def feed(backend: Backend) -> AsyncIterator[Feed]:
    opened = backend()
    yield opened
    await opened.close()


ADA = address_of("p", "ada", "wf")


def happened(n: int) -> Happening:
    return Happening(type="thread.updated", thread_id=f"cthr_{n}")


class Tab:
    """Reads as a stream does: whatever follows, until told enough."""

    def __init__(self, feed: Feed, address: str = ADA, after: str | None = None) -> None:
        self.feed = feed
        self.address = address
        self.position = after
        self.frames: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.resets = 0
        self._nudge = asyncio.Event()
        self.leave = feed.watch(address, self._nudge.set)

    async def look(self) -> None:
        self._nudge.clear()
        part = await self.feed.read(self.address, self.position)
        self.position = part.position
        self.resets += part.reset
        for frame in part.data.decode().split("\n\n")[:-1]:
            found = re.fullmatch(r"id: (\S+)\ndata: (.+)", frame)
            assert found, frame
            self.ids.append(found[1])
            self.frames.append(json.loads(found[2]))

    async def until(self, is_enough: Callable[["Tab"], bool]) -> None:
        async with asyncio.timeout(20):
            await self.look()
            while not is_enough(self):
                try:
                    async with asyncio.timeout(1):
                        await self._nudge.wait()
                except TimeoutError:
                    pass
                await self.look()

    @property
    def threads(self) -> list[str]:
        return [frame["thread_id"] for frame in self.frames]


async def test_whoever_watches_is_told_in_order_and_nobody_else(feed: Feed) -> None:
    first, second, stranger = Tab(feed), Tab(feed), Tab(feed, address_of("p", "eve", "wf"))
    for tab in (first, second, stranger):
        await tab.look()
    for n in range(30):
        feed.tell(ADA, happened(n))
    for tab in (first, second):
        await tab.until(lambda tab: len(tab.frames) >= 30)
        assert tab.threads == [f"cthr_{n}" for n in range(30)]
        assert len(set(tab.ids)) == 30 and tab.position == tab.ids[-1] and tab.resets == 0
    await stranger.look()
    assert stranger.frames == []
    assert first.ids == second.ids


async def test_a_tab_that_comes_back_gets_what_it_missed(feed: Feed) -> None:
    tab = Tab(feed)
    await tab.look()
    feed.tell(ADA, happened(0))
    await tab.until(lambda tab: len(tab.frames) == 1)
    stays = Tab(feed)
    await stays.look()
    tab.leave()
    for n in range(1, 6):
        feed.tell(ADA, happened(n))
    await stays.until(lambda tab: len(tab.frames) == 5)
    again = Tab(feed, after=tab.position)
    await again.until(lambda tab: len(tab.frames) >= 5)
    assert again.threads == [f"cthr_{n}" for n in range(1, 6)] and again.resets == 0


async def test_everybody_may_leave_and_come_back(feed: Feed) -> None:
    tab = Tab(feed)
    await tab.look()
    tab.leave()
    feed.tell(ADA, happened(1))
    again = Tab(feed, after=tab.position)
    await again.until(lambda tab: len(tab.frames) == 1)
    assert again.threads == ["cthr_1"] and again.resets == 0


async def test_a_tab_that_missed_more_than_is_kept_starts_over(feed: Feed) -> None:
    tab, stays = Tab(feed), Tab(feed)
    await tab.look()
    await stays.look()
    tab.leave()
    for n in range(KEEP_COUNT + 1):
        feed.tell(ADA, happened(n))
    await stays.until(lambda tab: (bool(tab.threads) and tab.threads[-1] == f"cthr_{KEEP_COUNT}") or tab.resets > 0)
    again = Tab(feed, after=tab.position)
    await again.until(lambda tab: tab.resets == 1)
    assert again.frames == []
    feed.tell(ADA, happened(7))
    await again.until(lambda tab: tab.threads == ["cthr_7"])


@pytest.mark.parametrize("after", ["x", "x:1", ":", "a:b:c", "0:99999999999999999999", "é:1", "-1:-1"])
async def test_a_position_that_never_was_starts_over(feed: Feed, after: str) -> None:
    tab = Tab(feed, after=after)
    await tab.until(lambda tab: tab.resets == 1)


async def test_a_position_of_the_future_starts_over(feed: Feed) -> None:
    tab = Tab(feed)
    await tab.look()
    token = (tab.position or "").partition(":")[0]
    ahead = Tab(feed, after=f"{token}:5")
    await ahead.until(lambda tab: tab.resets == 1)


async def test_two_processes_on_one_redis_are_told_the_same(redis_url: str) -> None:
    prefix = secrets.token_hex(4)
    here, there = RedisFeed(redis_url, prefix=prefix), RedisFeed(redis_url, prefix=prefix)
    tabs = [Tab(here), Tab(there)]
    for tab in tabs:
        await tab.look()
    for n in range(50):
        (here if n % 2 else there).tell(ADA, happened(n))
        await asyncio.sleep(0)
    for tab in tabs:
        await tab.until(lambda tab: len(tab.frames) >= 50)
    assert tabs[0].ids == tabs[1].ids and sorted(tabs[0].threads) == sorted(f"cthr_{n}" for n in range(50))
    moved = Tab(there, after=tabs[0].ids[20])
    await moved.until(lambda tab: len(tab.frames) >= 29)
    assert moved.ids == tabs[0].ids[21:], "a position is good on every replica"
    await here.close()
    await there.close()


async def test_a_redis_that_comes_back_empty_makes_tabs_start_over_and_goes_on(redis_url: str) -> None:
    import redis.asyncio

    prefix = secrets.token_hex(4)
    feed = RedisFeed(redis_url, prefix=prefix)
    tab = Tab(feed)
    await tab.look()
    feed.tell(ADA, happened(1))
    await tab.until(lambda tab: len(tab.frames) == 1)
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        await client.delete(*[key async for key in client.scan_iter(f"*{prefix}*")])
    tab.leave()
    again = Tab(feed, after=tab.position)
    await again.until(lambda tab: tab.resets >= 1)
    feed.tell(ADA, happened(2))
    await again.until(lambda tab: tab.threads[-1:] == ["cthr_2"])
    await feed.close()
