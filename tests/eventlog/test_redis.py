"""Tapes on Redis: what one process writes, another reads; nobody writes what is not theirs."""

import asyncio
import contextlib
import random

import pytest
from redis.asyncio import Redis

from chatdock.errors import BadRequest, ConfigurationError, Fenced, Gone
from chatdock.eventlog.base import PAGE_BYTES, read_whole
from chatdock.eventlog.memory import MemoryEventLog
from chatdock.eventlog.redis import RedisEventLog
from chatdock.eventlog.redis_link import Link
from chatdock.eventlog.redis_mirrors import MIRROR_BYTES
from chatdock.eventlog.redis_scripts import Entry
from chatdock.eventlog.registry import create_event_log
from eventlog.nodes import append, claim_meanwhile, collect, frames, nodes, until, until_readable


async def test_another_process_reads_the_same_bytes_from_every_position(redis_url: str) -> None:
    async with nodes(redis_url, 2) as (owner, other):
        for first, count in ((1, 1), (2, 30), (32, 69)):
            append(owner, "run_a", frames(first, count), end=first == 32)
            await owner.flush("run_a")
        for after in range(101):
            assert await collect(other, "run_a", after) == frames(after + 1, 100 - after)


async def test_fifty_viewers_elsewhere_that_are_cut_at_random_lose_and_repeat_nothing(redis_url: str) -> None:
    dice = random.Random(11)
    expected = frames(1, 1500)
    async with nodes(redis_url, 3) as logs:
        owner = logs[0]
        append(owner, "run_a", expected[:1])
        await owner.flush("run_a")

        async def write() -> None:
            at = 1
            while at < len(expected):
                step = dice.randint(1, 9)
                append(owner, "run_a", expected[at : at + step])
                at += step
                await asyncio.sleep(dice.choice((0, 0, 0.001, 0.01)))
            append(owner, "run_a", [], end=True)

        async def view() -> list[bytes]:
            seen: list[bytes] = []
            while True:  # whoever comes from the owner is ahead of the others
                now: list[bytes] = []
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(dice.uniform(0.005, 0.3)):
                        return seen + await collect(dice.choice(logs), "run_a", len(seen), into=now)
                seen += now

        results = await asyncio.gather(write(), *(view() for _ in range(50)))
        assert all(seen == expected for seen in results[1:])
        assert [len(log._mirrors) for log in logs] == [0, 0, 0], "nobody watches any more"


async def test_a_long_tape_is_read_elsewhere_in_pieces_and_is_whole(redis_url: str) -> None:
    long = [b"data: %d %b\n\n" % (n, b"x" * 2000) for n in range(3000)]
    async with nodes(redis_url, 2) as (owner, other):
        for at in range(0, len(long), 7):
            append(owner, "run_a", long[at : at + 7], end=at + 7 >= len(long))
        await owner.flush("run_a")
        first = await other.read("run_a", 1)
        assert first.has_more and len(first.data) < 2 * PAGE_BYTES
        assert (await read_whole(other, "run_a")).frames() == long
        assert await collect(other, "run_a") == long
        assert await collect(other, "run_a", 2990) == long[2990:]


async def test_a_viewer_elsewhere_holds_no_more_than_the_latest_frames(redis_url: str) -> None:
    long = [b"data: %d %b\n\n" % (n, b"x" * 2000) for n in range(1000)]
    async with nodes(redis_url, 2) as (owner, other):
        append(owner, "run_a", long[:1])
        await owner.flush("run_a")
        viewer = asyncio.create_task(collect(other, "run_a"))
        await until(lambda: len(other._mirrors) == 1)
        for n in range(1, 1000):
            append(owner, "run_a", long[n : n + 1])
            if n % 20 == 0:
                await owner.flush("run_a")
        await owner.flush("run_a")
        tape = other._mirrors._mirrors["run_a"].tape
        await until(lambda: tape is not None and tape.count == 1000)
        assert tape is not None and tape.size <= MIRROR_BYTES + 64 * 2100
        append(owner, "run_a", [], end=True)
        assert await viewer == long


async def test_a_message_that_was_lost_costs_seconds_and_no_event(redis_url: str) -> None:
    async with nodes(redis_url, 2) as (owner, other), Redis.from_url(redis_url) as client:
        append(owner, "run_a", frames(1, 1))
        await owner.flush("run_a")
        viewer = asyncio.create_task(collect(other, "run_a"))
        await until(lambda: len(other._mirrors) == 1)
        assert await client.client_kill_filter(_type="pubsub") >= 2
        append(owner, "run_a", frames(2, 5))
        await owner.flush("run_a")
        append(owner, "run_a", frames(7, 2), end=True)
        assert await asyncio.wait_for(viewer, 60) == frames(1, 8)


