"""Ids are unguessable, sort by time and say what they name."""

import os
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from chatdock.ids import ITEM, THREAD, first_id, new_id


def test_an_id_has_its_prefix_and_a_fixed_length_of_letters_and_digits() -> None:
    ids = [new_id(THREAD) for _ in range(1_000)]
    assert {len(found) for found in ids} == {len(THREAD) + 30}
    assert all(found.startswith(THREAD) and found.removeprefix(THREAD).isalnum() for found in ids)


def test_later_ids_sort_behind_earlier_ones() -> None:
    earlier = new_id(ITEM)
    time.sleep(0.002)
    assert earlier < new_id(ITEM)


def test_no_two_ids_are_alike_even_within_a_millisecond() -> None:
    assert len({new_id(ITEM) for _ in range(20_000)}) == 20_000


def test_ids_lie_between_the_bounds_of_their_time() -> None:
    for _ in range(200):
        before = _moment(time.time_ns() // 1_000_000)
        made = new_id(ITEM)
        after = _moment(time.time_ns() // 1_000_000 + 1)
        assert first_id(ITEM, before) < made < first_id(ITEM, after)


def test_ids_sort_among_those_that_were_made_as_one_number() -> None:
    """As earlier versions made them: milliseconds above 128 random bits, which are in databases."""
    lowest, highest = 0, (1 << 128) - 1
    now = time.time_ns() // 1_000_000
    made = new_id(ITEM)
    assert ITEM + _as_one_number(now - 1, highest) < made < ITEM + _as_one_number(now + 1_000, lowest)
    assert first_id(ITEM, _moment(now)) == ITEM + _as_one_number(now, lowest)


def test_random_digits_are_all_there_and_equally_likely() -> None:
    counts = Counter("".join(new_id(ITEM)[-21:] for _ in range(20_000)))
    assert len(counts) == 62
    expected = 20_000 * 21 / 62
    assert sum((count - expected) ** 2 / expected for count in counts.values()) < 200  # of 61 degrees: once in 10**16


def test_a_forked_process_makes_ids_of_its_own() -> None:
    new_id(ITEM)  # some are ready now
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, "\n".join(new_id(ITEM)[-21:] for _ in range(50)).encode())
        os._exit(0)
    own = {new_id(ITEM)[-21:] for _ in range(50)}
    os.waitpid(child, 0)
    theirs = set(os.read(reading, 65_536).decode().split())
    assert len(theirs) == 50
    assert not own & theirs


def _moment(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def _as_one_number(milliseconds: int, random: int) -> str:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    value, text = (milliseconds << 128) | random, ""
    for _ in range(30):
        value, digit = divmod(value, 62)
        text = digits[digit] + text
    return text
