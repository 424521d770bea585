"""The breaker opens on a sick upstream, refuses at once, and lets one probe find out whether it is well again."""

import pytest

from chatdock.models.breaker import MOST_BREAKERS, Breaker, Breakers
from chatdock.models.policy import BreakerPolicy, UpstreamError


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(BreakerPolicy(), now=clock)


def attempt(breaker: Breaker, *, failed: bool) -> None:
    breaker.record(failed=failed, probe=breaker.admit())


def refuses(breaker: Breaker) -> bool:
    try:
        probe = breaker.admit()
    except UpstreamError as error:
        assert error.code == "model_unavailable"
        assert error.allow_retry
        return True
    breaker.abandon(probe=probe)
    return False


def test_four_failures_in_a_row_leave_it_closed_and_the_fifth_opens_it(breaker: Breaker) -> None:
    for _ in range(4):
        attempt(breaker, failed=True)
    assert not refuses(breaker)
    attempt(breaker, failed=True)
    assert refuses(breaker)


def test_a_success_between_failures_begins_the_row_anew(breaker: Breaker) -> None:
    for _ in range(4):
        attempt(breaker, failed=True)
    attempt(breaker, failed=False)
    for _ in range(4):
        attempt(breaker, failed=True)
    assert not refuses(breaker)


def test_half_of_twenty_within_ten_seconds_open_it(breaker: Breaker, clock: Clock) -> None:
    for number in range(19):
        attempt(breaker, failed=number % 2 == 0)
        clock.at += 0.4
    assert not refuses(breaker)
    attempt(breaker, failed=True)
    assert refuses(breaker)


def test_half_of_twenty_spread_over_a_longer_time_leave_it_closed(breaker: Breaker, clock: Clock) -> None:
    for number in range(40):
        attempt(breaker, failed=number % 2 == 0)
        clock.at += 0.7
    assert not refuses(breaker)


def test_less_than_half_of_many_leave_it_closed(breaker: Breaker) -> None:
    for number in range(100):
        attempt(breaker, failed=number % 5 in (1, 3))
    assert not refuses(breaker)


def test_after_fifteen_seconds_one_probe_goes_and_the_others_wait_for_it(breaker: Breaker, clock: Clock) -> None:
    for _ in range(5):
        attempt(breaker, failed=True)
    clock.at += 14.9
    assert refuses(breaker)
    clock.at += 0.2
    assert breaker.admit() is True
    assert refuses(breaker)


def test_a_good_probe_closes_it(breaker: Breaker, clock: Clock) -> None:
    for _ in range(5):
        attempt(breaker, failed=True)
    clock.at += 15
    attempt(breaker, failed=False)
    assert not refuses(breaker)
    attempt(breaker, failed=True)
    assert not refuses(breaker)


def test_a_failed_probe_opens_it_for_another_fifteen_seconds(breaker: Breaker, clock: Clock) -> None:
    for _ in range(5):
        attempt(breaker, failed=True)
    clock.at += 15
    attempt(breaker, failed=True)
    clock.at += 14.9
    assert refuses(breaker)
    clock.at += 0.2
    assert not refuses(breaker)


def test_a_probe_that_was_given_up_leaves_the_way_to_the_next(breaker: Breaker, clock: Clock) -> None:
    for _ in range(5):
        attempt(breaker, failed=True)
    clock.at += 15
    breaker.abandon(probe=breaker.admit())
    assert breaker.admit() is True


def test_an_attempt_from_before_it_opened_does_not_close_it(breaker: Breaker) -> None:
    early = breaker.admit()
    for _ in range(5):
        attempt(breaker, failed=True)
    breaker.record(failed=False, probe=early)
    assert refuses(breaker)


def test_models_have_breakers_of_their_own_and_not_without_end() -> None:
    breakers = Breakers(BreakerPolicy())
    for _ in range(5):
        attempt(breakers.of("sick"), failed=True)
    assert refuses(breakers.of("sick"))
    assert not refuses(breakers.of("well"))
    for number in range(MOST_BREAKERS):
        breakers.of(f"named by a page {number}")
    assert not refuses(breakers.of("sick"))