async def test_an_owner_that_lost_its_run_writes_nothing_more_and_its_viewers_are_not_shown_a_mixture(
    redis_url: str,
) -> None:
    async with nodes(redis_url, 3, prefix="mixture") as (old, new, third):
        append(old, "run_a", frames(1, 3))
        await old.flush("run_a")
        watching_old = asyncio.create_task(collect(old, "run_a"))
        await asyncio.sleep(0.3)  # whatever it has to ask Redis is asked
        assert claim_meanwhile(redis_url, "mixture", "run_a", 2) == 3
        append(old, "run_a", frames(4, 2, "old"))  # it does not know yet
        assert (await old.read("run_a", 3)).frames() == frames(4, 2, "old")
        assert await new.claim("run_a", 3) == 3
        append(new, "run_a", frames(4, 4, "new"))
        await new.flush("run_a")
        with pytest.raises(Fenced):
            await old.flush("run_a")
        with pytest.raises(Fenced):
            append(old, "run_a", frames(6, 1, "old"))
        assert append(old, "run_a", frames(6, 1, "old"), end=True) == 5, "an end is swallowed"
        append(new, "run_a", [], end=True)
        expected = frames(1, 3) + frames(4, 4, "new")
        assert await collect(third, "run_a") == expected
        assert await collect(old, "run_a", 3) == expected[3:]
        with pytest.raises(Gone):  # it has seen frames 4 and 5 of the old owner
            await asyncio.wait_for(watching_old, 60)


async def test_a_viewer_at_the_place_of_the_takeover_sees_it_go_on(redis_url: str) -> None:
    async with nodes(redis_url, 3) as (old, new, third):
        append(old, "run_a", frames(1, 3))
        await old.flush("run_a")
        viewers = [asyncio.create_task(collect(log, "run_a")) for log in (old, new, third)]
        await until(lambda: len(third._mirrors) == 1 and len(new._mirrors) == 1)
        await asyncio.sleep(0.3)  # everybody listens
        assert await new.claim("run_a", 2) == 3
        append(new, "run_a", frames(4, 2))
        await new.flush("run_a")
        append(new, "run_a", frames(6, 1), end=True)
        assert await asyncio.wait_for(asyncio.gather(*viewers), 60) == [frames(1, 6)] * 3


async def test_of_two_that_begin_the_same_run_one_writes_it(redis_url: str) -> None:
    async with nodes(redis_url, 3) as (one, two, third):
        append(one, "run_a", frames(1, 2, "one"))
        append(two, "run_a", frames(1, 3, "two"))
        outcomes = await asyncio.gather(one.flush("run_a"), two.flush("run_a"), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes if outcome is not None] == [Fenced]
        winner, word, count = (one, "one", 2) if outcomes[0] is None else (two, "two", 3)
        append(winner, "run_a", [], end=True)
        assert await collect(third, "run_a") == frames(1, count, word)


async def test_an_epoch_that_is_not_newer_claims_nothing(redis_url: str) -> None:
    async with nodes(redis_url, 3) as (one, two, three):
        append(one, "run_a", frames(1, 1))
        await one.flush("run_a")
        assert await two.claim("run_a", 5) == 1
        assert await two.claim("run_a", 5) == 1, "asking again is safe"
        for epoch in (5, 4):
            with pytest.raises(Fenced):
                await three.claim("run_a", epoch)


async def test_redis_refuses_frames_that_are_there_or_that_leave_a_gap(redis_url: str) -> None:
    link = Link(redis_url, "refuses", 600.0)
    entry = Entry("run_a", 1, 0, 1, 2, False, 10)
    assert [result.status for result in await link.write([entry], [b"1\n\n22222\n\n"])] == ["ok"]
    again, gap = entry, Entry("run_a", 1, 0, 4, 1, False, 1)
    results = await link.write([again, gap], [b"1\n\n22222\n\n", b"x"])
    assert [(result.status, result.seq) for result in results] == [("behind", 2), ("behind", 2)]
    await link.close()


async def test_a_tape_is_gone_everywhere_some_time_after_its_end_and_leaves_no_key(redis_url: str) -> None:
    async with nodes(redis_url, 2, keep_seconds=2.0) as (owner, other), Redis.from_url(redis_url) as client:
        append(owner, "run_expiring", frames(1, 2), end=True)
        append(owner, "run_open", frames(1, 2))
        await owner.flush("run_expiring")
        await owner.flush("run_open")
        assert (await other.read("run_expiring", 0)).ended
        await asyncio.sleep(2.3)
        with pytest.raises(Gone):
            await other.read("run_expiring", 0)
        assert (await other.read("run_open", 0)).frames() == frames(1, 2)
        assert await client.keys("*run_expiring*") == []
        lives = [await client.pttl(key) for key in await client.keys("*run_open*")]
        assert len(lives) == 2 and min(lives) > 0, "what nobody ends expires too"


