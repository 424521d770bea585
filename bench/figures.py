"""A figure with its peer: what one scenario measured, pair by pair, and what it was meant to reach."""

import math
import statistics
from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec


class Aim(StrEnum):
    """What a target limits."""

    RATIO_AT_LEAST = "ratio >="
    RATIO_AT_MOST = "ratio <="
    VALUE_AT_MOST = "<="


class Target(msgspec.Struct, frozen=True):
    """A limit on our own value, or on its ratio to the peer's."""

    aim: Aim
    limit: float

    def __str__(self) -> str:
        return f"{self.aim.value} {self.limit:g}"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. Values are in the order they were taken; those of one index were taken one after another.

    A measure that failed is not a number, so that the others keep their pairs.
    """

    scenario: str
    measure: str
    unit: str
    ours: list[float]
    peer: str = ""
    theirs: list[float] = []
    target: Target | None = None
    note: str = ""

    @property
    def ratios(self) -> list[float]:
        """Ours over theirs, pair by pair."""
        return _known(mine / other for mine, other in zip(self.ours, self.theirs, strict=False) if other)

    @property
    def is_met(self) -> bool | None:
        """Whether the median reaches the target; None where there is nothing to judge."""
        ours = _known(self.ours)
        if self.target is None or not ours:
            return None
        if self.target.aim is Aim.VALUE_AT_MOST:
            return statistics.median(ours) <= self.target.limit
        if not self.ratios:
            return None
        ratio = statistics.median(self.ratios)
        return ratio >= self.target.limit if self.target.aim is Aim.RATIO_AT_LEAST else ratio <= self.target.limit


def at_least(times: float) -> Target:
    """So many times the peer's value or more."""
    return Target(Aim.RATIO_AT_LEAST, times)


def at_most(times: float) -> Target:
    """So many times the peer's value or less."""
    return Target(Aim.RATIO_AT_MOST, times)


def under(limit: float) -> Target:
    """At most so much, in the figure's unit."""
    return Target(Aim.VALUE_AT_MOST, limit)


def spread(values: Sequence[float]) -> str:
    """Median and range."""
    known = _known(values)
    if not known:
        return "–"
    median, low, high = statistics.median(known), min(known), max(known)
    return _short(median) if len(known) == 1 else f"{_short(median)} ({_short(low)}–{_short(high)})"


def _known(values: Iterable[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]


def _short(value: float) -> str:
    """Three significant digits, thousands separated."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
