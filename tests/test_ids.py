"""Ids are unguessable, sort by time and say what they name."""

import time

from chatdock.ids import ITEM, THREAD, new_id


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