async def test_a_thread_that_is_deleted_elsewhere_stops_its_run_and_leaves_no_text(redis_url: str) -> None:
    async with nodes(redis_url, 3) as (owner, other, third), Redis.from_url(redis_url) as client:
        append(owner, "run_dropped", frames(1, 2, "canary"))
        await owner.flush("run_dropped")
        viewers = [asyncio.create_task(collect(log, "run_dropped")) for log in (owner, third)]
        await until(lambda: len(third._mirrors) == 1)
        other.drop("run_dropped")
        for viewer in viewers:
            with pytest.raises(Gone):
                await asyncio.wait_for(viewer, 60)
        with pytest.raises(Fenced):
            append(owner, "run_dropped", frames(3, 1, "canary"))
        for key in await client.keys("*run_dropped*"):
            assert await client.type(key) == b"hash"
            assert await client.hgetall(key) == {b"dropped": b"1"}
            assert await client.pttl(key) > 0


async def test_a_run_that_was_dropped_cannot_be_written_or_claimed_even_by_an_owner_who_was_not_told(
    redis_url: str,
) -> None:
    owner, other = Link(redis_url, "dropped", 600.0), Link(redis_url, "dropped", 600.0)
    first, second = Entry("run_a", 1, 0, 1, 1, False, 3), Entry("run_a", 1, 0, 2, 1, False, 3)
    assert [result.status for result in await owner.write([first], [b"1\n\n"])] == ["ok"]
    await other.drop(["run_a"])
    for entry in (second, first):
        assert [result.status for result in await owner.write([entry], [b"2\n\n"])] == ["dropped"]
    assert (await owner.claim("run_a", 2)).status == "missing"
    await owner.close()
    await other.close()


async def test_a_position_in_the_future_is_refused_elsewhere(redis_url: str) -> None:
    async with nodes(redis_url, 2) as (owner, other):
        append(owner, "run_a", frames(1, 3), end=True)
        append(owner, "run_open", frames(1, 3))
        await owner.flush("run_a")
        await owner.flush("run_open")
        for after in (-1, 4, 10**9):
            with pytest.raises(BadRequest):
                await other.read("run_a", after)
        with pytest.raises(Gone):  # its owner may have shown it before it died
            await other.read("run_open", 4)


async def test_a_viewer_who_comes_from_the_owner_and_is_ahead_of_redis_is_waited_for(redis_url: str) -> None:
    async with nodes(redis_url, 2) as (owner, other):
        append(owner, "run_a", frames(1, 3))
        await owner.flush("run_a")
        early = asyncio.create_task(other.read("run_a", 4))
        await asyncio.sleep(0.1)
        append(owner, "run_a", frames(4, 2))
        assert (await early).frames() == frames(5, 1)


async def test_what_was_appended_last_is_there_after_a_close(redis_url: str) -> None:
    async with nodes(redis_url, 2) as (owner, other):
        append(owner, "run_a", frames(1, 3), end=True)
        await owner.close()
        assert await collect(other, "run_a") == frames(1, 3)


async def test_five_hundred_runs_are_followed_elsewhere_at_once(redis_url: str) -> None:
    names = [f"run_{n}" for n in range(500)]
    async with nodes(redis_url, 2) as (owner, other):
        for name in names:
            append(owner, name, frames(1, 1, name))
        await until_readable(other, names[-1], 1)
        viewers = [asyncio.create_task(collect(other, name)) for name in names]
        for at in range(2, 22):
            for name in names:
                append(owner, name, frames(at, 1, name), end=at == 21)
            await asyncio.sleep(0.02)
        for name, seen in zip(names, await asyncio.gather(*viewers), strict=True):
            assert seen == frames(1, 21, name)


@pytest.mark.parametrize("url", ["http://127.0.0.1", "redis:/x", "memory", "redis://127.0.0.1:port/0"])
def test_a_url_of_another_kind_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        create_event_log(url)
    assert refused.value.message.startswith("REDIS_URL")


async def test_a_url_names_the_event_log() -> None:
    assert isinstance(create_event_log(""), MemoryEventLog)
    assert isinstance(create_event_log("redis://127.0.0.1:1/0"), RedisEventLog)
    assert isinstance(create_event_log("rediss://user:word@127.0.0.1:1/0"), RedisEventLog)
