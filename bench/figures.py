"""A figure with its peer: what one scenario measured, pair by pair, and what it was meant to reach."""

import statistics
from collections.abc import Sequence
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
    """One line of the table. Values are in the order they were taken; those of one index were taken one after another."""

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
        return [mine / other for mine, other in zip(self.ours, self.theirs, strict=False) if other]

    @property
    def is_met(self) -> bool | None:
        """Whether the median reaches the target; None where there is nothing to judge."""
        if self.target is None or not self.ours:
            return None
        if self.target.aim is Aim.VALUE_AT_MOST:
            return statistics.median(self.ours) <= self.target.limit
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
    if not values:
        return "–"
    median, low, high = statistics.median(values), min(values), max(values)
    return _short(median) if len(values) == 1 else f"{_short(median)} ({_short(low)}–{_short(high)})"


def _short(value: float) -> str:
    """Three significant digits, thousands separated."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
