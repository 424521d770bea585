"""A queue hands each run to one process, and to another where that one died; a queue that was lost is made again."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from chatdock.dispatch.redis import RedisRunQueue
from chatdock.dispatch.registry import create_run_queue
from chatdock.errors import Unavailable
from servers.processes import free_port


@pytest.fixture
async def queues(redis_url: str) -> AsyncIterator[list[RedisRunQueue]]:
    """Three processes' ends of one queue, which gives up a process after a fifth of a second."""
    prefix = secrets.token_hex(4)
    made = [RedisRunQueue(redis_url, prefix=prefix, lease_ms=200, look_for_lost_seconds=0.1) for _ in range(3)]
    yield made
    for queue in made:
        await queue.close()


async def test_each_run_goes_to_one_process_in_order(queues: list[RedisRunQueue]) -> None:
    runs = [f"run_{n}" for n in range(20)]
    for run_id in runs:
        await queues[0].put(run_id)
    taken = [ticket for queue in queues for ticket in await queue.take(10)]
    assert sorted(ticket.run_id for ticket in taken) == sorted(runs)
    assert [ticket.run_id for ticket in taken[:10]] == runs[:10]


async def test_a_process_that_waits_gets_a_run_as_it_comes(queues: list[RedisRunQueue]) -> None:
    waiting = asyncio.create_task(queues[1].take(1))
    await asyncio.sleep(0.05)
    await queues[0].put("run_1")
    assert [ticket.run_id for ticket in await waiting] == ["run_1"]


async def test_what_a_process_took_and_never_finished_goes_to_another(queues: list[RedisRunQueue]) -> None:
    await queues[0].put("run_1")
    await queues[0].put("run_2")
    first, second = await queues[1].take(2)
    await queues[1].done([second])
    async with asyncio.timeout(10):
        while not (again := await queues[2].take(5)):
            pass
    assert [ticket.run_id for ticket in again] == [first.run_id]
    await queues[2].done(again)
    await asyncio.sleep(0.3)
    assert [ticket.run_id for queue in queues for ticket in await queue.take(5)] == []


async def test_a_queue_that_was_lost_is_made_again(queues: list[RedisRunQueue], redis_url: str) -> None:
    await queues[0].put("run_1")
    assert await queues[1].take(1)
    client = Redis.from_url(redis_url)
    await client.delete(queues[0]._stream)
    await client.aclose()
    await queues[0].put("run_2")
    async with asyncio.timeout(10):
        while not (taken := await queues[1].take(1)):
            pass
    assert taken[0].run_id == "run_2"


async def test_workers_are_known_while_they_say_so(queues: list[RedisRunQueue]) -> None:
    await queues[0].look()
    assert not queues[0].has_workers
    await queues[1].announce()
    await queues[0].look()
    assert queues[0].has_workers


async def test_a_queue_that_is_away_says_so() -> None:
    queue = create_run_queue(f"redis://127.0.0.1:{free_port()}/0")
    assert queue is not None
    for ask in (queue.put("run_1"), queue.take(1), queue.announce(), queue.look()):
        with pytest.raises(Unavailable):
            await ask
    await queue.close()
    assert create_run_queue("") is None
