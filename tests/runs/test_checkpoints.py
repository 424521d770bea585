"""Checkpoints: when text that is not finished is stored, alone and beside other runs'."""

import asyncio
from collections.abc import Coroutine

from chatdock.runs.checkpoints import (
    CHECKPOINT_CHARS,
    CHECKPOINT_SECONDS,
    FIRST_CHECKPOINT_SECONDS,
    ROUND_SECONDS,
    Checkpoints,
    Rounds,
)


class Answer:
    """Text that grows, and how long it was each time it was stored."""

    def __init__(self, rounds: Rounds | None = None) -> None:
        self.stored: list[int] = []
        self.may_end = asyncio.Event()
        self.may_end.set()
        self._length = 0
        self._checkpoints = Checkpoints(rounds or Rounds(), self._saving)
        self.end = self._checkpoints.end
        self.settle = self._checkpoints.settle

    def write(self, characters: int) -> None:
        self._length += characters
        self._checkpoints.unsaved += characters
        if self._checkpoints.unsaved >= self._checkpoints.enough:
            self._checkpoints.look()

    async def until_stored(self, times: int) -> float:
        """Seconds until it was stored so often."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(CHECKPOINT_SECONDS * 2):
            while len(self.stored) < times:
                await asyncio.sleep(0.005)
        return loop.time() - began

    def _saving(self) -> Coroutine[None, None, None] | None:
        return self._save(self._length) if self._length else None

    async def _save(self, length: int) -> None:
        self.stored.append(length)
        await self.may_end.wait()


async def test_the_first_words_are_stored_soon() -> None:
    answer = Answer()
    answer.write(3)
    assert await answer.until_stored(1) < FIRST_CHECKPOINT_SECONDS + 0.4


async def test_words_are_stored_before_they_are_two_seconds_old_though_none_follow() -> None:
    answer = Answer()
    answer.write(3)
    await answer.until_stored(1)
    answer.write(4)
    waited = await answer.until_stored(2)
    assert CHECKPOINT_SECONDS - ROUND_SECONDS - 0.1 < waited < CHECKPOINT_SECONDS + 0.4
    assert answer.stored == [3, 7]
    await asyncio.sleep(CHECKPOINT_SECONDS + ROUND_SECONDS)
    assert answer.stored == [3, 7], "there was nothing new"


async def test_many_words_are_stored_at_once_and_a_long_answer_less_often() -> None:
    answer = Answer()
    answer.write(CHECKPOINT_CHARS - 1)
    await asyncio.sleep(0)
    assert answer.stored == []
    answer.write(100 * CHECKPOINT_CHARS)
    await asyncio.sleep(0)
    assert len(answer.stored) == 1
    await asyncio.sleep(0)
    answer.write(CHECKPOINT_CHARS)
    await asyncio.sleep(0)
    assert len(answer.stored) == 1
    answer.write(6 * CHECKPOINT_CHARS)
    await asyncio.sleep(0)
    assert len(answer.stored) == 2


async def test_what_comes_while_text_is_being_stored_is_stored_behind_it() -> None:
    answer = Answer()
    answer.may_end.clear()
    answer.write(CHECKPOINT_CHARS)
    await answer.until_stored(1)
    answer.write(CHECKPOINT_CHARS)
    await asyncio.sleep(0.05)
    assert answer.stored == [CHECKPOINT_CHARS]
    answer.may_end.set()
    assert await answer.until_stored(2) < 0.5
    assert answer.stored == [CHECKPOINT_CHARS, 2 * CHECKPOINT_CHARS]


async def test_answers_that_fall_due_together_are_stored_in_one_turn_of_the_loop() -> None:
    rounds, turns = Rounds(), list[int]()
    loop = asyncio.get_running_loop()
    answers = [Answer(rounds) for _ in range(3)]
    for answer in answers:
        answer.write(1)
        await answer.until_stored(1)
    while loop.time() % ROUND_SECONDS > ROUND_SECONDS / 2:
        await asyncio.sleep(0.005)
    for answer in answers:
        answer.write(1)
        await asyncio.sleep(0.01)
    loop.call_soon(_count, loop, turns, answers)
    async with asyncio.timeout(CHECKPOINT_SECONDS * 2):
        while turns[-1:] != [3]:
            await asyncio.sleep(0.05)
    assert set(turns) == {0, 3}


def _count(loop: asyncio.AbstractEventLoop, turns: list[int], answers: list[Answer]) -> None:
    """Notes in every turn how many have been stored a second time."""
    turns.append(sum(len(answer.stored) == 2 for answer in answers))
    if turns[-1] < len(answers):
        loop.call_soon(_count, loop, turns, answers)


async def test_nothing_is_stored_once_the_work_is_over() -> None:
    answer = Answer()
    answer.write(1)
    answer.end()
    answer.write(CHECKPOINT_CHARS)
    await asyncio.sleep(CHECKPOINT_SECONDS + ROUND_SECONDS)
    assert answer.stored == []


async def test_settling_waits_for_the_one_in_flight() -> None:
    answer = Answer()
    answer.may_end.clear()
    answer.write(CHECKPOINT_CHARS)
    await answer.until_stored(1)
    settling = asyncio.ensure_future(answer.settle())
    await asyncio.sleep(0.05)
    assert not settling.done()
    answer.may_end.set()
    async with asyncio.timeout(1):
        await settling
