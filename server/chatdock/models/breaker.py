"""The circuit breaker: an upstream that fails is left alone for a while, so that its users hear so at once.

closed ──half of a window's attempts, or five in a row, failed──> open ──15 s──> one probe ──answered──> closed
                                                                   ^                └──failed──> open again
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from chatdock.models.policy import BreakerPolicy, UpstreamError

MOST_BREAKERS = 256  # a page may name models freely; the least used make room


class Breaker:
    """The health of one model at one address."""

    def __init__(self, policy: BreakerPolicy, *, now: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy
        self._now = now
        self._seconds: dict[int, list[int]] = {}  # second -> [attempts, failures]; a window's worth
        self._failed_in_a_row = 0
        self._opens_at: float | None = None  # when the next probe may go
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether attempts are refused, a probe aside."""
        return self._opens_at is not None

    def admit(self) -> bool:
        """Lets an attempt pass and says whether it is the probe. Raises: UpstreamError while open."""
        if self._opens_at is None:
            return False
        if self._probing or self._now() < self._opens_at:
            raise UpstreamError("the breaker is open", code="model_unavailable", again=False)
        self._probing = True
        return True

    def record(self, *, failed: bool, probe: bool = False) -> None:
        """What came of an attempt."""
        if self._opens_at is not None:
            if probe:
                self._probing = False
                if failed:
                    self._open()
                else:
                    self._close()
            return  # an attempt from before it opened has nothing new to say
        self._count(failed)
        self._failed_in_a_row = self._failed_in_a_row + 1 if failed else 0
        if failed and (self._failed_in_a_row >= self._policy.failed_in_a_row or self._has_failed_often()):
            self._open()

    def abandon(self, *, probe: bool) -> None:
        """An attempt was given up before anything came of it; the next may probe."""
        if probe:
            self._probing = False

    def _count(self, failed: bool) -> None:
        second = int(self._now())
        bucket = self._seconds.get(second)
        if bucket is None:
            for old in [key for key in self._seconds if key <= second - self._policy.window_seconds]:
                del self._seconds[old]
            bucket = self._seconds[second] = [0, 0]
        bucket[0] += 1
        bucket[1] += failed

    def _has_failed_often(self) -> bool:
        attempts = sum(attempts for attempts, _ in self._seconds.values())
        failures = sum(failures for _, failures in self._seconds.values())
        return attempts >= self._policy.least_attempts and failures >= attempts * self._policy.failed_share

    def _open(self) -> None:
        self._opens_at = self._now() + self._policy.open_seconds

    def _close(self) -> None:
        self._opens_at = None
        self._seconds.clear()
        self._failed_in_a_row = 0


class Breakers:
    """One breaker a model."""

    def __init__(self, policy: BreakerPolicy) -> None:
        self._policy = policy
        self._breakers: OrderedDict[str, Breaker] = OrderedDict()

    def of(self, model: str) -> Breaker:
        """The model's breaker."""
        breaker = self._breakers.get(model)
        if breaker is None:
            breaker = self._breakers[model] = Breaker(self._policy)
            if len(self._breakers) > MOST_BREAKERS:
                self._breakers.popitem(last=False)
        self._breakers.move_to_end(model)
        return breaker
