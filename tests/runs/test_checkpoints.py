"""Checkpoints: when text that is not finished is stored, alone and beside other runs'; by a clock that no machine slows."""

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine

from chatdock.runs.checkpoints import (
    CHECKPOINT_CHARS,
    CHECKPOINT_SECONDS,
    FIRST_CHECKPOINT_SECONDS,
    ROUND_SECONDS,
    Checkpoints,
    Rounds,
)

LOOK_SECONDS = 0.005


class _NoWait(selectors.DefaultSelector):
    """Whoever would wait finds that the time is over."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _NoWait()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


def without_waiting(play: Callable[[], Coroutine[None, None, None]]) -> Callable[[], None]:
    """A test in which time passes as soon as nothing else is to be done."""

    @functools.wraps(play)
    def run() -> None:
        with asyncio.Runner(loop_factory=_Loop) as runner:
            runner.run(play())

    return run


class Answer:
    """Text that grows, how long it was each time it was stored, and when that was."""

    def __init__(self, rounds: Rounds | None = None) -> None:
        self.stored: list[int] = []
        self.at: list[float] = []
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
                await asyncio.sleep(LOOK_SECONDS)
        return loop.time() - began

    def _saving(self) -> Coroutine[None, None, None] | None:
        return self._save(self._length) if self._length else None

    async def _save(self, length: int) -> None:
        self.stored.append(length)
        self.at.append(asyncio.get_running_loop().time())
        await self.may_end.wait()


@without_waiting
async def test_the_first_words_are_stored_soon() -> None:
    answer = Answer()
    answer.write(3)
    assert 0 <= await answer.until_stored(1) - FIRST_CHECKPOINT_SECONDS <= LOOK_SECONDS * 2


@without_waiting
async def test_words_are_stored_before_they_are_two_seconds_old_though_none_follow() -> None:
    answer = Answer()
    answer.write(3)
    await answer.until_stored(1)
    answer.write(4)
    waited = await answer.until_stored(2)
    assert CHECKPOINT_SECONDS - ROUND_SECONDS - LOOK_SECONDS <= waited <= CHECKPOINT_SECONDS + LOOK_SECONDS
    assert answer.stored == [3, 7]
    await asyncio.sleep(CHECKPOINT_SECONDS + ROUND_SECONDS)
    assert answer.stored == [3, 7], "there was nothing new"


@without_waiting
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


@without_waiting
async def test_what_comes_while_text_is_being_stored_is_stored_behind_it() -> None:
    answer = Answer()
    answer.may_end.clear()
    answer.write(CHECKPOINT_CHARS)
    await answer.until_stored(1)
    answer.write(CHECKPOINT_CHARS)
    await asyncio.sleep(0.05)
    assert answer.stored == [CHECKPOINT_CHARS]
    answer.may_end.set()
    assert await answer.until_stored(2) <= LOOK_SECONDS
    assert answer.stored == [CHECKPOINT_CHARS, 2 * CHECKPOINT_CHARS]


@without_waiting
async def test_answers_that_fall_due_together_are_stored_at_one_instant() -> None:
    rounds = Rounds()
    answers = [Answer(rounds) for _ in range(3)]
    for answer in answers:
        answer.write(1)
        await answer.until_stored(1)
    await asyncio.sleep(ROUND_SECONDS - asyncio.get_running_loop().time() % ROUND_SECONDS)
    for answer in answers:
        answer.write(1)
        await asyncio.sleep(LOOK_SECONDS)
    for answer in answers:
        await answer.until_stored(2)
    assert len({answer.at[1] for answer in answers}) == 1
    assert len({answer.at[0] for answer in answers}) == 3, "the first words are nobody else's concern"


@without_waiting
async def test_nothing_is_stored_once_the_work_is_over() -> None:
    answer = Answer()
    answer.write(1)
    answer.end()
    answer.write(CHECKPOINT_CHARS)
    await asyncio.sleep(CHECKPOINT_SECONDS + ROUND_SECONDS)
    assert answer.stored == []


@without_waiting
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


@without_waiting
async def test_settling_waits_for_the_one_behind_that_too() -> None:
    answer = Answer()
    answer.may_end.clear()
    answer.write(CHECKPOINT_CHARS)
    await answer.until_stored(1)
    answer.write(CHECKPOINT_CHARS)
    settling = asyncio.ensure_future(answer.settle())
    await asyncio.sleep(0)
    answer.may_end.set()
    answer.may_end = asyncio.Event()
    await answer.until_stored(2)
    await asyncio.sleep(1)
    assert not settling.done()
    answer.may_end.set()
    async with asyncio.timeout(1):
        await settling
